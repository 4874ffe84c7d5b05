import { type ExecutionArgs, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { ErrorCode } from './errors.ts';

/** What an operation is expected to cost. */
interface Estimate {
  readonly calls: number;
  readonly dearestPath: readonly string[];
  readonly dearestCalls: number;
}

/** Estimates an operation's upstream calls before it runs. */
export type EstimateCost = (operation: {
  readonly document: ExecutionArgs['document'];
  readonly operationName: string | null | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}) => Estimate;

/** Refuses an operation that is expected to cost more than `maxCalls` upstream, before any call is made. */
export const useCostLimit = (estimate: EstimateCost, maxCalls: number): Plugin => ({
  onExecute: ({ args, setResultAndStopExecution }) => {
    const { document, operationName, variableValues }: ExecutionArgs = args;
    const variables = variableValues ?? {};
    const { calls, dearestPath, dearestCalls } = estimate({ document, operationName, variables });
    if (calls <= maxCalls) return;
    const message = `The operation would cost about ${calls} calls to the API, and at most ${maxCalls} are allowed. ${dearestPath.join('.')} costs ${dearestCalls} of them: ask for smaller pages around it (first, last), fewer ids at once, or leave it out.`;
    const code: ErrorCode = 'COST_LIMIT_EXCEEDED';
    const extensions = { code, estimatedCalls: calls, maxCalls, http: { spec: true, status: 400 } };
    setResultAndStopExecution({ errors: [new GraphQLError(message, { extensions })] });
  },
});
