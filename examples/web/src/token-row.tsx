import { type FragmentOf, readFragment } from 'gql.tada';
import { graphql } from './gateway.ts';
import { Moment } from './moment.tsx';
import { platformNames, stateNames } from './names.ts';

export const tokenRow = graphql(`
  fragment TokenRow on EnrollmentToken {
    id
    platform
    displayName
    state
    isUsable
    createdAt
    expiresAt
    user { email }
    policyAssignments { policySourceId policy { name } }
  }
`);

interface TokenRowProps {
  readonly token: FragmentOf<typeof tokenRow>;
  readonly onShow: (id: string) => void;
}

/** A token in the list. */
export const TokenRow = ({ token, onShow }: TokenRowProps) => {
  const { id, platform, displayName, state, isUsable, createdAt, expiresAt, ...row } = readFragment(
    tokenRow,
    token,
  );
  const name = displayName ?? 'Unnamed';
  // The API keeps a token PENDING after it has expired.
  const shownState = state === 'PENDING' && !isUsable ? 'EXPIRED' : state;
  return (
    <li className="token">
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
        disabled={!isUsable}
        onClick={() => onShow(id)}
      >
        QR code
      </button>
    </li>
  );
};
