import { GraphQLError, Kind } from 'graphql';
import {
  BadCursorError,
  GatewayError,
  InputRejectedError,
  maxNamedFaults,
  RateLimitedError,
  UpstreamUnavailableError,
} from '../../domain/errors.ts';
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

interface PublicError {
  readonly code: ErrorCode;
  readonly details?: Readonly<Record<string, unknown>>;
}

const codes: Readonly<Record<string, ErrorCode>> = {
  UNAUTHENTICATED: 'UNAUTHENTICATED',
  FORBIDDEN: 'FORBIDDEN',
  PLAN_LIMIT: 'FORBIDDEN',
  COST_LIMIT: 'COST_LIMIT_EXCEEDED',
  NOT_FOUND: 'NOT_FOUND',
  CREATION_FAILED: 'UPSTREAM_INVALID_RESPONSE',
  NOT_SUPPORTED: 'UPSTREAM_INVALID_RESPONSE',
  CONTRACT_BROKEN: 'UPSTREAM_INVALID_RESPONSE',
};

const describe = (error: GatewayError): PublicError | null => {
  if (error instanceof InputRejectedError) {
    return { code: 'BAD_USER_INPUT', details: { faults: error.faults.slice(0, maxNamedFaults) } };
  }
  if (error instanceof BadCursorError) {
    return { code: 'BAD_CURSOR', details: { argument: error.argument } };
  }
  if (error instanceof RateLimitedError) {
    const retryAfterSeconds = Math.max(1, Math.ceil(error.retryAfterMs / 1000));
    return { code: 'RATE_LIMITED', details: { retryAfterSeconds } };
  }
  if (error instanceof UpstreamUnavailableError) {
    return { code: error.reason === 'timeout' ? 'UPSTREAM_TIMEOUT' : 'UPSTREAM_UNAVAILABLE' };
  }
  const code = codes[error.code];
  return code ? { code } : null;
};

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
  return !(cause instanceof GatewayError) || describe(cause) === null;
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
  const known = cause instanceof GatewayError ? describe(cause) : null;
  if (known === null) return maskError(cause, report, error);
  return deriveError(error, {
    message: cause.message,
    extensions: {
      code: known.code,
      ...known.details,
      ...(known.code === 'UNAUTHENTICATED' ? { http: unauthenticated(cause) } : {}),
    },
    hidesCause: true,
  });
};
