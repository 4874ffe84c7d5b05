import { type Platform, platformNames } from './names.ts';

interface SourceNoticeProps {
  readonly missing: readonly {
    readonly platform: Platform;
    readonly status: string;
    readonly error: { readonly message: string } | null;
  }[];
  readonly isRetrying: boolean;
  readonly onRetry: () => void;
}

/** Lists the platforms that are missing from the list, with the reason. */
export const SourceNotice = ({ missing, isRetrying, onRetry }: SourceNoticeProps) => {
  if (missing.length === 0) return null;
  return (
    <div role="status" className="notice">
      <ul>
        {missing.map(({ platform, status, error }) => (
          <li key={platform}>
            <strong>
              {platformNames[platform]} tokens are missing
              {status === 'FORBIDDEN' ? ': not allowed.' : ' for the moment.'}
            </strong>{' '}
            {error?.message}
          </li>
        ))}
      </ul>
      <button type="button" disabled={isRetrying} onClick={onRetry}>
        Try again
      </button>
    </div>
  );
};
