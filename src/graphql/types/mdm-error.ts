import type { Builder } from '../builder.ts';
import type { SchemaRefs } from '../schema-parts.ts';
import type { UserError, UserErrorCode } from '../user-errors.ts';

const codeValues = {
  INVALID_INPUT: { description: 'The input breaks a rule. path and message tell which.' },
  NOT_FOUND: {
    description: 'An object in the input does not exist, or the caller may not see it.',
  },
  PERMISSION_DENIED: {
    description:
      'The credential lacks the permission that the message names, or the gateway does not serve the organization.',
  },
  FEATURE_NOT_IN_PLAN: {
    description: "The organization's plan does not include the feature, or is used up.",
  },
  CREATION_FAILED: {
    description: 'The REST API could not create the token and gives no reason.',
  },
  NOT_SUPPORTED: { description: 'The REST API does not offer this operation on this platform.' },
  IDEMPOTENCY_CONFLICT: {
    description: 'The idempotency key was used before with different input. Use a new key.',
  },
  OUTCOME_UNKNOWN: {
    description: 'The request was sent, but its answer was lost. The write may have taken effect.',
  },
  RATE_LIMITED: { description: 'Too many requests. Try again after retryAfterSeconds.' },
  UPSTREAM_UNAVAILABLE: {
    description: 'The REST API gave no valid answer. Try again later.',
  },
} as const satisfies Record<UserErrorCode, object>;

const typeNames = {
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

/** Adds MdmError, its codes and the types that implement it. */
export const defineMdmError = (builder: Builder, { userError, token }: SchemaRefs): void => {
  const code = builder.enumType('MdmErrorCode', {
    description:
      'The kind of an error, for programs. New codes may be added, so handle it with a default case.',
    values: codeValues,
  });
  userError.implement({
    description:
      'An error that the caller can act on. New codes and types may be added, so handle code with a default case. INVALID_INPUT, NOT_FOUND and IDEMPOTENCY_CONFLICT are returned as MdmInputError, RATE_LIMITED as MdmRateLimitError, OUTCOME_UNKNOWN as MdmOutcomeUnknownError, and the others as MdmUpstreamError.',
    resolveType: (error) => typeNames[error.code],
    fields: (t) => ({
      code: t.field({
        type: code,
        description: 'The kind of the error, for programs.',
        resolve: (error) => error.code,
      }),
      message: t.exposeString('message', {
        description: 'An explanation for people: the cause, and the next step.',
      }),
      path: t.stringList({
        nullable: true,
        description:
          'The path to the faulty argument, e.g. input, policyAssignments, 0, policyId. Null if the error is not about one field.',
        resolve: (error) => error.path,
      }),
    }),
  });
  const errorType = (name: (typeof typeNames)[UserErrorCode]) => builder.objectRef<UserError>(name);
  errorType('MdmInputError').implement({
    description: 'The input is wrong. Change it before you try again.',
    interfaces: [userError],
  });
  errorType('MdmUpstreamError').implement({
    description: 'The REST API refused the request or did not answer.',
    interfaces: [userError],
  });
  errorType('MdmRateLimitError').implement({
    description: 'Too many requests. Nothing was done.',
    interfaces: [userError],
    fields: (t) => ({
      retryAfterSeconds: t.int({
        description: 'The number of seconds to wait before the next try.',
        resolve: (error) => error.retryAfterSeconds ?? 1,
      }),
    }),
  });
  errorType('MdmOutcomeUnknownError').implement({
    description: 'The answer to a write was lost. The write may have taken effect.',
    interfaces: [userError],
    fields: (t) => ({
      candidates: t.field({
        type: [token],
        description:
          'Tokens that match the input and appeared after the request was sent. One of them may be the token that this call created.',
        resolve: (error) => [...(error.candidates ?? [])],
      }),
    }),
  });
};
