import { systemClock } from '../../src/domain/clock.ts';
import {
  createLookupDependencies,
  type LookupDependencies,
  type LookupSettings,
} from '../../src/lookups/lookup-dependencies.ts';
import { createSharedReads } from '../../src/sharing/shared-reads.ts';
import { createProcessHash } from '../../src/state/keyed-hash.ts';
import { createMemoryLookupCache } from '../../src/state/memory/lookup-cache.ts';

/** Creates the dependencies of lookups, without a cache unless a test gives a TTL. */
export const createTestLookups = (changes: Partial<LookupSettings> = {}): LookupDependencies =>
  createLookupDependencies({
    cache: createMemoryLookupCache(systemClock.nowMs),
    ttlMs: 0,
    hash: createProcessHash(),
    format: '',
    maxLimit: 500,
    sharedReads: createSharedReads(),
    quotaLeft: () => null,
    epochMs: systemClock.epochMs,
    ...changes,
  });
