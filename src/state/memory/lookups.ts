import { LRUCache } from 'lru-cache';
import type { LookupCache } from '../../tokens/ports.ts';

const maxEntries = 20_000;
/** Characters of all texts: at most 64 MB. */
const maxLength = 32_000_000;
const maxClaims = 20_000;

export interface MemoryLookupOptions {
  readonly maxEntries?: number;
  readonly maxLength?: number;
  /** Milliseconds on any scale that only grows. Default: that of performance.now(). */
  readonly nowMs?: () => number;
}

/** Lookups in the memory of this process; the least recently used give way when it is full. */
export const createMemoryLookups = (options: MemoryLookupOptions = {}): LookupCache => {
  // 0: the time is asked for anew on every use, not remembered for a tick.
  const clock = { perf: { now: options.nowMs ?? (() => performance.now()) }, ttlResolution: 0 };
  const texts = new LRUCache<string, string>({
    max: options.maxEntries ?? maxEntries,
    maxSize: options.maxLength ?? maxLength,
    sizeCalculation: (text, name) => text.length + name.length,
    ...clock,
  });
  const claims = new LRUCache<string, true>({ max: maxClaims, ...clock });

  const claimOne = (name: string, forMs: number): boolean => {
    if (claims.get(name) === true) return false;
    claims.set(name, true, { ttl: forMs });
    return true;
  };

  return {
    read: async (names) => names.map((name) => texts.get(name) ?? null),
    write: async (entries) => {
      for (const { name, text, ttlMs } of entries) texts.set(name, text, { ttl: ttlMs });
    },
    remove: async (names) => {
      for (const name of names) texts.delete(name);
    },
    claim: async (names, forMs) => names.map((name) => claimOne(name, forMs)),
  };
};
