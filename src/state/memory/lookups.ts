import { LRUCache } from 'lru-cache';
import type { LookupCache, LookupEntry } from '../../domain/lookup-cache.ts';

/**
 * About the bytes of heap that all entries may take: each caller's users and policies are kept apart, and where they do
 * not fit, callers who take turns find nothing.
 */
const maxBytes = 64_000_000;
/** What an entry takes besides the characters of its name and of its value written out: measured with a user's. */
const entryBytes = 600;
const maxClaims = 20_000;

export interface MemoryLookupOptions {
  readonly maxBytes?: number;
  /** Milliseconds on any scale that only grows. Default: that of performance.now(). */
  readonly nowMs?: () => number;
}

/** Lookups in the memory of this process; the least recently used give way when it is full. */
export const createMemoryLookups = (options: MemoryLookupOptions = {}): LookupCache => {
  // 0: the time is asked for anew on every use, not remembered for a tick.
  const clock = { perf: { now: options.nowMs ?? (() => performance.now()) }, ttlResolution: 0 };
  // Bounded by size alone: for a count, `max`, the cache takes room for all its entries when it is made.
  const kept = new LRUCache<string, Pick<LookupEntry, 'value'>>({
    maxSize: options.maxBytes ?? maxBytes,
    ...clock,
  });
  const claims = new LRUCache<string, true>({
    maxSize: maxClaims,
    sizeCalculation: () => 1,
    ...clock,
  });

  const claimOne = (name: string, forMs: number): boolean => {
    if (claims.get(name) === true) return false;
    claims.set(name, true, { ttl: forMs });
    return true;
  };

  return {
    read: async (names) => names.map((name) => kept.get(name)?.value ?? null),
    write: async (entries) => {
      for (const { name, value, text, ttlMs } of entries) {
        kept.set(name, { value }, { ttl: ttlMs, size: entryBytes + name.length + text.length });
      }
    },
    remove: async (names) => {
      for (const name of names) kept.delete(name);
    },
    claim: async (names, forMs) => names.map((name) => claimOne(name, forMs)),
  };
};
