import { systemClock } from '../domain/clock.ts';
import type { CreationRecords } from '../domain/creation-record.ts';
import type { KeyedHash } from '../domain/keyed-hash.ts';
import type { LookupCache } from '../domain/lookup-cache.ts';
import type { PersistedQueries } from '../domain/persisted-queries.ts';
import type { QuotaSize, QuotaStore } from '../domain/quota.ts';
import type { ReplicaReads } from '../domain/replica-reads.ts';
import { createKeyedHash, createProcessHash } from './keyed-hash.ts';
import { createMemoryLookupCache } from './memory/lookup-cache.ts';
import { createMemoryPersistedQueries } from './memory/persisted-queries.ts';
import { createMemoryRecords } from './memory/records.ts';
import { createMemoryReplicaReads } from './memory/replica-reads.ts';
import type { RedisFailure } from './redis/health.ts';

/** The stores that all operations of a process share. With Redis, all replicas share them. */
export interface SharedState {
  readonly records: CreationRecords;
  readonly lookupCache: LookupCache;
  readonly persistedQueries: PersistedQueries;
  readonly quota: QuotaStore;
  readonly replicaReads: ReplicaReads;
  readonly hash: KeyedHash;
  /** Whether the last write to Redis succeeded; null without Redis. */
  readonly isUp: () => boolean | null;
  /** The number of failures of each kind since the start. */
  readonly failures: ReadonlyMap<string, number>;
  readonly close: () => void;
}

export interface SharedStateOptions {
  /** Null if this process keeps the stores in its own memory. */
  readonly redis: { readonly url: string; readonly secret: string } | null;
  /** How long a creation record is kept. */
  readonly recordsTtlMs: number;
  readonly quota: QuotaSize;
  /** The quota that this process counts by itself. Used without Redis, and while Redis cannot be reached. */
  readonly memoryQuota: QuotaStore;
  /** Called once for each kind of failure until Redis works again. The texts hold no credential. */
  readonly onFailure: (failure: RedisFailure) => void;
  readonly onRecovery: () => void;
}

/**
 * Opens the stores. Resolves when they are ready, or after a second if Redis cannot be reached. The connection is then
 * made in the background, and until then only creates with a key are refused. Throws UnusableRedisError if the gateway
 * can never use the Redis.
 */
export const openSharedState = async (options: SharedStateOptions): Promise<SharedState> => {
  const { redis, recordsTtlMs, quota, memoryQuota, onFailure, onRecovery } = options;
  const { nowMs } = systemClock;
  const memoryLookupCache = createMemoryLookupCache(nowMs);
  const memoryPersistedQueries = createMemoryPersistedQueries();
  const memoryReplicaReads = createMemoryReplicaReads(quota.requestsPerHour, nowMs);
  if (redis === null) {
    return {
      records: createMemoryRecords({ timeToLiveMs: recordsTtlMs, nowMs }),
      lookupCache: memoryLookupCache,
      persistedQueries: memoryPersistedQueries,
      quota: memoryQuota,
      replicaReads: memoryReplicaReads,
      hash: createProcessHash(),
      isUp: () => null,
      failures: new Map(),
      close: () => {},
    };
  }
  // Loaded on demand, since loading takes half of the start and not every gateway uses Redis.
  const { openRedisState } = await import('./redis/redis-state.ts');
  const stores = await openRedisState({
    url: redis.url,
    recordsTtlMs,
    quota,
    nowMs,
    memory: {
      lookupCache: memoryLookupCache,
      persistedQueries: memoryPersistedQueries,
      quota: memoryQuota,
      replicaReads: memoryReplicaReads,
    },
    onFailure,
    onRecovery,
  });
  return { ...stores, hash: createKeyedHash(redis.secret) };
};
