import type { CreationRecord, CreationRecords } from '../../domain/creation-record.ts';

/** About 50 MB; at the API's quota of 10,000 requests an hour a day makes fewer. */
const maximumRecords = 250_000;

interface Entry {
  readonly record: CreationRecord;
  readonly expiresAtMs: number;
}

/**
 * Creation records in the memory of this process, forgotten with it. Where it is full a new record is refused: an old
 * one that gave way would let its create be sent again.
 */
export const createMemoryRecords = (options: {
  readonly timeToLiveMs: number;
  /** Milliseconds on any scale that only grows. */
  readonly nowMs: () => number;
  readonly maximum?: number;
}): CreationRecords => {
  const { timeToLiveMs, nowMs, maximum = maximumRecords } = options;
  // In the order of their last write, hence of their end.
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
      if (next !== null && revision === null && entries.size >= maximum) {
        throw new Error('The memory for creation records is full.');
      }
      entries.delete(id);
      if (next !== null) entries.set(id, { record: next, expiresAtMs: nowMs() + timeToLiveMs });
      return true;
    },
  };
};
