import { GraphQLError, getOperationAST, OperationTypeNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../../graphql/context.ts';

/** The requests of operations that came over a WebSocket, and what takes their results. */
const takers = new WeakMap<Request, (result: object) => void>();

/** Passes the result of a request to a function, instead of writing it into the body of an answer. */
export const takeResult = (request: Request, take: (result: object) => void): void => {
  takers.set(request, take);
};

/**
 * Hands over the results of operations that came over a WebSocket: the stream of a subscription, or the errors of one that
 * was refused. Other operations do not run. This plugin comes after all that change results.
 */
export const useWebSocketResults = (): Plugin<GatewayContext> => ({
  onExecute: ({ args, setResultAndStopExecution }) => {
    if (!takers.has(args.contextValue.request)) return;
    const kind = getOperationAST(args.document, args.operationName)?.operation;
    if (kind === undefined || kind === OperationTypeNode.SUBSCRIPTION) return;
    const message = `A WebSocket carries subscriptions only, and the ${kind} did not run. Send it by HTTP: POST /graphql.`;
    const error = new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } });
    setResultAndStopExecution({ errors: [error] });
  },
  onResultProcess: ({ request, setResultProcessor }) => {
    const take = takers.get(request);
    if (take === undefined) return;
    setResultProcessor((result, { Response }) => {
      take(result);
      return new Response(null);
    }, 'text/event-stream');
  },
});
