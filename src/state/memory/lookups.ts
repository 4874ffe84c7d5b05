import { LRUCache } from 'lru-cache';
import type { LookupCache, LookupEntry } from '../../tokens/ports.ts';

/** Characters of all values written out; as objects they take a few times that. */
const maxLength = 16_000_000;
/** What an entry takes besides its name and value, in characters: it bounds how many small ones are kept. */
const entryLength = 800;
const maxClaims = 20_000;

export interface MemoryLookupOptions {
  readonly maxLength?: number;
  /** Milliseconds on any scale that only grows. Default: that of performance.now(). */
  readonly nowMs?: () => number;
}

/** Lookups in the memory of this process; the least recently used give way when it is full. */
export const createMemoryLookups = (options: MemoryLookupOptions = {}): LookupCache => {
  // 0: the time is asked for anew on every use, not remembered for a tick.
  const clock = { perf: { now: options.nowMs ?? (() => performance.now()) }, ttlResolution: 0 };
  // Bounded by size alone: for a count, `max`, the cache takes room for all its entries when it is made.
  const kept = new LRUCache<string, Pick<LookupEntry, 'value'>>({
    maxSize: options.maxLength ?? maxLength,
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
        kept.set(name, { value }, { ttl: ttlMs, size: entryLength + name.length + text.length });
      }
    },
    remove: async (names) => {
      for (const name of names) kept.delete(name);
    },
    claim: async (names, forMs) => names.map((name) => claimOne(name, forMs)),
  };
};
