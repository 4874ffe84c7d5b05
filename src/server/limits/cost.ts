import { type ExecutionArgs, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Estimate } from '../../graphql/pricing/pricing.ts';
import type { ErrorCode } from '../errors/public-errors.ts';

/** Estimates the cost of an operation before it runs. */
export type EstimateCost = (operation: {
  readonly document: ExecutionArgs['document'];
  readonly operationName: string | null | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}) => Estimate;

export interface CostLimits {
  readonly calls: number;
  /** Ids, representations and addresses of one operation. */
  readonly ids: number;
  /** Pixels of all QR codes of an operation. */
  readonly pixels: number;
}

const createCostError = (
  message: string,
  counts: Readonly<Record<string, number>>,
): GraphQLError => {
  const code: ErrorCode = 'COST_LIMIT_EXCEEDED';
  return new GraphQLError(message, {
    extensions: { code, ...counts, http: { spec: true, status: 400 } },
  });
};

const findCostErrors = (
  { calls, costliestPath, costliestCalls, ids, pixels, largestDrawing }: Estimate,
  limits: CostLimits,
): readonly GraphQLError[] => {
  const errors: GraphQLError[] = [];
  if (ids > limits.ids) {
    const message = `The operation names ${ids} ids, representations and addresses, over all its fields, and at most ${limits.ids} are allowed. Ask for them in several operations.`;
    errors.push(createCostError(message, { ids, maxIds: limits.ids }));
  }
  if (calls > limits.calls) {
    const message = `The operation would cost about ${calls} calls to the API, and at most ${limits.calls} are allowed. ${costliestPath.join('.')} costs ${costliestCalls} of them: ask for smaller pages around it (first, last), fewer ids at once, or leave it out.`;
    errors.push(createCostError(message, { estimatedCalls: calls, maxCalls: limits.calls }));
  }
  if (pixels > limits.pixels) {
    const message = `The operation would draw QR codes of ${pixels} pixels, and at most ${limits.pixels} are allowed. ${largestDrawing.path.join('.')} has ${largestDrawing.pixels} of them: ask for a smaller size, for smaller pages around it (first, last), or for fewer ids at once.`;
    errors.push(createCostError(message, { estimatedPixels: pixels, maxPixels: limits.pixels }));
  }
  return errors;
};

/** Refuses an operation whose estimated cost is above the limits, before any call is made. */
export const useCostLimit = (estimate: EstimateCost, limits: CostLimits): Plugin => ({
  onExecute: ({ args, setResultAndStopExecution }) => {
    const { document, operationName, variableValues }: ExecutionArgs = args;
    const variables = variableValues ?? {};
    const errors = findCostErrors(estimate({ document, operationName, variables }), limits);
    if (errors.length > 0) setResultAndStopExecution({ errors });
  },
});
