import { type ExecutionArgs, type ExecutionResult, execute, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { ErrorCode } from '../errors/public-errors.ts';
import type { OperationQueue } from './operation-queue.ts';

const retryAfterSeconds = 1;

const tooBusy = (): ExecutionResult => {
  const code: ErrorCode = 'RATE_LIMITED';
  const message =
    'The gateway has more to do than it can, and has not begun with this operation. Nothing was done: come back a little later.';
  const extensions = { code, retryAfterSeconds, http: { spec: true, status: 503 } };
  return { errors: [new GraphQLError(message, { extensions })] };
};

/**
 * Executes with the reference implementation: it makes far less garbage for each field than the default, which is there
 * for incremental delivery, and this gateway has none.
 *
 * One execution begins in a turn of the event loop, after the answers that came for those begun before: a busy process
 * so ends what it has begun, and an idle one has many turns in a millisecond. What is half done survives garbage
 * collections, which copy it (decision 015). Whose turn comes late is refused, so that the time left goes to those who
 * can still end in it. Not sooner: clients who are refused at once come back at once, and each refusal costs time, too.
 */
export const useReferenceExecution = (queue: OperationQueue): Plugin => ({
  onExecute: ({ setExecuteFn }) => {
    setExecuteFn(async (args: ExecutionArgs): Promise<ExecutionResult> => {
      return (await queue.waitToStart()) ? execute(args) : tooBusy();
    });
  },
});
