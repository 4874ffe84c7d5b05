import { LRUCache } from 'lru-cache';
import type { Clock } from './clock.ts';
import { limits } from './limits.ts';

/** How a request for a slot of the quota went. */
export type QuotaGrant =
  | { readonly granted: true; readonly waitMs: number }
  | { readonly granted: false; readonly retryAfterMs: number };

/** What is left of the requests that the API allows an organization; replicas may share it. */
export interface QuotaStore {
  /**
   * Takes one request. Granted ones may have to wait, at most `maxWaitMs`, and are then counted already. `reserve` is
   * the share of the burst, 0 to 1, that the request must leave to others.
   */
  take(
    organizationId: string,
    need: { readonly maxWaitMs: number; readonly reserve: number },
  ): Promise<QuotaGrant>;
  /** The API knows better: nothing is left for so long. */
  empty(organizationId: string, forMs: number): Promise<void>;
}

export interface QuotaOptions {
  readonly requestsPerHour: number;
  /** Requests that may go at once after a time of rest. */
  readonly burst: number;
  readonly clock: Clock;
}

interface Bucket {
  /** Below zero where requests were granted that still wait. */
  tokens: number;
  atMs: number;
}

/** A token bucket for each organization, in memory. */
export const createMemoryQuota = ({ requestsPerHour, burst, clock }: QuotaOptions): QuotaStore => {
  const tokensPerMs = requestsPerHour / 3_600_000;
  const buckets = new LRUCache<string, Bucket>({ max: limits.quota.organizations });

  const refill = (organizationId: string): Bucket => {
    const nowMs = clock.nowMs();
    const bucket = buckets.get(organizationId) ?? { tokens: burst, atMs: nowMs };
    bucket.tokens = Math.min(burst, bucket.tokens + (nowMs - bucket.atMs) * tokensPerMs);
    bucket.atMs = nowMs;
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
    empty: async (organizationId, forMs) => {
      const bucket = refill(organizationId);
      bucket.tokens = Math.min(bucket.tokens, -forMs * tokensPerMs);
    },
  };
};
