import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  getOperationAST,
  OperationTypeNode,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../../graphql/context.ts';
import type { ErrorCode } from '../errors/public-errors.ts';
import { retryAfterSeconds } from '../http/http-error.ts';
import type { OperationQueue } from './operation-queue.ts';

const tooBusy = (): ExecutionResult => {
  const code: ErrorCode = 'RATE_LIMITED';
  const message =
    'The gateway is overloaded and has not started this operation. Nothing was done. Try again a little later.';
  const extensions = { code, retryAfterSeconds, http: { spec: true, status: 503 } };
  return { errors: [new GraphQLError(message, { extensions })] };
};

/** How an operation is executed. */
export type Execution = (
  args: ExecutionArgs,
) => ExecutionResult | Promise<ExecutionResult | AsyncIterable<unknown>>;

/** Executes a query or a mutation, and starts a subscription: its result is the stream of its events. */
export const executeOrSubscribe: Execution = (args) => {
  const operation = getOperationAST(args.document, args.operationName);
  return operation?.operation === OperationTypeNode.SUBSCRIPTION
    ? createSourceEventStream(args)
    : execute(args);
};

/**
 * Executes with graphql-js. It allocates far less memory for each field than yoga's default, which supports incremental
 * delivery; this gateway has none.
 *
 * One execution starts in each iteration of the event loop, after the answers for the executions before it. So a busy
 * process finishes what it has started: unfinished operations survive garbage collections, which copy them (decision
 * 015). An idle process has many iterations in a millisecond. An operation that starts too late is refused, so that the
 * remaining time goes to operations that can still finish. It is not refused earlier: clients that are refused at once
 * also repeat their requests at once, and each refusal costs time.
 */
export const useReferenceExecution = (
  { waitToStart }: Pick<OperationQueue, 'waitToStart'>,
  executeOne: Execution = execute,
): Plugin<GatewayContext> => ({
  onExecute: ({ setExecuteFn }) => {
    setExecuteFn(async (args: ExecutionArgs) =>
      (await waitToStart()) ? executeOne(args) : tooBusy(),
    );
  },
});

/** Executes an event of a subscription with graphql-js. It has had its turn. */
export const useEventExecution = (): Plugin<GatewayContext> => ({
  onExecute: ({ setExecuteFn }) => setExecuteFn(execute),
});
