import {
  type ExecutionArgs,
  type FieldNode,
  GraphQLError,
  getOperationAST,
  OperationTypeNode,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { GatewayError } from '../../domain/errors.ts';
import type { GatewayContext } from '../../graphql/context.ts';
import { rootFieldNames } from '../limits/document-measures.ts';
import { findReadField } from './read-scope.ts';

/** Answered from the schema alone. */
const isPublic = (name: string): boolean => name.startsWith('__') || name === '_service';

interface AccessFault {
  readonly error: GatewayError;
  /** The field that the caller may not select; undefined if it is the operation as a whole. */
  readonly field: FieldNode | undefined;
}

/** Why the caller may not run an operation; null if the caller may. */
const checkAccess = (
  args: ExecutionArgs,
  authorize: GatewayContext['authorize'],
): AccessFault | null => {
  const { schema, document, operationName, variableValues } = args;
  const operation = getOperationAST(document, operationName);
  if (!operation || rootFieldNames(document, operation).every(isPublic)) return null;
  let field: FieldNode | undefined;
  try {
    if (operation.operation === OperationTypeNode.MUTATION) {
      authorize('write', 'mutations');
      const variables = variableValues ?? {};
      const read = findReadField({ schema, document, operation, variables });
      if (!read) return null;
      field = read.node;
      authorize('read', `the field ${read.coordinate}`);
    } else {
      authorize('read', 'queries');
    }
    return null;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { error, field };
  }
};

/**
 * Refuses an operation whose caller may not run it, before any of it runs, and tells why. What is answered from the
 * schema alone, as a router asks it, needs no credential.
 */
export const useAuthorization = (
  onRefused: (requestId: string, error: GatewayError) => void,
): Plugin<GatewayContext> => ({
  onExecute: ({ args, setResultAndStopExecution }) => {
    const { authorize, requestId } = args.contextValue;
    const refusal = checkAccess(args, authorize);
    if (!refusal) return;
    const { error, field } = refusal;
    onRefused(requestId, error);
    setResultAndStopExecution({
      data: null,
      errors: [new GraphQLError(error.message, { nodes: field ?? null, originalError: error })],
    });
  },
});
