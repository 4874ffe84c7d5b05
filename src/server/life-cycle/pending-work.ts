import { setTimeout as delay } from 'node:timers/promises';
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../../graphql/context.ts';

/** Counts the requests and operations in progress, so that the process can end when there are none. */
export interface PendingWork {
  /** Counts one more. The returned function ends it; further calls of it have no effect. */
  readonly begin: () => () => void;
  /** Resolves when nothing is in progress and nothing has begun for `idleMs` milliseconds. */
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
        for (const resolve of waiting) resolve();
        waiting = [];
      };
    },
    whenIdle: async (idleMs) => {
      let begunBefore: number;
      do {
        await whenNothingRuns();
        begunBefore = begun;
        await delay(idleMs);
      } while (begunBefore !== begun || running > 0);
    },
  };
};

/**
 * Counts each operation until its execution has ended, even if its client has left. The execution function is wrapped
 * because yoga does not call `onExecuteDone` if a plugin or the execution throws.
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
    // A refused operation is not executed, and ends here.
    return { onExecuteDone: () => operation.end() };
  },
});
