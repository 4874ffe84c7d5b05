/** How long Redis is not asked after a failure. If it hangs, each command would take a whole timeout. */
const pauseMs = 1_000;

/** Runs commands over Redis and, after one has failed, in the memory of this process for a while. */
export interface RedisFallback {
  readonly isPaused: () => boolean;
  /** Never rejects unless `inMemory` does. */
  readonly run: <Value>(
    overRedis: () => Promise<Value>,
    inMemory: () => Promise<Value>,
  ) => Promise<Value>;
}

/** Creates the fallback of one store. `nowMs` is in milliseconds on any scale that never goes back. */
export const createRedisFallback = (nowMs: () => number): RedisFallback => {
  let pausedUntilMs = Number.NEGATIVE_INFINITY;
  const isPaused = (): boolean => nowMs() < pausedUntilMs;
  return {
    isPaused,
    run: async (overRedis, inMemory) => {
      if (isPaused()) return inMemory();
      try {
        return await overRedis();
      } catch {
        pausedUntilMs = nowMs() + pauseMs;
        return inMemory();
      }
    },
  };
};
