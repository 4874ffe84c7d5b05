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
 * What a source threw, as the failure of that source alone. Rethrows refused credentials. What is no GatewayError is a
 * bug: `onBug` is told of it, and callers see no word of it.
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

/** Whether a failure ends its source: a key without the permission, a plan or an organization without the platform. */
export const isForbidden = (failure: GatewayError): boolean =>
  failure instanceof ForbiddenError ||
  failure instanceof PlanLimitError ||
  failure instanceof NotFoundError;

const weigh = (failure: GatewayError): number => {
  if (failure instanceof RateLimitedError) return 0;
  if (!isForbidden(failure)) return failure.retryable ? 1 : 2;
  return failure instanceof NotFoundError ? 4 : 3;
};

/** The failure that tells a caller most where no source answered: one that may pass before one that will not. */
export const mostTelling = (failures: readonly GatewayError[]): GatewayError | undefined =>
  failures.toSorted((left, right) => weigh(left) - weigh(right))[0];
