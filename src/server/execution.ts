import { type ExecutionArgs, type ExecutionResult, execute } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { createTurns } from './turns.ts';

/**
 * Executes with the reference implementation: it makes far less garbage for each field than the default, which is there
 * for incremental delivery, and this gateway has none.
 *
 * One execution begins in a turn of the event loop, after the answers that came for those begun before: a busy process
 * so ends what it has begun, and an idle one has many turns in a millisecond. What is half done survives garbage
 * collections, which copy it (decision 015).
 */
export const useReferenceExecution = (): Plugin => {
  const turn = createTurns();
  return {
    onExecute: ({ setExecuteFn }) => {
      setExecuteFn(async (args: ExecutionArgs): Promise<ExecutionResult> => {
        await turn();
        return execute(args);
      });
    },
  };
};
