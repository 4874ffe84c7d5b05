import { type ExecutionArgs, GraphQLError, getOperationAST, getVariableValues } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { ErrorCode } from '../errors/public-errors.ts';

/** Limit of reported faults. The execution itself would report fifty, each with the whole value. */
const maxFaults = 8;

const code: ErrorCode = 'BAD_USER_INPUT';

/** Refuses an operation whose variables do not fit their types, before another plugin reads them. */
export const useVariableCheck = (): Plugin => ({
  onExecute: ({ args, setResultAndStopExecution }) => {
    const { schema, document, operationName, variableValues }: ExecutionArgs = args;
    const { variableDefinitions = [] } = getOperationAST(document, operationName) ?? {};
    const { errors = [] } = getVariableValues(schema, variableDefinitions, variableValues ?? {}, {
      maxErrors: maxFaults,
    });
    if (errors.length === 0) return;
    const extensions = { code, http: { spec: true, status: 400 } };
    setResultAndStopExecution({
      errors: errors.map(
        ({ message, nodes }) => new GraphQLError(message, { nodes: nodes ?? null, extensions }),
      ),
    });
  },
});
