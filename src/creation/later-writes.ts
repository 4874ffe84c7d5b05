import type { WallClock } from '../domain/clock.ts';

/** How often a write is tried again. */
const retryMs = 1_000;

/** Writes that wait at a time. Further ones are given up, as all are when the process ends. */
const mostWaiting = 1_000;

/** Tries a write that failed again and again until it works. */
export type WriteLater = (write: () => Promise<unknown>) => void;

/**
 * For writes to a store that could not be reached and must not be forgotten: tried once a second, for at most `longestMs`
 * and until `ended` is aborted.
 */
export const createLaterWrites = (
  clock: WallClock,
  longestMs: number,
  ended: AbortSignal,
): WriteLater => {
  let waiting = 0;
  const run = async (write: () => Promise<unknown>): Promise<void> => {
    const untilMs = clock.epochMs() + longestMs;
    while (!ended.aborted && clock.epochMs() < untilMs) {
      await clock.wait(retryMs, ended);
      const isWritten = await write().then(
        () => true,
        () => false,
      );
      if (isWritten) return;
    }
  };
  return (write) => {
    if (waiting >= mostWaiting) return;
    waiting += 1;
    void run(write).finally(() => {
      waiting -= 1;
    });
  };
};
