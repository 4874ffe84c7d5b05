import { type ExecutionArgs, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { ErrorCode } from './errors.ts';

/** What an operation is expected to cost. */
interface Estimate {
  readonly calls: number;
  readonly dearestPath: readonly string[];
  readonly dearestCalls: number;
  /** Of all QR codes. */
  readonly pixels: number;
  readonly largestDrawing: { readonly path: readonly string[]; readonly pixels: number };
}

/** Estimates an operation's upstream calls before it runs. */
export type EstimateCost = (operation: {
  readonly document: ExecutionArgs['document'];
  readonly operationName: string | null | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}) => Estimate;

const refusal = (message: string, counts: Readonly<Record<string, number>>): GraphQLError => {
  const code: ErrorCode = 'COST_LIMIT_EXCEEDED';
  return new GraphQLError(message, {
    extensions: { code, ...counts, http: { spec: true, status: 400 } },
  });
};

/**
 * Refuses an operation that is expected to cost more than `maxCalls` upstream, or to draw QR codes of more than
 * `maxPixels` together, before any call is made.
 */
export const useCostLimit = (
  estimate: EstimateCost,
  maxCalls: number,
  maxPixels: number,
): Plugin => ({
  onExecute: ({ args, setResultAndStopExecution }) => {
    const { document, operationName, variableValues }: ExecutionArgs = args;
    const variables = variableValues ?? {};
    const { calls, dearestPath, dearestCalls, pixels, largestDrawing } = estimate({
      document,
      operationName,
      variables,
    });
    const errors: GraphQLError[] = [];
    if (calls > maxCalls) {
      const message = `The operation would cost about ${calls} calls to the API, and at most ${maxCalls} are allowed. ${dearestPath.join('.')} costs ${dearestCalls} of them: ask for smaller pages around it (first, last), fewer ids at once, or leave it out.`;
      errors.push(refusal(message, { estimatedCalls: calls, maxCalls }));
    }
    if (pixels > maxPixels) {
      const message = `The operation would draw QR codes of ${pixels} pixels, and at most ${maxPixels} are allowed. ${largestDrawing.path.join('.')} has ${largestDrawing.pixels} of them: ask for a smaller size, for smaller pages around it (first, last), or for fewer ids at once.`;
      errors.push(refusal(message, { estimatedPixels: pixels, maxPixels }));
    }
    if (errors.length > 0) setResultAndStopExecution({ errors });
  },
});
