import { type ExecutionArgs, GraphQLError, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../graphql/context.ts';
import { GatewayError } from '../tokens/errors.ts';
import { rootFieldNames } from './document-measures.ts';

/** Answered from the schema alone. */
const isPublic = (name: string): boolean => name.startsWith('__') || name === '_service';

/**
 * Refuses an operation whose caller may not run it, before any of it runs. What is answered from the schema alone,
 * as a router asks it, needs no credential.
 */
export const useAuthorization = (): Plugin<GatewayContext> => ({
  onExecute: ({ args, setResultAndStopExecution }) => {
    const { document, operationName }: ExecutionArgs = args;
    const operation = getOperationAST(document, operationName);
    if (!operation || rootFieldNames(document, operation).every(isPublic)) return;
    try {
      args.contextValue.authorize(operation.operation);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      setResultAndStopExecution({
        data: null,
        errors: [new GraphQLError(error.message, { originalError: error })],
      });
    }
  },
});
