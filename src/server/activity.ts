import { setTimeout as delay } from 'node:timers/promises';
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../graphql/context.ts';

/** Counts what is under way, so that the process can end between them. */
export interface Activity {
  readonly begin: () => void;
  readonly end: () => void;
  /** Resolves as soon as nothing is under way, and nothing has begun for so many milliseconds. */
  readonly whenQuiet: (quietMs: number) => Promise<void>;
}

export const createActivity = (): Activity => {
  let begun = 0;
  let running = 0;
  let waiting: (() => void)[] = [];
  const whenIdle = (): Promise<void> =>
    running === 0
      ? Promise.resolve()
      : new Promise((resolve) => {
          waiting.push(resolve);
        });
  return {
    begin: () => {
      begun += 1;
      running += 1;
    },
    end: () => {
      running -= 1;
      if (running > 0) return;
      for (const wake of waiting) wake();
      waiting = [];
    },
    whenQuiet: async (quietMs) => {
      let seen: number;
      do {
        await whenIdle();
        seen = begun;
        await delay(quietMs);
      } while (seen !== begun || running > 0);
    },
  };
};

/** An operation counts until its last effect, also where its client has left. */
export const useActivity = ({ begin, end }: Activity): Plugin<GatewayContext> => ({
  onExecute: ({ args }) => {
    begin();
    return {
      onExecuteDone: () => {
        args.contextValue.operation.end();
        end();
      },
    };
  },
});
