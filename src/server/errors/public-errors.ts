import { GraphQLError, Kind } from 'graphql';
import { type FailureCode, GatewayError, UpstreamUnavailableError } from '../../domain/errors.ts';
import { RefusedTokenError } from '../auth/token-refusals.ts';
import { deriveError } from './derived-error.ts';

/** All values of `extensions.code` that the gateway itself sets. docs/errors.md explains them. */
export const errorCodes = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'BAD_USER_INPUT',
  'BAD_CURSOR',
  'COST_LIMIT_EXCEEDED',
  'RATE_LIMITED',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_INVALID_RESPONSE',
  'INTERNAL_SERVER_ERROR',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** Null: the error is masked. */
const codes: Readonly<Record<FailureCode, ErrorCode | null>> = {
  UNAUTHENTICATED: 'UNAUTHENTICATED',
  FORBIDDEN: 'FORBIDDEN',
  PLAN_LIMIT: 'FORBIDDEN',
  INPUT_REJECTED: 'BAD_USER_INPUT',
  BAD_CURSOR: 'BAD_CURSOR',
  COST_LIMIT: 'COST_LIMIT_EXCEEDED',
  RATE_LIMITED: 'RATE_LIMITED',
  NOT_FOUND: 'NOT_FOUND',
  CREATION_FAILED: 'UPSTREAM_INVALID_RESPONSE',
  NOT_SUPPORTED: 'UPSTREAM_INVALID_RESPONSE',
  CONTRACT_BROKEN: 'UPSTREAM_INVALID_RESPONSE',
  UPSTREAM_UNAVAILABLE: 'UPSTREAM_UNAVAILABLE',
  // These belong in payloads and in `sources`. Anywhere else they are bugs.
  IDEMPOTENCY_CONFLICT: null,
  OUTCOME_UNKNOWN: null,
  UNEXPECTED: null,
};

const findCode = (error: GatewayError): ErrorCode | null =>
  error instanceof UpstreamUnavailableError && error.reason === 'timeout'
    ? 'UPSTREAM_TIMEOUT'
    : codes[error.code];

/** RFC 6750, section 3.1: the header has an error code only if the request had a token. */
const unauthenticated = (cause: Error) => ({
  status: 401,
  headers: {
    'www-authenticate':
      cause instanceof RefusedTokenError ? 'Bearer error="invalid_token"' : 'Bearer',
  },
});

const maskedMessage = 'Something went wrong in the gateway. Give the request id to its operators.';

/**
 * Whether an error of graphql-js is the caller's fault: a variable (it has no path), an argument's value (its nodes are
 * that value), or an error that a library throws on purpose (it has a code). Other errors are bugs of the gateway, for
 * example a result that does not fit its type.
 */
const isCallerFault = (located: GraphQLError, cause: GraphQLError): boolean =>
  located.path === undefined ||
  cause.extensions['code'] !== undefined ||
  (cause.nodes?.some(({ kind }) => kind !== Kind.FIELD) ?? false);

/** The masked error for a bug. `report` gets the cause. `located` gives the error its path and location. */
export const maskError = (
  cause: unknown,
  report: (cause: unknown) => void,
  located: GraphQLError | null = null,
): GraphQLError => {
  report(cause);
  const extensions = { code: 'INTERNAL_SERVER_ERROR' satisfies ErrorCode };
  return located === null
    ? new GraphQLError(maskedMessage, { extensions })
    : deriveError(located, { message: maskedMessage, extensions, hidesCause: true });
};

/** Whether an error is a bug of the gateway, and not a fault of the caller or of the API. */
export const isUnexpected = (error: GraphQLError): boolean => {
  const cause = error.originalError ?? error;
  if (cause instanceof GraphQLError) return !isCallerFault(error, cause);
  return !(cause instanceof GatewayError) || findCode(cause) === null;
};

/**
 * The error that a caller gets. Errors of graphql-js about the request and the domain's errors keep their message; the
 * others are masked, and `report` gets their cause.
 */
export const toPublicError = (
  error: GraphQLError,
  report: (cause: unknown) => void,
): GraphQLError => {
  const cause = error.originalError ?? error;
  if (cause instanceof GraphQLError) {
    return isCallerFault(error, cause) ? error : maskError(cause, report, error);
  }
  const code = cause instanceof GatewayError ? findCode(cause) : null;
  if (!(cause instanceof GatewayError) || code === null) return maskError(cause, report, error);
  return deriveError(error, {
    message: cause.message,
    extensions: {
      code,
      ...cause.details,
      ...(code === 'UNAUTHENTICATED' ? { http: unauthenticated(cause) } : {}),
    },
    hidesCause: true,
  });
};
