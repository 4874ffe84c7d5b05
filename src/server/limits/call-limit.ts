import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { describeCallLimit } from '../../domain/call-allowance.ts';
import type { GatewayContext } from '../../graphql/context.ts';
import type { ErrorCode } from '../errors/public-errors.ts';
import { isSingleResult } from '../execution/single-result.ts';

const code: ErrorCode = 'COST_LIMIT_EXCEEDED';

/**
 * Adds an error to the answer of an operation that needed more calls than it may make. Fields can report the same in
 * their own way: a page is shorter, a payload has a user error. The data that was read before stays in the answer.
 */
export const useCallLimit = (maxCalls: number): Plugin<GatewayContext> => ({
  onExecute: ({ args, executeFn, setExecuteFn }) => {
    const { operation } = args.contextValue;
    setExecuteFn(async (given) => {
      const result: unknown = await executeFn(given);
      if (!operation.allowance.isExceeded() || !isSingleResult(result)) return result;
      const message = `${describeCallLimit(maxCalls)} A part of the answer is missing.`;
      const error = new GraphQLError(message, { extensions: { code, maxCalls } });
      return { ...result, errors: [error, ...(result.errors ?? [])] };
    });
  },
});
