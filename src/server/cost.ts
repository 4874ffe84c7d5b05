import { type ExecutionArgs, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { ErrorCode } from './errors.ts';

/** What an operation is expected to cost. */
interface Estimate {
  readonly calls: number;
  readonly dearestPath: readonly string[];
  readonly dearestCalls: number;
  readonly ids: number;
}

/** Estimates an operation's upstream calls before it runs. */
export type EstimateCost = (operation: {
  readonly document: ExecutionArgs['document'];
  readonly operationName: string | null | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}) => Estimate;

export interface CostBounds {
  readonly calls: number;
  /** Ids and representations of one operation. */
  readonly ids: number;
}

const refusal = (
  { calls, dearestPath, dearestCalls, ids }: Estimate,
  bounds: CostBounds,
): { readonly message: string; readonly details: Readonly<Record<string, number>> } | null => {
  if (ids > bounds.ids) {
    return {
      message: `The operation names ${ids} ids and representations, over all its fields, and at most ${bounds.ids} are allowed. Ask for them in several operations.`,
      details: { ids, maxIds: bounds.ids },
    };
  }
  if (calls > bounds.calls) {
    return {
      message: `The operation would cost about ${calls} calls to the API, and at most ${bounds.calls} are allowed. ${dearestPath.join('.')} costs ${dearestCalls} of them: ask for smaller pages around it (first, last), fewer ids at once, or leave it out.`,
      details: { estimatedCalls: calls, maxCalls: bounds.calls },
    };
  }
  return null;
};

/** Refuses an operation that is expected to cost more than the bounds allow, before any call is made. */
export const useCostLimit = (estimate: EstimateCost, bounds: CostBounds): Plugin => ({
  onExecute: ({ args, setResultAndStopExecution }) => {
    const { document, operationName, variableValues }: ExecutionArgs = args;
    const refused = refusal(
      estimate({ document, operationName, variables: variableValues ?? {} }),
      bounds,
    );
    if (refused === null) return;
    const code: ErrorCode = 'COST_LIMIT_EXCEEDED';
    const extensions = { code, ...refused.details, http: { spec: true, status: 400 } };
    setResultAndStopExecution({ errors: [new GraphQLError(refused.message, { extensions })] });
  },
});
