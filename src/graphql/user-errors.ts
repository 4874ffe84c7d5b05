import {
  type FailureCode,
  GatewayError,
  InputRejectedError,
  OutcomeUnknownError,
  RateLimitedError,
} from '../domain/errors.ts';
import type { EnrollmentToken } from '../domain/token.ts';

/** Null: the failure does not belong in a payload. */
const codes = {
  INPUT_REJECTED: 'INVALID_INPUT',
  NOT_FOUND: 'NOT_FOUND',
  FORBIDDEN: 'PERMISSION_DENIED',
  PLAN_LIMIT: 'FEATURE_NOT_IN_PLAN',
  CREATION_FAILED: 'CREATION_FAILED',
  NOT_SUPPORTED: 'NOT_SUPPORTED',
  IDEMPOTENCY_CONFLICT: 'IDEMPOTENCY_CONFLICT',
  OUTCOME_UNKNOWN: 'OUTCOME_UNKNOWN',
  RATE_LIMITED: 'RATE_LIMITED',
  // The operation also has a top-level error with the code COST_LIMIT_EXCEEDED.
  COST_LIMIT: 'RATE_LIMITED',
  UPSTREAM_UNAVAILABLE: 'UPSTREAM_UNAVAILABLE',
  CONTRACT_BROKEN: 'UPSTREAM_UNAVAILABLE',
  UNEXPECTED: 'UPSTREAM_UNAVAILABLE',
  UNAUTHENTICATED: null,
  BAD_CURSOR: null,
} as const satisfies Record<FailureCode, string | null>;

/** The codes of MdmErrorCode. */
export type UserErrorCode = NonNullable<(typeof codes)[FailureCode]>;

/** An error in a payload: the caller can act on it. */
export interface UserError {
  readonly code: UserErrorCode;
  readonly message: string;
  readonly path: readonly string[] | null;
  readonly retryAfterSeconds?: number;
  readonly candidates?: readonly EnrollmentToken[];
}

/**
 * Turns an expected failure into errors of a payload, one for each fault. `path` is used if the failure names no field.
 * Rethrows failures that do not belong in a payload: a refused credential, and bugs.
 */
export const toUserErrors = (
  error: unknown,
  path: readonly string[] | null = null,
): readonly UserError[] => {
  const code = error instanceof GatewayError ? codes[error.code] : null;
  if (!(error instanceof GatewayError) || code === null) throw error;
  const { message } = error;
  if (error instanceof InputRejectedError) {
    return error.faults.map((fault) => ({
      code,
      message: fault.message,
      path: fault.path.length > 0 ? fault.path : path,
    }));
  }
  if (code === 'RATE_LIMITED') {
    const wait = error instanceof RateLimitedError ? error.details : { retryAfterSeconds: 1 };
    return [{ code, message, path, ...wait }];
  }
  if (error instanceof OutcomeUnknownError) {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- instanceof loses the type argument; only creates of tokens throw this error
    const candidates: readonly EnrollmentToken[] = error.candidates;
    return [{ code, message, path, candidates }];
  }
  return [{ code, message, path }];
};
