import { GatewayError } from './gateway.ts';
import { RetryButton } from './retry-button.tsx';

interface ProblemProps {
  readonly error: Error;
  readonly onRetry?: () => unknown;
}

/** The message for an error. The page replaces the gateway's message if it can say where to enter the key. */
const messageOf = (error: Error): string =>
  error instanceof GatewayError && error.code === 'UNAUTHENTICATED'
    ? 'The key above is not accepted, or there is none. Enter the API key of a service account.'
    : error.message;

/** An error message with a button to retry. */
export const Problem = ({ error, onRetry }: ProblemProps) => (
  <div role="alert" className="notice problem">
    <p>
      {messageOf(error)}
      {error instanceof GatewayError && error.requestId && <small>Request {error.requestId}</small>}
    </p>
    {onRetry && <RetryButton onRetry={onRetry} />}
  </div>
);
