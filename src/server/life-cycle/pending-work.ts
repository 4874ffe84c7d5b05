import { setTimeout as delay } from 'node:timers/promises';
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../../graphql/context.ts';

/** Counts what is in progress, so that the process can end when nothing is. */
export interface PendingWork {
  /** Counts one more. The function that it gives ends it; further calls of that function change nothing. */
  readonly begin: () => () => void;
  /** Resolves as soon as nothing is in progress, and nothing has begun for `quietMs` milliseconds. */
  readonly whenIdle: (idleMs: number) => Promise<void>;
}

export const createPendingWork = (): PendingWork => {
  let begun = 0;
  let running = 0;
  let waiting: (() => void)[] = [];
  const whenNothingRuns = (): Promise<void> =>
    running === 0
      ? Promise.resolve()
      : new Promise((resolve) => {
          waiting.push(resolve);
        });
  return {
    begin: () => {
      begun += 1;
      running += 1;
      let isEnded = false;
      return () => {
        if (isEnded) return;
        isEnded = true;
        running -= 1;
        if (running > 0) return;
        for (const wake of waiting) wake();
        waiting = [];
      };
    },
    whenIdle: async (quietMs) => {
      let seen: number;
      do {
        await whenNothingRuns();
        seen = begun;
        await delay(quietMs);
      } while (seen !== begun || running > 0);
    },
  };
};

/**
 * An operation counts until its last effect, even if its client has left. The count is taken around the execution itself:
 * the server calls no `onExecuteDone` if a plugin or the execution throws.
 */
export const usePendingWork = ({ begin }: PendingWork): Plugin<GatewayContext> => ({
  onExecute: ({ args, executeFn, setExecuteFn }) => {
    const { operation } = args.contextValue;
    setExecuteFn(async (given) => {
      const end = begin();
      try {
        return (await executeFn(given)) as unknown;
      } finally {
        operation.end();
        end();
      }
    });
    // If it was refused, it is not executed.
    return { onExecuteDone: () => operation.end() };
  },
});
