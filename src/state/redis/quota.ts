import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import type { QuotaSize, QuotaStore } from '../../domain/quota.ts';

/** After a failure Redis is left alone for so long: where it hangs, each try would cost an operation a timeout. */
const pauseMs = 1_000;

/** What the last reply said is believed for so long: other replicas take from the bucket, too. */
const knownForMs = 10_000;
const mostOrganizations = 1_000;

/**
 * Both scripts bring the bucket up to date first, by the clock of Redis: the replicas' own clocks differ. Numbers come
 * back as texts, as Redis would cut them to integers. A full bucket is the same as none, and so forgotten.
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

/**
 * A token bucket for each organization that all replicas share. Where Redis fails, `fallback` (this process's own) does
 * instead until Redis is back.
 */
export const createRedisQuota = (
  redis: Redis,
  { requestsPerHour, burst }: QuotaSize,
  fallback: QuotaStore,
  nowMs: () => number = () => performance.now(),
): QuotaStore => {
  const perMs = requestsPerHour / 3_600_000;
  const keyOf = (organizationId: string): string => `gateway:quota:${organizationId}`;
  const lastKnown = new LRUCache<string, { readonly left: number; readonly atMs: number }>({
    max: mostOrganizations,
    ttl: knownForMs,
  });
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

  const run = (script: string, organizationId: string, ...values: readonly number[]) =>
    redis.eval(script, 1, keyOf(organizationId), perMs, burst, ...values);

  return {
    take: (organizationId, need) =>
      attempt(
        async () => {
          const reply = await run(takeScript, organizationId, need.reserve, need.maxWaitMs);
          const [granted, ms, left] = Array.isArray(reply) ? reply.map(Number) : [];
          if (granted === undefined || ms === undefined || left === undefined) {
            throw new TypeError('No grant came.');
          }
          lastKnown.set(organizationId, { left, atMs: nowMs() });
          return granted === 1
            ? { granted: true, waitMs: ms }
            : { granted: false, retryAfterMs: ms };
        },
        () => fallback.take(organizationId, need),
      ),
    left: (organizationId) => {
      if (nowMs() < pausedUntilMs) return fallback.left(organizationId);
      const known = lastKnown.get(organizationId);
      if (known === undefined) return null;
      const refilled = known.left + (nowMs() - known.atMs) * perMs;
      return Math.max(0, Math.floor(Math.min(burst, refilled)));
    },
    giveBack: async (organizationId) => {
      const known = lastKnown.get(organizationId);
      if (known !== undefined) lastKnown.set(organizationId, { ...known, left: known.left + 1 });
      await attempt(
        async () => {
          await run(giveBackScript, organizationId);
        },
        () => fallback.giveBack(organizationId),
      );
    },
    empty: async (organizationId, forMs) => {
      lastKnown.delete(organizationId);
      await attempt(
        async () => {
          await run(emptyScript, organizationId, forMs);
        },
        () => fallback.empty(organizationId, forMs),
      );
    },
  };
};
