import type { KeyedHash } from '../domain/keyed-hash.ts';
import type { ReplicaReads } from '../domain/replica-reads.ts';
import type { ReadLists } from './live-reading.ts';
import { type NewestItems, startOfOverlap } from './position.ts';

/** The turns of one follower, which exists in each replica whose subscribers watch the same lists. */
export interface ReadTurns<Node> {
  /** Asks to read. Null: this process reads. Otherwise another one does, for this many milliseconds. */
  readonly take: (forMs: number) => Promise<number | null>;
  /** Takes note of what another replica saw. */
  readonly learn: (state: string) => void;
  /** Whether another replica saw the lists in another state than this one. */
  readonly isBehind: () => boolean;
  /**
   * Takes note of what this process saw. If it read because of another replica, it tells nobody: two replicas that get
   * answers of different age would otherwise send each other to read for ever.
   */
  readonly note: (read: ReadLists<Node>, isFollowing: boolean, forMs: number) => void;
}

/** The versions of a list's newest items. It does not depend on what was read before, nor on how far down. */
const versionsOf = ({ items }: NewestItems<unknown>): readonly (readonly [number, number])[] => {
  const floorMs = startOfOverlap(items);
  return items.flatMap(({ digest, updatedMs }): [number, number][] =>
    updatedMs < floorMs ? [] : [[digest, updatedMs]],
  );
};

/**
 * Creates the turns of a follower. Replicas compare hashes of what they saw: equal hashes mean that a replica has got all
 * that the other one has.
 */
export const createReadTurns = <Node>(
  follower: string,
  replicas: ReplicaReads,
  hash: KeyedHash,
): ReadTurns<Node> => {
  const seen = new Map<string, string>();
  let own: string | null = null;
  let announced: string | null = null;
  return {
    take: async (forMs) => {
      const { isMine, waitMs, state } = await replicas.takeTurn(follower, forMs);
      announced = state;
      return isMine ? null : waitMs;
    },
    learn: (state) => {
      announced = state;
    },
    isBehind: () => announced !== null && announced !== own,
    note: (read, isFollowing, forMs) => {
      if (read.size === 0) return;
      for (const [list, newest] of read) seen.set(list, hash(JSON.stringify(versionsOf(newest))));
      own = hash(JSON.stringify([...seen].sort()));
      if (isFollowing) return;
      announced = own;
      void replicas.announce(follower, own, forMs);
    },
  };
};
