import { type Clock, sleep } from '../domain/clock.ts';

/** The time between two tries of a write. */
const retryMs = 1_000;

/** Most writes that wait at a time. Further ones are dropped, and so are all of them when the process ends. */
const maxWaiting = 1_000;

/** Tries a write again until it succeeds. */
export type DeferWrite = (write: () => Promise<unknown>) => void;

/**
 * Creates a DeferWrite, for writes that failed because the store could not be reached. A write is tried once a second,
 * until `maxRetryMs` have passed or `ended` is aborted.
 */
export const createDeferredWrites = (
  clock: Clock,
  maxRetryMs: number,
  ended: AbortSignal,
): DeferWrite => {
  let waiting = 0;
  const run = async (write: () => Promise<unknown>): Promise<void> => {
    const untilMs = clock.epochMs() + maxRetryMs;
    while (!ended.aborted && clock.epochMs() < untilMs) {
      await sleep(clock, retryMs, ended);
      const isWritten = await write().then(
        () => true,
        () => false,
      );
      if (isWritten) return;
    }
  };
  return (write) => {
    if (waiting >= maxWaiting) return;
    waiting += 1;
    void run(write).finally(() => {
      waiting -= 1;
    });
  };
};
