import type { CreationRecords } from '../domain/creation-record.ts';
import type { KeyedHash } from '../domain/keyed-hash.ts';
import type { LookupCache } from '../domain/lookup-cache.ts';
import type { QuotaSize, QuotaStore } from '../domain/quota.ts';
import { createKeyedHash, createProcessHash } from './keyed-hash.ts';
import { createMemoryLookups } from './memory/lookups.ts';
import { createMemoryRecords } from './memory/records.ts';
import type { RedisTrouble } from './redis/health.ts';

/** What operations share, and replicas too where there is a Redis. */
export interface SharedState {
  readonly records: CreationRecords;
  readonly lookups: LookupCache;
  readonly quota: QuotaStore;
  readonly hash: KeyedHash;
  /** Whether the last write worked; null if the stores are this process's own. */
  readonly isUp: () => boolean | null;
  /** How often each kind of failure came, since the start. */
  readonly failures: ReadonlyMap<string, number>;
  readonly close: () => void;
}

export interface SharedStateOptions {
  /** Null: everything stays in this process's memory. */
  readonly redis: { readonly url: string; readonly secret: string } | null;
  /** How long a creation record is kept. */
  readonly recordsTtlMs: number;
  readonly quota: QuotaSize;
  /** Each organization's quota in this process: the only one without Redis, and what stands in for it. */
  readonly memoryQuota: QuotaStore;
  /** Told of each kind of failure once until Redis works again, in words without a credential. */
  readonly onTrouble: (trouble: RedisTrouble) => void;
  /** Told when Redis works again. */
  readonly onRecovery: () => void;
}

/**
 * Opens the stores that the configuration asks for. Resolves when they can be asked, or after a second: a Redis that is
 * down is waited for in the background, and without it what needs it is refused, nothing else. Throws an
 * UnusableRedisError if the Redis can never be used.
 */
export const openSharedState = async (options: SharedStateOptions): Promise<SharedState> => {
  const { redis, recordsTtlMs, quota, memoryQuota, onTrouble, onRecovery } = options;
  const memoryLookups = createMemoryLookups();
  if (redis === null) {
    return {
      records: createMemoryRecords({
        timeToLiveMs: recordsTtlMs,
        nowMs: () => performance.now(),
      }),
      lookups: memoryLookups,
      quota: memoryQuota,
      hash: createProcessHash(),
      isUp: () => null,
      failures: new Map(),
      close: () => {},
    };
  }
  // Loaded only here: half of a start is loading, and not every gateway has a Redis.
  const { openRedisState } = await import('./redis/index.ts');
  const stores = await openRedisState({
    url: redis.url,
    recordsTtlMs,
    quota,
    memory: { lookups: memoryLookups, quota: memoryQuota },
    onTrouble,
    onRecovery,
  });
  return { ...stores, hash: createKeyedHash(redis.secret) };
};
