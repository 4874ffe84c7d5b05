import { once } from 'node:events';
import type { LookupCache, QuotaSize, QuotaStore } from '../../tokens/ports.ts';
import { connectRedis } from './connection.ts';
import { createRedisLookups } from './lookups.ts';
import { createRedisQuota } from './quota.ts';
import { createRedisRecords } from './records.ts';

/** How long the start waits for Redis. */
const connectMs = 1_000;

export interface RedisStateOptions {
  readonly url: string;
  readonly recordsTtlMs: number;
  readonly quota: QuotaSize;
  /** What stands in for lookups and quota while Redis cannot be reached. */
  readonly memory: { readonly lookups: LookupCache; readonly quota: QuotaStore };
  readonly onError: (message: string) => void;
}

/** The stores over one Redis; resolves when it has been reached, or after a second. */
export const openRedisState = async (options: RedisStateOptions) => {
  const { memory } = options;
  const connection = connectRedis(options.url, options.onError);
  const signal = AbortSignal.timeout(connectMs);
  await once(connection, 'ready', { signal }).catch(() => {});
  return {
    records: createRedisRecords(connection, options.recordsTtlMs),
    lookups: createRedisLookups(connection, memory.lookups),
    quota: createRedisQuota(connection, options.quota, memory.quota),
    isUp: () => connection.status === 'ready',
    close: () => connection.disconnect(),
  };
};
