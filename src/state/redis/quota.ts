import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import type { QuotaSize, QuotaStore } from '../../domain/quota.ts';
import { createRedisFallback } from './redis-fallback.ts';

/** How long the last reply of Redis is used. Other replicas take from the bucket too. */
const lastKnownTtlMs = 10_000;
const maxOrganizations = 1_000;

/**
 * The start of each script, which refills the bucket by the clock of Redis, since the clocks of replicas differ.
 * Numbers are returned as strings, since Redis would truncate them to integers. A full bucket expires: it equals no
 * bucket.
 */
const refill = `
local now = redis.call('TIME')
local nowMs = now[1] * 1000 + now[2] / 1000
local perMs, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'atMs')
local tokens = tonumber(bucket[1] or burst)
local atMs = tonumber(bucket[2] or nowMs)
tokens = math.min(burst, tokens + math.max(0, nowMs - atMs) * perMs)
local function keep(left)
  redis.call('HSET', KEYS[1], 'tokens', tostring(left), 'atMs', string.format('%.3f', nowMs))
  redis.call('PEXPIRE', KEYS[1], math.ceil((burst - left) / perMs) + 1000)
end
`;

const takeScript = `${refill}
local reserve, maxWaitMs = tonumber(ARGV[3]), tonumber(ARGV[4])
local left = tokens - 1
local waitMs = math.max(0, (reserve * burst - left) / perMs)
if waitMs > maxWaitMs then return {0, tostring(math.ceil(waitMs)), tostring(tokens)} end
keep(left)
return {1, tostring(waitMs), tostring(left)}
`;

const giveBackScript = `${refill}
keep(math.min(burst, tokens + 1))
`;

const emptyScript = `${refill}
keep(math.min(tokens, -tonumber(ARGV[3]) * perMs))
`;

/** Creates a token bucket for each organization, which all replicas share. While Redis fails, `memory` is used instead. */
export const createRedisQuota = (
  redis: Redis,
  { requestsPerHour, burst }: QuotaSize,
  memory: QuotaStore,
  nowMs: () => number,
): QuotaStore => {
  const perMs = requestsPerHour / 3_600_000;
  const keyOf = (organizationId: string): string => `gateway:quota:${organizationId}`;
  const lastKnown = new LRUCache<string, { readonly left: number; readonly atMs: number }>({
    max: maxOrganizations,
    ttl: lastKnownTtlMs,
  });
  const fallback = createRedisFallback(nowMs);

  const runScript = (script: string, organizationId: string, ...values: readonly number[]) =>
    redis.eval(script, 1, keyOf(organizationId), perMs, burst, ...values);

  return {
    take: (organizationId, need) =>
      fallback.run(
        async () => {
          const reply = await runScript(takeScript, organizationId, need.reserve, need.maxWaitMs);
          const [granted, ms, left] = Array.isArray(reply) ? reply.map(Number) : [];
          if (granted === undefined || ms === undefined || left === undefined) {
            throw new TypeError('The script returned no grant.');
          }
          lastKnown.set(organizationId, { left, atMs: nowMs() });
          return granted === 1
            ? { granted: true, waitMs: ms }
            : { granted: false, retryAfterMs: ms };
        },
        () => memory.take(organizationId, need),
      ),
    left: (organizationId) => {
      if (fallback.isPaused()) return memory.left(organizationId);
      const known = lastKnown.get(organizationId);
      if (known === undefined) return null;
      const refilled = known.left + (nowMs() - known.atMs) * perMs;
      return Math.max(0, Math.floor(Math.min(burst, refilled)));
    },
    giveBack: async (organizationId) => {
      const known = lastKnown.get(organizationId);
      if (known !== undefined) lastKnown.set(organizationId, { ...known, left: known.left + 1 });
      await fallback.run(
        async () => {
          await runScript(giveBackScript, organizationId);
        },
        () => memory.giveBack(organizationId),
      );
    },
    empty: async (organizationId, forMs) => {
      lastKnown.delete(organizationId);
      await fallback.run(
        async () => {
          await runScript(emptyScript, organizationId, forMs);
        },
        () => memory.empty(organizationId, forMs),
      );
    },
  };
};
