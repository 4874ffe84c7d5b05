import type { CreationRecord, CreationRecords } from '../../domain/creation-record.ts';

/** About 50 MB. With the API's quota of 10,000 requests an hour, a day makes fewer. */
const maxRecords = 250_000;

interface Entry {
  readonly record: CreationRecord;
  readonly expiresAtMs: number;
}

/**
 * Creates the store of creation records in memory. If it is full, it refuses a new record. It drops
 * no old one, since a create without its record could be sent again.
 */
export const createMemoryRecords = (options: {
  readonly timeToLiveMs: number;
  /** Milliseconds on any scale that never goes back. */
  readonly nowMs: () => number;
}): CreationRecords => {
  const { timeToLiveMs, nowMs } = options;
  // In the order of the last write, which is also the order in which they expire.
  const entries = new Map<string, Entry>();

  const dropExpired = (): void => {
    for (const [id, { expiresAtMs }] of entries) {
      if (expiresAtMs > nowMs()) return;
      entries.delete(id);
    }
  };

  const current = (id: string): CreationRecord | null => {
    dropExpired();
    return entries.get(id)?.record ?? null;
  };

  return {
    read: async (id) => current(id),
    replace: async (id, revision, next) => {
      if ((current(id)?.revision ?? null) !== revision) return false;
      if (next !== null && revision === null && entries.size >= maxRecords) {
        throw new Error('The memory for creation records is full.');
      }
      entries.delete(id);
      if (next !== null) entries.set(id, { record: next, expiresAtMs: nowMs() + timeToLiveMs });
      return true;
    },
  };
};
