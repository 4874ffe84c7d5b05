/** What a replica saw in its last reading of a follower's lists. */
export interface ReadState {
  /** A hash of the versions that it saw. */
  readonly versions: string;
  /** Where it stands in the lists, as a cursor; null if no cursor can hold this. */
  readonly cursor: string | null;
}

/** What a replica learns when it wants to read in an interval. */
export interface ReadTurn {
  /** Whether it reads. The turn is its own until the interval is over. */
  readonly isMine: boolean;
  /** How long the turn of another replica still lasts, in milliseconds. */
  readonly waitMs: number;
  /** The state that was announced last; null if that is two intervals ago. */
  readonly state: ReadState | null;
}

/** Says that something may have changed. */
export interface ReadHint {
  /** Null: in any organization. */
  readonly organization: string | null;
  readonly cause: 'write' | 'webhook';
}

/** Gets what other replicas send. Messages can be lost. */
export interface ReplicaListener {
  readonly onVersions: (follower: string, versions: string) => void;
  readonly onHint: (hint: ReadHint) => void;
}

/** The part of an organization's quota that all readings for subscribers take at most. */
const liveQuotaShare = 1 / 5;

/** How far apart the calls of these readings are on average, in milliseconds. */
export const liveCallMs = (requestsPerHour: number): number =>
  3_600_000 / (requestsPerHour * liveQuotaShare);

/** What these readings may use at once after a pause, as the time in which it would be allowed. */
export const liveBurstMs = 60_000;

/**
 * What replicas that follow the same lists share: whose turn it is to read, what the reader saw, and the calls that they may
 * make together. The names of followers and organizations and the versions are hashes with a secret key. The methods do not
 * reject. While the store cannot be reached, each replica reads for itself.
 */
export interface ReplicaReads {
  /** Asks to read the lists of a follower, and to be the only one for this time. */
  readonly takeTurn: (follower: string, forMs: number) => Promise<ReadTurn>;
  /** Tells what a reading saw, and begins an interval. */
  readonly announce: (follower: string, state: ReadState, forMs: number) => Promise<void>;
  readonly sendHint: (hint: ReadHint) => Promise<void>;
  /** Begins to listen to the other replicas. Called once. */
  readonly listen: (listener: ReplicaListener) => void;
  /** Whether messages of other replicas are lost. */
  readonly isCutOff: () => boolean;
  /**
   * Counts calls that are about to be made for an organization; negative if fewer were made. Returns the milliseconds to
   * wait before making them.
   */
  readonly reserve: (organization: string, calls: number) => Promise<number>;
}
