import {
  ForbiddenError,
  GatewayError,
  NotFoundError,
  PlanLimitError,
  RateLimitedError,
  UnauthenticatedError,
  UnexpectedError,
} from '../domain/errors.ts';

/**
 * Turns what a source threw into a failure of that source alone. Rethrows UnauthenticatedError, which fails the page.
 * An error that is no GatewayError is a bug: it is passed to `onBug`, and the failure that callers see does not quote
 * it.
 */
export const toSourceFailure = (error: unknown, onBug: (error: unknown) => void): GatewayError => {
  if (error instanceof UnauthenticatedError) throw error;
  if (error instanceof GatewayError) return error;
  onBug(error);
  return new UnexpectedError(
    'Something went wrong in the gateway while it read this platform. Give the request id to its operators.',
    { cause: error },
  );
};

/**
 * Whether a failure ends its source for good: the key lacks the permission, or the plan or the organization does not
 * have what the source lists.
 */
export const isForbidden = (failure: GatewayError): boolean =>
  failure instanceof ForbiddenError ||
  failure instanceof PlanLimitError ||
  failure instanceof NotFoundError;

const rank = (failure: GatewayError): number => {
  if (failure instanceof RateLimitedError) return 0;
  if (!isForbidden(failure)) return failure.retryable ? 1 : 2;
  return failure instanceof NotFoundError ? 4 : 3;
};

/** The failure to report if no source answered. A failure that may pass comes before one that will not. */
export const mostUsefulFailure = (failures: readonly GatewayError[]): GatewayError | undefined =>
  failures.toSorted((left, right) => rank(left) - rank(right))[0];
