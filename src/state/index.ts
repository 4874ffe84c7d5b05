import { once } from 'node:events';
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
import { connectRedis } from './redis/connection.ts';
import { createRedisLookups } from './redis/lookups.ts';
import { createRedisQuota } from './redis/quota.ts';
import { createRedisRecords } from './redis/records.ts';

/** How long the start waits for Redis. */
const connectMs = 1_000;

/** What operations share, and replicas too where there is a Redis. */
export interface SharedState {
  readonly records: CreationRecords;
  readonly lookups: LookupCache;
  readonly quota: QuotaStore;
  readonly hash: KeyedHash;
  /** Resolves when the stores can be asked, or after a second: without Redis what needs it is refused, nothing else. */
  readonly whenConnected: () => Promise<void>;
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

/** Opens the stores that the configuration asks for; a Redis that is down is waited for in the background. */
export const openSharedState = (options: SharedStateOptions): SharedState => {
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
      whenConnected: () => Promise.resolve(),
      isUp: () => null,
      close: () => {},
    };
  }
  const connection = connectRedis(redis.url, onError);
  return {
    records: createRedisRecords(connection, recordsTtlMs),
    lookups: createRedisLookups(connection, memoryLookups),
    quota: createRedisQuota(connection, quota, memoryQuota),
    hash: createKeyedHash(redis.secret),
    whenConnected: async () => {
      if (connection.status === 'ready') return;
      const signal = AbortSignal.timeout(connectMs);
      await once(connection, 'ready', { signal }).catch(() => {});
    },
    isUp: () => connection.status === 'ready',
    close: () => connection.disconnect(),
  };
};
