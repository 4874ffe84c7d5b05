import { LRUCache } from 'lru-cache';
import {
  isQueryHash,
  longestQuery,
  type PersistedQueries,
  queryEntryBytes,
} from '../../domain/persisted-queries.ts';

/** Bytes of all texts together. The document of a page has 1 to 3 kB, so several thousand fit. */
const maxBytes = 16_000_000;

/** Creates a store in memory. When it is full, it drops the texts that were not used for the longest time. */
export const createMemoryPersistedQueries = (): PersistedQueries => {
  const texts = new LRUCache<string, string>({ maxSize: maxBytes });
  return {
    find: async (hash) => texts.get(hash) ?? null,
    add: async (hash, text) => {
      if (!isQueryHash(hash) || texts.has(hash) || Buffer.byteLength(text) > longestQuery) return;
      // Characters beyond Latin-1 make the whole text take two bytes each.
      texts.set(hash, text, { size: queryEntryBytes + 2 * text.length });
    },
  };
};
