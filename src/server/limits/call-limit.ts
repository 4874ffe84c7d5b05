import { type ExecutionResult, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../../graphql/context.ts';
import type { ErrorCode } from '../errors/public-errors.ts';

const code: ErrorCode = 'COST_LIMIT_EXCEEDED';

const isSingle = (result: unknown): result is ExecutionResult =>
  typeof result === 'object' && result !== null && !(Symbol.asyncIterator in result);

/**
 * Says in `errors` that an operation has made all the calls that it may. The fields that would have needed more may say so
 * in words of their own: a page that was cut short, a payload. What was read before stays in the answer.
 */
export const useCallLimit = (maxCalls: number): Plugin<GatewayContext> => ({
  onExecute: ({ args, executeFn, setExecuteFn }) => {
    const { operation } = args.contextValue;
    setExecuteFn(async (given) => {
      const result: unknown = await executeFn(given);
      if (!operation.allowance.isExceeded() || !isSingle(result)) return result;
      const message = `The operation has made ${maxCalls} calls to the API, which is as many as one operation may make: a part of the answer is missing. Ask for smaller pages (first, last), for fewer ids at once, or in several operations.`;
      const error = new GraphQLError(message, { extensions: { code, maxCalls } });
      return { ...result, errors: [error, ...(result.errors ?? [])] };
    });
  },
});
