import {
  ContractBrokenError,
  CostLimitError,
  CreationFailedError,
  ForbiddenError,
  GatewayError,
  IdempotencyConflictError,
  InputRejectedError,
  NotFoundError,
  NotSupportedError,
  OutcomeUnknownError,
  PlanLimitError,
  RateLimitedError,
  UnexpectedError,
  UpstreamUnavailableError,
} from '../domain/errors.ts';
import type { EnrollmentToken } from '../domain/token.ts';

/** The codes of MdmErrorCode. */
export type UserErrorCode =
  | 'INVALID_INPUT'
  | 'NOT_FOUND'
  | 'PERMISSION_DENIED'
  | 'FEATURE_NOT_IN_PLAN'
  | 'CREATION_FAILED'
  | 'NOT_SUPPORTED'
  | 'IDEMPOTENCY_CONFLICT'
  | 'OUTCOME_UNKNOWN'
  | 'RATE_LIMITED'
  | 'UPSTREAM_UNAVAILABLE';

/** An error in a payload: the caller can act on it. */
export interface UserError {
  readonly code: UserErrorCode;
  readonly message: string;
  readonly path: readonly string[] | null;
  readonly retryAfterSeconds?: number;
  readonly candidates?: readonly EnrollmentToken[];
}

const findCode = (error: GatewayError): UserErrorCode | null => {
  if (error instanceof NotFoundError) return 'NOT_FOUND';
  if (error instanceof ForbiddenError) return 'PERMISSION_DENIED';
  if (error instanceof PlanLimitError) return 'FEATURE_NOT_IN_PLAN';
  if (error instanceof IdempotencyConflictError) return 'IDEMPOTENCY_CONFLICT';
  if (error instanceof CreationFailedError) return 'CREATION_FAILED';
  if (error instanceof NotSupportedError) return 'NOT_SUPPORTED';
  if (error instanceof UpstreamUnavailableError) return 'UPSTREAM_UNAVAILABLE';
  if (error instanceof ContractBrokenError) return 'UPSTREAM_UNAVAILABLE';
  if (error instanceof UnexpectedError) return 'UPSTREAM_UNAVAILABLE';
  return null;
};

/**
 * Turns an expected failure into errors of a payload, one for each fault. `path` is used if the failure names no field.
 * Rethrows failures that do not belong in a payload: a refused credential, and bugs.
 */
export const toUserErrors = (
  error: unknown,
  path: readonly string[] | null = null,
): readonly UserError[] => {
  if (error instanceof InputRejectedError) {
    return error.faults.map(({ path: at, message }) => ({
      code: 'INVALID_INPUT',
      message,
      path: at.length > 0 ? at : path,
    }));
  }
  if (error instanceof CostLimitError) {
    // The operation also has a top-level error with the code COST_LIMIT_EXCEEDED.
    return [{ code: 'RATE_LIMITED', message: error.message, path, retryAfterSeconds: 1 }];
  }
  if (error instanceof RateLimitedError) {
    const retryAfterSeconds = Math.max(1, Math.ceil(error.retryAfterMs / 1000));
    return [{ code: 'RATE_LIMITED', message: error.message, path, retryAfterSeconds }];
  }
  if (error instanceof OutcomeUnknownError) {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- instanceof loses the type argument; only creates of tokens throw this error
    const candidates: readonly EnrollmentToken[] = error.candidates;
    return [{ code: 'OUTCOME_UNKNOWN', message: error.message, path, candidates }];
  }
  const code = error instanceof GatewayError ? findCode(error) : null;
  if (code === null || !(error instanceof Error)) throw error;
  return [{ code, message: error.message, path }];
};
