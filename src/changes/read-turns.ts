import { type Clock, sleep } from '../domain/clock.ts';
import type { KeyedHash } from '../domain/keyed-hash.ts';
import type { ReplicaReads } from '../domain/replica-reads.ts';
import { fitsCursor } from './cursor.ts';
import type { ReadLists } from './live-reading.ts';
import { type NewestItems, type Positions, startOfOverlap } from './position.ts';

export interface ReadTurnsOptions {
  readonly replicas: ReplicaReads;
  readonly hash: KeyedHash;
  readonly clock: Clock;
  readonly encode: (positions: Positions) => string;
  /** Null: the text is no cursor of these lists. */
  readonly decode: (cursor: string) => Positions | null;
}

/** Where another replica stands that reads the same lists. */
interface OtherReplica {
  readonly positions: Positions;
  /** How long its turn lasts, in milliseconds. */
  readonly waitMs: number;
}

/** The turns of one follower, which exists in each replica whose subscribers watch the same lists. */
export interface ReadTurns<Node> {
  /**
   * Begins where another replica stands, which saves a reading. Null: this process reads, because no other one has read
   * within the interval.
   */
  readonly begin: (forMs: number, signal: AbortSignal) => Promise<OtherReplica | null>;
  /** Asks to read. Null: this process reads. Otherwise another one does, for this many milliseconds. */
  readonly take: (forMs: number) => Promise<number | null>;
  /** Takes note of the versions that another replica saw. */
  readonly learn: (versions: string) => void;
  /** Whether another replica saw other versions than this one. */
  readonly isBehind: () => boolean;
  /**
   * Takes note of what this process saw, and where it stands. If it read because of another replica, it tells nobody: two
   * replicas that get answers of different age would otherwise make each other read again and again.
   */
  readonly note: (
    read: ReadLists<Node>,
    positions: Positions,
    isFollowing: boolean,
    forMs: number,
  ) => void;
}

/** How often, and how many times, a replica looks whether another one has read that has just begun. */
const beginMs = 200;
const beginTries = 5;

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
  { replicas, hash, clock, encode, decode }: ReadTurnsOptions,
): ReadTurns<Node> => {
  const seen = new Map<string, string>();
  let own: string | null = null;
  let announced: string | null = null;
  return {
    begin: async (forMs, signal) => {
      for (let tries = 0; tries < beginTries && !signal.aborted; tries += 1) {
        const { isMine, waitMs, state } = await replicas.takeTurn(follower, forMs);
        if (isMine) return null;
        if (state !== null) {
          const positions = state.cursor === null ? null : decode(state.cursor);
          if (positions === null) return null;
          own = state.versions;
          // A message can have told of later ones meanwhile.
          announced ??= own;
          return { positions, waitMs };
        }
        await sleep(clock, beginMs, signal);
      }
      return null;
    },
    take: async (forMs) => {
      const { isMine, waitMs, state } = await replicas.takeTurn(follower, forMs);
      announced = state?.versions ?? null;
      return isMine ? null : waitMs;
    },
    learn: (versions) => {
      announced = versions;
    },
    isBehind: () => announced !== null && announced !== own,
    note: (read, positions, isFollowing, forMs) => {
      if (read.size === 0) return;
      for (const [list, newest] of read) seen.set(list, hash(JSON.stringify(versionsOf(newest))));
      own = hash(JSON.stringify([...seen].sort()));
      if (isFollowing) return;
      announced = own;
      const cursor = fitsCursor(positions) ? encode(positions) : null;
      void replicas.announce(follower, { versions: own, cursor }, forMs);
    },
  };
};
