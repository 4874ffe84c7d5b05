import { GatewayError } from './gateway.ts';

interface ProblemProps {
  readonly error: Error;
  readonly onRetry?: () => void;
}

/** What went wrong, and how to go on. */
export const Problem = ({ error, onRetry }: ProblemProps) => (
  <div role="alert" className="notice problem">
    <p>
      {error.message}
      {error instanceof GatewayError && error.requestId && (
        <small> Request {error.requestId}</small>
      )}
    </p>
    {onRetry && (
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    )}
  </div>
);
