import { type FormEvent, useState } from 'react';
import { useCreateToken } from './create.ts';
import { Dialog } from './dialog.tsx';
import { Field } from './field.tsx';
import { Moment } from './moment.tsx';
import type { Platform } from './names.ts';
import { PersonInput } from './person-input.tsx';
import { Problem } from './problem.tsx';
import { RetryButton } from './retry-button.tsx';
import {
  PlatformChoice,
  settingFields,
  settingsOf,
  TokenSettings,
  textOf,
} from './token-settings.tsx';

interface CreateDialogProps {
  readonly onClose: () => void;
  readonly onCreated: (id: string) => void;
}

/** The form for a new token. Each error of the gateway is shown at the field that it names. */
export const CreateDialog = ({ onClose, onCreated }: CreateDialogProps) => {
  const [platform, setPlatform] = useState<Platform>('WINDOWS');
  const { create, createAnother } = useCreateToken((id) => {
    onClose();
    onCreated(id);
  });
  const faults = create.data?.userErrors ?? [];
  const fields = ['userId', ...settingFields];
  const messageAt = (field: string) => faults.find(({ path }) => path?.[1] === field)?.message;
  const isUnknown = faults.some(({ code }) => code === 'OUTCOME_UNKNOWN');
  const otherFaults = faults.filter(({ path }) => !fields.includes(path?.[1] ?? ''));

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (create.isPending) return;
    const data = new FormData(event.currentTarget);
    // The same input has the same key: the gateway looks again and creates no second token.
    create.mutate({ platform, email: textOf(data, 'email'), rest: settingsOf(data) });
  };

  const submitLabel = () => {
    if (create.isPending) return 'Creating…';
    if (isUnknown) return 'Look again';
    return create.error ? 'Try again' : 'Create';
  };

  return (
    <Dialog title="New token" onClose={onClose}>
      <form
        className="create"
        onSubmit={submit}
        // Another input is another token, to which neither the message nor "try again" applies.
        onChange={() => (create.error || isUnknown) && create.reset()}
      >
        <PlatformChoice platform={platform} onChange={setPlatform} />
        <Field label="For whom" fault={messageAt('userId')}>
          {(props) => <PersonInput {...props} name="email" />}
        </Field>
        <TokenSettings platform={platform} messageAt={messageAt} />
        {create.error && (
          <>
            <Problem error={create.error} />
            <p className="hint">Trying again is safe: it cannot create a second token.</p>
          </>
        )}
        {otherFaults.map((fault) => (
          <div key={fault.message} role="alert" className="notice problem">
            <p>{fault.message}</p>
            {'candidates' in fault &&
              fault.candidates.map(({ id, displayName, createdAt }, index) => (
                <button key={id} type="button" onClick={() => onCreated(id)}>
                  Show candidate {index + 1}: {displayName ?? 'without a name'},{' '}
                  <Moment label="created" value={createdAt} />
                </button>
              ))}
          </div>
        ))}
        {isUnknown && (
          <div className="notice">
            <p>
              Looking again creates nothing. Creating another can give this person a second token.
            </p>
            <RetryButton onRetry={createAnother}>Create another</RetryButton>
          </div>
        )}
        <div className="actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="primary" aria-disabled={create.isPending}>
            {submitLabel()}
          </button>
        </div>
      </form>
    </Dialog>
  );
};
