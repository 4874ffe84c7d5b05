import type {
  CreationRecords,
  KeyedHash,
  LookupCache,
  QuotaSize,
  QuotaStore,
} from '../tokens/ports.ts';
import { createKeyedHash, createProcessHash } from './keyed-hash.ts';
import { createMemoryLookups } from './memory/lookups.ts';
import { createMemoryRecords } from './memory/records.ts';

/** What operations share, and replicas too where there is a Redis. */
export interface SharedState {
  readonly records: CreationRecords;
  readonly lookups: LookupCache;
  readonly quota: QuotaStore;
  readonly hash: KeyedHash;
  /** Whether the stores can be asked; null where they are this process's own. */
  readonly isUp: () => boolean | null;
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
  /** Told each time Redis is lost, in words without a credential. */
  readonly onError: (message: string) => void;
}

/**
 * Opens the stores that the configuration asks for. Resolves when they can be asked, or after a second: a Redis that is
 * down is waited for in the background, and without it what needs it is refused, nothing else.
 */
export const openSharedState = async (options: SharedStateOptions): Promise<SharedState> => {
  const { redis, recordsTtlMs, quota, memoryQuota, onError } = options;
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
    onError,
  });
  return { ...stores, hash: createKeyedHash(redis.secret) };
};
