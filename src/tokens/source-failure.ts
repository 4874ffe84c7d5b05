import {
  ForbiddenError,
  GatewayError,
  NotFoundError,
  PlanLimitError,
  RateLimitedError,
  UnauthenticatedError,
} from './errors.ts';

/** What a source threw, where the page can do without it. Rethrows refused credentials and what is no GatewayError. */
export const toSourceFailure = (error: unknown): GatewayError => {
  if (!(error instanceof GatewayError) || error instanceof UnauthenticatedError) throw error;
  return error;
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
