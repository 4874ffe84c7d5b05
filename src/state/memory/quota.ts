import { LRUCache } from 'lru-cache';
import type { Clock } from '../../domain/clock.ts';
import type { QuotaSize, QuotaStore } from '../../domain/quota.ts';

/** Organizations whose quota is counted. Beyond it, the least recently used ones start again with a full quota. */
const maxOrganizations = 10_000;

export interface QuotaOptions extends QuotaSize {
  readonly clock: Clock;
}

interface Bucket {
  /** Negative if requests were granted that still have to wait. */
  tokens: number;
  atMs: number;
}

/** Creates a token bucket for each organization, in memory. */
export const createMemoryQuota = ({ requestsPerHour, burst, clock }: QuotaOptions): QuotaStore => {
  const tokensPerMs = requestsPerHour / 3_600_000;
  const buckets = new LRUCache<string, Bucket>({
    // Bounded by size. With a bound by count (`max`), the cache allocates all its slots when it is created.
    maxSize: maxOrganizations,
    sizeCalculation: () => 1,
  });

  const refilled = ({ tokens, atMs }: Bucket): number =>
    Math.min(burst, tokens + (clock.nowMs() - atMs) * tokensPerMs);

  const refill = (organizationId: string): Bucket => {
    const bucket = buckets.get(organizationId) ?? { tokens: burst, atMs: clock.nowMs() };
    bucket.tokens = refilled(bucket);
    bucket.atMs = clock.nowMs();
    buckets.set(organizationId, bucket);
    return bucket;
  };

  return {
    take: async (organizationId, { maxWaitMs, reserve }) => {
      const bucket = refill(organizationId);
      const left = bucket.tokens - 1;
      const waitMs = Math.max(0, (reserve * burst - left) / tokensPerMs);
      if (waitMs > maxWaitMs) return { granted: false, retryAfterMs: Math.ceil(waitMs) };
      bucket.tokens = left;
      return { granted: true, waitMs };
    },
    left: (organizationId) => {
      const bucket = buckets.get(organizationId);
      return bucket === undefined ? null : Math.max(0, Math.floor(refilled(bucket)));
    },
    giveBack: async (organizationId) => {
      const bucket = refill(organizationId);
      bucket.tokens = Math.min(burst, bucket.tokens + 1);
    },
    empty: async (organizationId, forMs) => {
      const bucket = refill(organizationId);
      bucket.tokens = Math.min(bucket.tokens, -forMs * tokensPerMs);
    },
  };
};
