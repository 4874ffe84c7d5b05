import type { Clock } from '../../src/domain/clock.ts';
import type {
  ReadHint,
  ReadState,
  ReplicaListener,
  ReplicaReads,
} from '../../src/domain/replica-reads.ts';
import { createMemoryReplicaReads } from '../../src/state/memory/replica-reads.ts';

/** What several replicas share, with the clock of the test. It behaves as the one over Redis does. */
export interface SharedReplicaReads {
  readonly join: () => ReplicaReads;
  /** Whether the store answers. If not, each replica reads for itself, and messages are lost. */
  isUp: boolean;
  /** Whether messages arrive. */
  hasMessages: boolean;
}

const messageMs = 3;
const lateMs = 2;

export const createSharedReplicaReads = (clock: Clock): SharedReplicaReads => {
  const turnEnds = new Map<string, number>();
  const states = new Map<string, { readonly state: ReadState; readonly endMs: number }>();
  const listeners = new Map<ReplicaReads, ReplicaListener>();

  const send = (from: ReplicaReads, deliver: (to: ReplicaListener) => void): void => {
    for (const [replica, listener] of listeners) {
      const arrives = replica !== from && shared.isUp && shared.hasMessages;
      if (arrives) clock.schedule(messageMs, () => deliver(listener));
    }
  };

  const join = (): ReplicaReads => {
    const alone = createMemoryReplicaReads(Infinity, clock.nowMs);
    const replica: ReplicaReads = {
      takeTurn: async (follower, forMs) => {
        if (!shared.isUp) return alone.takeTurn(follower, forMs);
        const leftMs = (turnEnds.get(follower) ?? -Infinity) - clock.nowMs();
        const stored = states.get(follower);
        const state = stored && stored.endMs > clock.nowMs() ? stored.state : null;
        if (leftMs > forMs) turnEnds.set(follower, clock.nowMs() + forMs);
        // The others ask a little later, so that a replica keeps the turn as long as it can.
        if (leftMs > 0) return { isMine: false, waitMs: Math.min(forMs, leftMs) + lateMs, state };
        turnEnds.set(follower, clock.nowMs() + forMs);
        return { isMine: true, waitMs: 0, state };
      },
      announce: async (follower, state, forMs) => {
        if (!shared.isUp) return;
        turnEnds.set(follower, clock.nowMs() + forMs);
        const { versions } = state;
        const isNew = states.get(follower)?.state.versions !== versions;
        states.set(follower, { state, endMs: clock.nowMs() + 2 * forMs });
        if (isNew) send(replica, ({ onVersions }) => onVersions(follower, versions));
      },
      sendHint: async (hint: ReadHint) => send(replica, ({ onHint }) => onHint(hint)),
      listen: (listener) => {
        listeners.set(replica, listener);
      },
      isCutOff: () => false,
      reserve: async () => 0,
    };
    return replica;
  };

  const shared: SharedReplicaReads = { join, isUp: true, hasMessages: true };
  return shared;
};
