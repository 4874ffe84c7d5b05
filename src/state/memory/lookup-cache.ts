import { LRUCache } from 'lru-cache';
import type { LookupCache, LookupEntry } from '../../domain/lookup-cache.ts';

/**
 * Bytes of heap that all entries may take, approximately. Each caller has entries of its own. If they do not all fit,
 * callers that take turns evict each other's entries and find nothing.
 */
const maxBytes = 64_000_000;
/** Bytes that an entry takes besides the characters of its name and text. Measured with the entry of a user. */
const entryBytes = 600;
const maxClaims = 20_000;

/**
 * Creates a lookup cache in memory. When it is full, it drops the least recently used entries.
 * `nowMs` is in milliseconds on any scale that never goes back.
 */
export const createMemoryLookupCache = (nowMs: () => number): LookupCache => {
  // With 0, the cache reads the clock on every use and does not keep its value for a tick.
  const clock = { perf: { now: nowMs }, ttlResolution: 0 };
  // Bounded by size only. With a bound by count (`max`), the cache allocates all its slots when it is created.
  const entries = new LRUCache<string, Pick<LookupEntry, 'value'>>({
    maxSize: maxBytes,
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
    read: async (names) => names.map((name) => entries.get(name)?.value ?? null),
    write: async (written) => {
      for (const { name, value, text, ttlMs } of written) {
        entries.set(name, { value }, { ttl: ttlMs, size: entryBytes + name.length + text.length });
      }
    },
    remove: async (names) => {
      for (const name of names) entries.delete(name);
    },
    claim: async (names, forMs) => names.map((name) => claimOne(name, forMs)),
  };
};
