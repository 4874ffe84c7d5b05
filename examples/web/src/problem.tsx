import { GatewayError } from './gateway.ts';

interface ProblemProps {
  readonly error: Error;
  readonly onRetry?: () => void;
}

/** The gateway's messages say what to do in terms of the API; where the page knows better, it says so. */
const messageOf = (error: Error): string =>
  error instanceof GatewayError && error.code === 'UNAUTHENTICATED'
    ? 'Give the API key of a service account above: this one, or none, is not accepted.'
    : error.message;

/** What went wrong, and how to go on. */
export const Problem = ({ error, onRetry }: ProblemProps) => (
  <div role="alert" className="notice problem">
    <p>
      {messageOf(error)}
      {error instanceof GatewayError && error.requestId && <small>Request {error.requestId}</small>}
    </p>
    {onRetry && (
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    )}
  </div>
);
