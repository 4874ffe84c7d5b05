import { type Platform, platformNames } from './names.ts';
import { RetryButton } from './retry-button.tsx';

interface SourceNoticeProps {
  readonly missing: readonly {
    readonly platform: Platform;
    readonly status: string;
    readonly error: { readonly message: string } | null;
  }[];
  readonly onRetry: () => unknown;
}

/** Lists the platforms that are missing from the list, with the reason. */
export const SourceNotice = ({ missing, onRetry }: SourceNoticeProps) => {
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
      <RetryButton onRetry={onRetry} />
    </div>
  );
};
