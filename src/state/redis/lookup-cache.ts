import type { Redis } from 'ioredis';
import type { LookupCache } from '../../domain/lookup-cache.ts';
import { createRedisFallback } from './redis-fallback.ts';

/**
 * Creates the lookup cache that all replicas share. While Redis fails, `memory` is used instead. An entry that could
 * not be removed from Redis then is dropped when its time is over.
 */
export const createRedisLookupCache = (
  redis: Redis,
  memory: LookupCache,
  nowMs: () => number,
): LookupCache => {
  const keyOf = (name: string): string => `lookup:${name}`;
  const claimKeyOf = (name: string): string => `lookup-claim:${name}`;
  const fallback = createRedisFallback(nowMs);

  return {
    read: (names) =>
      fallback.run(
        async () =>
          names.length === 0 ? [] : (await redis.mget(names.map(keyOf))).map(parseOrNull),
        () => memory.read(names),
      ),
    write: (entries) =>
      fallback.run(
        async () => {
          const pipeline = redis.pipeline();
          for (const { name, text, ttlMs } of entries) {
            pipeline.set(keyOf(name), text, 'PX', Math.ceil(ttlMs));
          }
          resultsOf(await pipeline.exec());
        },
        () => memory.write(entries),
      ),
    remove: async (names) => {
      if (names.length === 0) return;
      await memory.remove(names);
      // Also tried during a pause, since an entry that stays would be served again.
      await redis.del(names.map(keyOf)).catch(() => 0);
    },
    claim: (names, forMs) =>
      fallback.run(
        async () => {
          const pipeline = redis.pipeline();
          for (const name of names) pipeline.set(claimKeyOf(name), '1', 'PX', forMs, 'NX');
          return resultsOf(await pipeline.exec()).map((result) => result === 'OK');
        },
        () => memory.claim(names, forMs),
      ),
  };
};

/** Null if there is no text, or if it is not JSON. */
const parseOrNull = (text: string | null): unknown => {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
};

/** The results of a pipeline. Throws if a command failed. */
const resultsOf = (
  replies: readonly (readonly [error: Error | null, result: unknown])[] | null,
): unknown[] =>
  (replies ?? []).map(([error, result]) => {
    if (error !== null) throw error;
    return result;
  });
