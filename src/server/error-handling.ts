import { type ExecutionResult, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../graphql/context.ts';
import { toPublicError } from './errors.ts';
import { requestIdOf } from './request-id.ts';

const codeOf = (error: GraphQLError): unknown => error.extensions['code'];

const withCode = (error: GraphQLError, code: string): GraphQLError => {
  if (codeOf(error) === undefined) error.extensions['code'] = code;
  return error;
};

/** Refused credentials are no partial success: nothing of the answer is worth showing. */
const failWhole = (result: ExecutionResult): ExecutionResult => {
  const refused = result.errors?.find((error) => codeOf(error) === 'UNAUTHENTICATED');
  return refused ? { data: null, errors: [refused] } : result;
};

const isSingleResult = (result: unknown): result is ExecutionResult =>
  typeof result === 'object' && result !== null && !Array.isArray(result);

/**
 * Turns what resolvers threw into what callers may see, gives every error a code and the request's id, and fails the
 * whole operation where the credential was refused.
 */
export const useErrorHandling = (
  report: (cause: unknown, requestId: string) => void,
): Plugin<GatewayContext> => ({
  onValidate:
    () =>
    ({ result }) => {
      for (const error of result) {
        if (error instanceof GraphQLError) withCode(error, 'GRAPHQL_VALIDATION_FAILED');
      }
    },
  onExecute: ({ args }) => ({
    onExecuteDone: ({ result, setResult }) => {
      if (!isSingleResult(result) || !('errors' in result) || !result.errors) return;
      const { requestId } = args.contextValue;
      const errors = result.errors.map((error) =>
        withCode(
          toPublicError(error, (cause) => report(cause, requestId)),
          'BAD_USER_INPUT',
        ),
      );
      setResult(failWhole({ ...result, errors }));
    },
  }),
  onResultProcess: ({ request, result }) => {
    if (!isSingleResult(result)) return;
    for (const error of result.errors ?? []) {
      withCode(error, 'BAD_REQUEST').extensions['requestId'] = requestIdOf(request);
    }
  },
});
