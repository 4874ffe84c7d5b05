import type { Redis } from 'ioredis';
import type { PersistedQueries } from '../../domain/persisted-queries.ts';
import { longestText } from '../memory/persisted-queries.ts';
import { createRedisFallback } from './redis-fallback.ts';

/** Bytes of all texts together. Redis must not evict anything, so the store bounds itself. */
const defaultMaxBytes = 16_000_000;

/** How long the texts are kept after the last one was added. Clients send a missing text again. */
const keepMs = 7 * 86_400_000;

/** The texts by their hashes, and their size under a name that is no hash. */
const textsKey = 'gateway:persisted-queries';
/** The hashes, by the time when they were added last. */
const timesKey = 'gateway:persisted-query-times';

/** Adds a text and drops the oldest ones until all fit. The times are those of Redis, since the clocks of replicas differ. */
const addScript = `
local hash, text, maxBytes = ARGV[1], ARGV[2], tonumber(ARGV[3])
local added = string.len(text) - redis.call('HSTRLEN', KEYS[1], hash)
redis.call('HSET', KEYS[1], hash, text)
local now = redis.call('TIME')
redis.call('ZADD', KEYS[2], now[1] * 1000000 + now[2], hash)
local bytes = redis.call('HINCRBY', KEYS[1], 'bytes', added)
while bytes > maxBytes do
  local oldest = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
  if not oldest then break end
  redis.call('ZREM', KEYS[2], oldest)
  bytes = redis.call('HINCRBY', KEYS[1], 'bytes', -redis.call('HSTRLEN', KEYS[1], oldest))
  redis.call('HDEL', KEYS[1], oldest)
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
`;

/** A hash in the form that the store's names have. Any other text was never added, and may be very long. */
const isHash = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);

/**
 * Creates the store that all replicas share. Texts that this process has seen come from `memory`. While Redis fails, only
 * those are found.
 */
export const createRedisPersistedQueries = (
  redis: Redis,
  memory: PersistedQueries,
  nowMs: () => number,
  maxBytes: number = defaultMaxBytes,
): PersistedQueries => {
  const fallback = createRedisFallback(nowMs);
  return {
    find: async (hash) => {
      const known = await memory.find(hash);
      if (known !== null || !isHash(hash)) return known;
      const text = await fallback.run<string | null>(
        () => redis.hget(textsKey, hash),
        async () => null,
      );
      if (text !== null) await memory.add(hash, text);
      return text;
    },
    add: async (hash, text) => {
      await memory.add(hash, text);
      if (text.length > longestText || !isHash(hash)) return;
      await fallback.run<unknown>(
        () => redis.eval(addScript, 2, textsKey, timesKey, hash, text, maxBytes, keepMs),
        async () => null,
      );
    },
  };
};
