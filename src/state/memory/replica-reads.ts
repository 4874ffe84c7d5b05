import { LRUCache } from 'lru-cache';
import { liveBurstMs, liveCallMs, type ReplicaReads } from '../../domain/replica-reads.ts';

/** Organizations whose calls are counted. Beyond it, the least recently used ones may use a burst again. */
const maxOrganizations = 1_000;

/** Creates what a process needs that reads for itself: each turn is its own, and only its own calls count. */
export const createMemoryReplicaReads = (
  requestsPerHour: number,
  nowMs: () => number,
): ReplicaReads => {
  const callMs = liveCallMs(requestsPerHour);
  /** The times at which all counted calls are within the share. */
  const coveredAtMs = new LRUCache<string, number>({
    maxSize: maxOrganizations,
    sizeCalculation: () => 1,
  });
  return {
    takeTurn: async () => ({ isMine: true, waitMs: 0, state: null }),
    announce: async () => {},
    sendHint: async () => {},
    listen: () => {},
    isCutOff: () => false,
    reserve: async (organization, calls) => {
      const earliestMs = Math.max(
        coveredAtMs.get(organization) ?? -Infinity,
        nowMs() - liveBurstMs,
      );
      const coveredMs = earliestMs + calls * callMs;
      coveredAtMs.set(organization, coveredMs);
      return Math.max(0, coveredMs - nowMs());
    },
  };
};
