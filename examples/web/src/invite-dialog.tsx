import { type FormEvent, useState } from 'react';
import { Dialog } from './dialog.tsx';
import { Field } from './field.tsx';
import { type Invitation, useInvite } from './invite.ts';
import { outcomeNames, type Platform } from './names.ts';
import { Problem } from './problem.tsx';
import { RetryButton } from './retry-button.tsx';
import { PlatformChoice, settingFields, settingsOf, TokenSettings } from './token-settings.tsx';

/** Splits pasted text into addresses. The gateway removes what is around an address, and says which are malformed. */
const addressesIn = (text: string): string[] =>
  text
    .split(/[\n,;]+/)
    .map((address) => address.trim())
    .filter((address) => address !== '');

interface ResultsProps {
  readonly results: readonly Invitation[];
  readonly malformed: ReadonlySet<string>;
}

/** The gateway's message for a malformed address names its place in the list, which nobody sees here. */
const malformedHint = 'This is not a complete e-mail address, such as name@example.com.';

const Results = ({ results, malformed }: ResultsProps) => {
  const created = results.filter(({ outcome }) => outcome === 'CREATED').length;
  return (
    <section aria-label="Results">
      <output>
        {created} of {results.length} invited
      </output>
      <ul className="results">
        {results.map(({ email, outcome, error }) => (
          <li key={email}>
            <span>{email}</span>
            <strong className={outcome === 'CREATED' ? 'success' : 'fault'}>
              {outcomeNames[outcome]}
            </strong>
            {error && <small>{malformed.has(email) ? malformedHint : error.message}</small>}
          </li>
        ))}
      </ul>
    </section>
  );
};

interface InviteDialogProps {
  readonly onClose: () => void;
}

/** The form that invites many people. It shows what happened to each address. */
export const InviteDialog = ({ onClose }: InviteDialogProps) => {
  const [platform, setPlatform] = useState<Platform>('WINDOWS');
  const [text, setText] = useState('');
  const [isEdited, setIsEdited] = useState(false);
  const invite = useInvite();
  const results = invite.data?.results ?? [];
  const faults = invite.data?.userErrors ?? [];
  const sent = invite.variables?.input.userEmails ?? [];
  const malformed = new Set(
    faults.flatMap(({ path }) => (path?.[1] === 'userEmails' ? (sent[Number(path[2])] ?? []) : [])),
  );
  const messageAt = (field: string) =>
    // A longer path names one address, and its result has the message.
    faults.find(({ path }) => path?.[1] === field && path.length === 2)?.message;
  const otherFaults = faults.filter(
    ({ path }) => !['userEmails', ...settingFields].includes(path?.[1] ?? ''),
  );
  const failed = results.filter(({ outcome }) => outcome === 'FAILED').map(({ email }) => email);
  const isIncomplete = results.some(({ outcome }) => outcome !== 'CREATED');
  const isRetry = !isEdited && (invite.error !== null || isIncomplete);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (invite.isPending) return;
    setIsEdited(false);
    const data = new FormData(event.currentTarget);
    const userEmails = addressesIn(text);
    invite.mutate({ platform, input: { ...settingsOf(data), userEmails } });
  };

  const submitLabel = () => {
    if (invite.isPending) return 'Inviting…';
    return isRetry ? 'Try again' : 'Invite';
  };

  const keepFailed = () => {
    setText(failed.join('\n'));
    invite.reset();
  };

  return (
    <Dialog title="Invite many" onClose={onClose}>
      <form className="create" onSubmit={submit} onChange={() => setIsEdited(true)}>
        <PlatformChoice platform={platform} onChange={setPlatform} />
        <Field label="Addresses" fault={messageAt('userEmails')}>
          {(props) => (
            <textarea
              {...props}
              name="addresses"
              rows={5}
              required
              placeholder="One on each line"
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        <TokenSettings platform={platform} messageAt={messageAt} />
        {invite.error && <Problem error={invite.error} />}
        {otherFaults.map((fault) => (
          <p key={fault.message} role="alert" className="notice problem">
            {fault.message}
          </p>
        ))}
        {results.length > 0 && <Results results={results} malformed={malformed} />}
        {isRetry && <p className="hint">Trying again is safe: it invites nobody twice.</p>}
        {isEdited && results.length > 0 && (
          <p className="hint">
            The form has changed. It invites all its addresses, also those that are invited already.
          </p>
        )}
        {failed.length > 0 && (
          <RetryButton onRetry={keepFailed}>Keep only the failed addresses</RetryButton>
        )}
        <div className="actions">
          <button type="button" onClick={onClose}>
            Close
          </button>
          <button type="submit" className="primary" aria-disabled={invite.isPending}>
            {submitLabel()}
          </button>
        </div>
      </form>
    </Dialog>
  );
};
