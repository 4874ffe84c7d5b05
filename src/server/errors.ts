import { GraphQLError } from 'graphql';
import {
  BadCursorError,
  GatewayError,
  InputRejectedError,
  RateLimitedError,
  UpstreamUnavailableError,
} from '../tokens/errors.ts';

/** What `extensions.code` can be, beside GraphQL's own codes. */
export type ErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'BAD_USER_INPUT'
  | 'BAD_CURSOR'
  | 'RATE_LIMITED'
  | 'UPSTREAM_TIMEOUT'
  | 'UPSTREAM_UNAVAILABLE'
  | 'UPSTREAM_INVALID_RESPONSE'
  | 'INTERNAL_SERVER_ERROR';

interface PublicError {
  readonly code: ErrorCode;
  readonly details?: Readonly<Record<string, unknown>>;
}

const codes: Readonly<Record<string, ErrorCode>> = {
  UNAUTHENTICATED: 'UNAUTHENTICATED',
  FORBIDDEN: 'FORBIDDEN',
  PLAN_LIMIT: 'FORBIDDEN',
  NOT_FOUND: 'NOT_FOUND',
  CREATION_FAILED: 'UPSTREAM_INVALID_RESPONSE',
  NOT_SUPPORTED: 'UPSTREAM_INVALID_RESPONSE',
  CONTRACT_BROKEN: 'UPSTREAM_INVALID_RESPONSE',
};

const describe = (error: GatewayError): PublicError | null => {
  if (error instanceof InputRejectedError) {
    return { code: 'BAD_USER_INPUT', details: { faults: error.faults } };
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

const masked = 'Something went wrong in the gateway. Give the request id to its operators.';

/**
 * What a caller may see of an error: GraphQL's own errors and the domain's as they are, the rest masked. `report` is
 * told of every masked one.
 */
export const toPublicError = (error: unknown, report: (cause: unknown) => void): GraphQLError => {
  const cause = error instanceof GraphQLError ? error.originalError : error;
  if (error instanceof GraphQLError && !(cause instanceof Error)) return error;
  const located = error instanceof GraphQLError ? error : null;
  const position = { nodes: located?.nodes ?? null, path: located?.path ?? null };
  const known = cause instanceof GatewayError ? describe(cause) : null;
  if (!known || !(cause instanceof GatewayError)) {
    // A library's own GraphQLError, thrown on purpose, arrives here as the cause of the located one.
    if (cause instanceof GraphQLError) return cause;
    report(cause);
    return new GraphQLError(masked, {
      ...position,
      extensions: { code: 'INTERNAL_SERVER_ERROR' satisfies ErrorCode },
    });
  }
  return new GraphQLError(cause.message, {
    ...position,
    extensions: {
      code: known.code,
      ...known.details,
      ...(known.code === 'UNAUTHENTICATED' ? { http: { status: 401 } } : {}),
    },
  });
};
