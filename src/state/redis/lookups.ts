import type { Redis } from 'ioredis';
import type { LookupCache } from '../../domain/lookup-cache.ts';

/** After a failure Redis is left alone for so long: where it hangs, each try would cost an operation a timeout. */
const pauseMs = 1_000;

/**
 * Lookups that all replicas share. Where Redis fails, `fallback` (this process's own) does instead, without a word, and
 * until Redis is back. What could not be removed from it meanwhile ends with its time.
 */
export const createRedisLookups = (
  redis: Redis,
  fallback: LookupCache,
  nowMs: () => number = () => performance.now(),
): LookupCache => {
  const keyOf = (name: string): string => `lookup:${name}`;
  const claimKeyOf = (name: string): string => `lookup-claim:${name}`;
  let pausedUntilMs = Number.NEGATIVE_INFINITY;

  const attempt = async <Value>(
    overRedis: () => Promise<Value>,
    instead: () => Promise<Value>,
  ): Promise<Value> => {
    if (nowMs() < pausedUntilMs) return instead();
    try {
      return await overRedis();
    } catch {
      pausedUntilMs = nowMs() + pauseMs;
      return instead();
    }
  };

  return {
    read: (names) =>
      attempt(
        async () =>
          names.length === 0 ? [] : (await redis.mget(names.map(keyOf))).map(parseOrNull),
        () => fallback.read(names),
      ),
    write: (entries) =>
      attempt(
        async () => {
          const pipeline = redis.pipeline();
          for (const { name, text, ttlMs } of entries) {
            pipeline.set(keyOf(name), text, 'PX', Math.ceil(ttlMs));
          }
          resultsOf(await pipeline.exec());
        },
        () => fallback.write(entries),
      ),
    remove: async (names) => {
      if (names.length === 0) return;
      await fallback.remove(names);
      // Tried during a pause as well: an entry left behind would be served again.
      await redis.del(names.map(keyOf)).catch(() => 0);
    },
    claim: (names, forMs) =>
      attempt(
        async () => {
          const pipeline = redis.pipeline();
          for (const name of names) pipeline.set(claimKeyOf(name), '1', 'PX', forMs, 'NX');
          return resultsOf(await pipeline.exec()).map((result) => result === 'OK');
        },
        () => fallback.claim(names, forMs),
      ),
  };
};

/** Null where there is no text, or none that this code wrote. */
const parseOrNull = (text: string | null): unknown => {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
};

/** The results of a pipeline; throws where one command failed. */
const resultsOf = (
  replies: readonly (readonly [error: Error | null, result: unknown])[] | null,
): unknown[] =>
  (replies ?? []).map(([error, result]) => {
    if (error !== null) throw error;
    return result;
  });
