import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import {
  isQueryHash,
  longestQuery,
  type PersistedQueries,
  queryEntryBytes,
} from '../../domain/persisted-queries.ts';
import { createRedisFallback } from './redis-fallback.ts';

/** Bytes of all entries together. Redis must not evict anything, so the store bounds itself. */
const defaultMaxBytes = 16_000_000;

/** How long the texts are kept after the last one was added. Clients send a missing text again. */
const keepMs = 7 * 86_400_000;

/** The texts by their hashes, and the bytes of all entries under a name that is no hash. */
const textsKey = 'gateway:persisted-queries';
/** The hashes, by the time when they were added. */
const timesKey = 'gateway:persisted-query-times';

/** Adds a text and drops the oldest ones until all fit. The times are those of Redis, since the clocks of replicas differ. */
const addScript = `
local hash, text = ARGV[1], ARGV[2]
local maxBytes, entryBytes, keepMs = tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
if redis.call('HSETNX', KEYS[1], hash, text) == 0 then return end
local now = redis.call('TIME')
redis.call('ZADD', KEYS[2], now[1] * 1000000 + now[2], hash)
local bytes = redis.call('HINCRBY', KEYS[1], 'bytes', string.len(text) + entryBytes)
while bytes > maxBytes do
  local oldest = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
  if not oldest then break end
  redis.call('ZREM', KEYS[2], oldest)
  local freed = redis.call('HSTRLEN', KEYS[1], oldest) + entryBytes
  bytes = redis.call('HINCRBY', KEYS[1], 'bytes', -freed)
  redis.call('HDEL', KEYS[1], oldest)
end
redis.call('PEXPIRE', KEYS[1], keepMs)
redis.call('PEXPIRE', KEYS[2], keepMs)
`;

const hasHash = (text: string, hash: string): boolean =>
  createHash('sha256').update(text).digest('hex') === hash;

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
  // A Redis that is full refuses to add texts, and can still find them.
  const reading = createRedisFallback(nowMs);
  const writing = createRedisFallback(nowMs);

  const addToRedis = async (hash: string, text: string): Promise<void> => {
    // The client sends the text because another replica did not know it. So Redis is asked even if this one does.
    if ((await redis.hexists(textsKey, hash)) === 1) return;
    await redis.eval(
      addScript,
      2,
      textsKey,
      timesKey,
      hash,
      text,
      maxBytes,
      queryEntryBytes,
      keepMs,
    );
  };

  return {
    find: async (hash) => {
      const known = await memory.find(hash);
      if (known !== null || !isQueryHash(hash)) return known;
      const text = await reading.run<string | null>(
        () => redis.hget(textsKey, hash),
        async () => null,
      );
      // A client must never run another document than the one that it has named.
      if (text === null || !hasHash(text, hash)) return null;
      await memory.add(hash, text, false);
      return text;
    },
    add: async (hash, text, hasValues) => {
      await memory.add(hash, text, hasValues);
      if (hasValues || !isQueryHash(hash) || Buffer.byteLength(text) > longestQuery) return;
      await writing.run(
        () => addToRedis(hash, text),
        async () => {},
      );
    },
  };
};
