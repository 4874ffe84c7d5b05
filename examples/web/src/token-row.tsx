import { type FragmentOf, readFragment } from 'gql.tada';
import { useLayoutEffect, useRef, useState } from 'react';
import { graphql } from './gateway.ts';
import { Moment } from './moment.tsx';
import { platformNames, stateNames, type TokenState } from './names.ts';

export const tokenRow = graphql(`
  fragment TokenRow on EnrollmentToken {
    id
    sourceId
    platform
    displayName
    state
    isUsable
    createdAt
    updatedAt
    expiresAt
    user { email }
    policyAssignments { policySourceId policy { name } }
  }
`);

/** What the row shows as the state. The API keeps a token PENDING after it has expired, and reports no change then. */
export const shownStateOf = (token: FragmentOf<typeof tokenRow>): TokenState => {
  const { state, isUsable, expiresAt } = readFragment(tokenRow, token);
  const isOver = !isUsable || (expiresAt !== null && new Date(expiresAt) < new Date());
  return state === 'PENDING' && isOver ? 'EXPIRED' : state;
};

export const nameOf = (token: FragmentOf<typeof tokenRow>): string =>
  readFragment(tokenRow, token).displayName ?? 'Unnamed';

interface TokenRowProps {
  readonly token: FragmentOf<typeof tokenRow>;
  readonly mark: 'new' | 'changed' | 'leaving' | null;
  /** Another number for each change. It starts the mark again. */
  readonly version: number;
  readonly onShow: (id: string) => void;
}

/** A token in the list. If it goes while the focus is in it, the focus moves to the next row. */
export const TokenRow = ({ token, mark, version, onShow }: TokenRowProps) => {
  const { id, platform, createdAt, expiresAt, ...row } = readFragment(tokenRow, token);
  const name = nameOf(token);
  const shownState = shownStateOf(token);
  const isUsable = shownState === 'PENDING';
  const element = useRef<HTMLLIElement>(null);
  const [hasFocus, setHasFocus] = useState(false);
  // A layout effect, because the next row is known only while this one is still in the page.
  useLayoutEffect(() => {
    const item = element.current;
    return () => {
      if (!item?.contains(document.activeElement)) return;
      const next = item.nextElementSibling ?? item.previousElementSibling;
      const target = next ?? item.closest('section');
      if (target instanceof HTMLElement) target.focus({ preventScroll: true });
    };
  }, []);
  return (
    <li ref={element} className={mark ? `token ${mark}` : 'token'} tabIndex={-1}>
      {mark && <span key={version} className="mark" />}
      <span className={`platform ${platform.toLowerCase()}`}>{platformNames[platform]}</span>
      <div className="who">
        <strong>{name}</strong>
        <span>{row.user?.email ?? 'no user'}</span>
      </div>
      <ul className="policies" aria-label="Policies">
        {row.policyAssignments.map(({ policySourceId, policy }) => (
          <li key={policySourceId}>{policy?.name ?? 'a policy that cannot be read'}</li>
        ))}
      </ul>
      <span className={`state ${shownState.toLowerCase()}`}>{stateNames[shownState]}</span>
      <div className="dates">
        <Moment label="created" value={createdAt} />
        <Moment
          label={expiresAt && new Date(expiresAt) < new Date() ? 'expired' : 'expires'}
          value={expiresAt}
        />
      </div>
      <button
        type="button"
        aria-label={`QR code of ${name}`}
        // A button that becomes disabled would lose the focus.
        disabled={!isUsable && !hasFocus}
        aria-disabled={!isUsable}
        onFocus={() => setHasFocus(true)}
        onBlur={() => setHasFocus(false)}
        onClick={() => isUsable && onShow(id)}
      >
        QR code
      </button>
    </li>
  );
};
