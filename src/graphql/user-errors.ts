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
import type { Builder } from './builder.ts';
import type { SchemaRefs } from './schema-parts.ts';

const errorCodes = {
  INVALID_INPUT: { description: 'The input breaks a rule: path and message say which.' },
  NOT_FOUND: {
    description: 'What the input names does not exist, or the caller may not know of it.',
  },
  PERMISSION_DENIED: { description: 'The key lacks a permission, which the message names.' },
  FEATURE_NOT_IN_PLAN: {
    description: 'The plan of the organization does not include it, or is used up.',
  },
  CREATION_FAILED: { description: 'The API could not create it and does not say why.' },
  NOT_SUPPORTED: { description: 'The API has no such operation on this platform.' },
  IDEMPOTENCY_CONFLICT: {
    description: 'The idempotency key was used before with another input: use a new key.',
  },
  OUTCOME_UNKNOWN: {
    description: 'The request was sent and its answer was lost: it may have had its effect.',
  },
  RATE_LIMITED: { description: 'Too many requests: try again after retryAfterSeconds.' },
  UPSTREAM_UNAVAILABLE: { description: 'The API did not answer as it should: try again later.' },
} as const;

export type UserErrorCode = keyof typeof errorCodes;

/** A failure that is part of an answer: something the caller can act on. */
export interface UserError {
  readonly code: UserErrorCode;
  readonly message: string;
  readonly path: readonly string[] | null;
  readonly retryAfterSeconds?: number;
  readonly candidates?: readonly EnrollmentToken[];
}

const codeOf = (error: GatewayError): UserErrorCode | null => {
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
 * An expected failure as data, one entry a fault; throws what is no caller's matter to act on within an answer: a
 * refused credential, and every bug.
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
    // The operation's own error says COST_LIMIT_EXCEEDED; here it says what was left undone.
    return [{ code: 'RATE_LIMITED', message: error.message, path, retryAfterSeconds: 1 }];
  }
  if (error instanceof RateLimitedError) {
    const retryAfterSeconds = Math.max(1, Math.ceil(error.retryAfterMs / 1000));
    return [{ code: 'RATE_LIMITED', message: error.message, path, retryAfterSeconds }];
  }
  if (error instanceof OutcomeUnknownError) {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-assignment -- instanceof forgets that creates of tokens threw it
    const candidates: readonly EnrollmentToken[] = error.candidates;
    return [{ code: 'OUTCOME_UNKNOWN', message: error.message, path, candidates }];
  }
  const code = error instanceof GatewayError ? codeOf(error) : null;
  if (code === null || !(error instanceof Error)) throw error;
  return [{ code, message: error.message, path }];
};

const kinds = {
  INVALID_INPUT: 'MdmInputError',
  NOT_FOUND: 'MdmInputError',
  IDEMPOTENCY_CONFLICT: 'MdmInputError',
  RATE_LIMITED: 'MdmRateLimitError',
  OUTCOME_UNKNOWN: 'MdmOutcomeUnknownError',
  PERMISSION_DENIED: 'MdmUpstreamError',
  FEATURE_NOT_IN_PLAN: 'MdmUpstreamError',
  CREATION_FAILED: 'MdmUpstreamError',
  NOT_SUPPORTED: 'MdmUpstreamError',
  UPSTREAM_UNAVAILABLE: 'MdmUpstreamError',
} as const satisfies Record<UserErrorCode, string>;

/** Adds MdmError, its codes and its kinds. */
export const defineUserErrors = (builder: Builder, { userError, token }: SchemaRefs): void => {
  const code = builder.enumType('MdmErrorCode', {
    description: 'What went wrong, for programs. New codes may be added: handle it with a default.',
    values: errorCodes,
  });
  userError.implement({
    description:
      'Something the caller can act on. New codes and kinds may be added: handle code with a default. INVALID_INPUT, NOT_FOUND and IDEMPOTENCY_CONFLICT come as MdmInputError, RATE_LIMITED as MdmRateLimitError, OUTCOME_UNKNOWN as MdmOutcomeUnknownError, the others as MdmUpstreamError.',
    resolveType: (error) => kinds[error.code],
    fields: (t) => ({
      code: t.field({
        type: code,
        description: 'For programs.',
        resolve: (error) => error.code,
      }),
      message: t.exposeString('message', {
        description: 'For people: what happened, why, and what to do next.',
      }),
      path: t.stringList({
        nullable: true,
        description:
          'Where in the arguments, e.g. input, policyAssignments, 0, policyId; null where it is about no one field.',
        resolve: (error) => error.path,
      }),
    }),
  });
  const kind = (name: (typeof kinds)[UserErrorCode]) => builder.objectRef<UserError>(name);
  kind('MdmInputError').implement({
    description: 'The input is at fault: change it.',
    interfaces: [userError],
  });
  kind('MdmUpstreamError').implement({
    description: 'The API refused, or did not answer.',
    interfaces: [userError],
  });
  kind('MdmRateLimitError').implement({
    description: 'Too many requests. Nothing was done.',
    interfaces: [userError],
    fields: (t) => ({
      retryAfterSeconds: t.int({
        description: 'How long to wait before the next try, in seconds.',
        resolve: (error) => error.retryAfterSeconds ?? 1,
      }),
    }),
  });
  kind('MdmOutcomeUnknownError').implement({
    description: 'The answer to a write was lost: it may have had its effect.',
    interfaces: [userError],
    fields: (t) => ({
      candidates: t.field({
        type: [token],
        description:
          'Tokens equal to the input that appeared since: one of them may be the one this call created.',
        resolve: (error) => [...(error.candidates ?? [])],
      }),
    }),
  });
};
