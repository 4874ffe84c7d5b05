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

/** Whether a root field is answered from the schema alone. */
const isPublic = (name: string): boolean => name.startsWith('__') || name === '_service';

interface AccessFault {
  readonly error: GatewayError;
  /** The field that the caller may not select; undefined if the caller may not run the operation at all. */
  readonly field: FieldNode | undefined;
}

/** The reason why the caller may not run an operation; null if the caller may run it. */
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
      authorize(
        'read',
        operation.operation === OperationTypeNode.QUERY ? 'queries' : 'subscriptions',
      );
    }
    return null;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { error, field };
  }
};

/**
 * Refuses an operation that the caller may not run, before it runs. `onRefused` gets the reason. An operation that is
 * answered from the schema alone, as routers send it, needs no credential.
 */
export const useAuthorization = (
  onRefused: (requestId: string, error: GatewayError) => void,
): Plugin<GatewayContext> => ({
  onExecute: ({ args, setResultAndStopExecution }) => {
    const { authorize, requestId } = args.contextValue;
    const fault = checkAccess(args, authorize);
    if (!fault) return;
    const { error, field } = fault;
    onRefused(requestId, error);
    setResultAndStopExecution({
      data: null,
      errors: [new GraphQLError(error.message, { nodes: field ?? null, originalError: error })],
    });
  },
});
