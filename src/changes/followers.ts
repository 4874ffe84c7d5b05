import { BadCursorError, type GatewayError, RateLimitedError } from '../domain/errors.ts';
import type { KeyedHash } from '../domain/keyed-hash.ts';
import type { Credential } from '../domain/operation.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { ReadHint, ReplicaReads } from '../domain/replica-reads.ts';
import { decodePositions, encodePositions } from './cursor.ts';
import { createFollower, type Follower, type FollowerOptions } from './follower.ts';
import type { FollowedList, LiveOperation } from './live-reading.ts';
import type { Positions } from './position.ts';
import { createReadTurns } from './read-turns.ts';
import type { ChangeRequest, ChangeStream } from './types.ts';

type Shared =
  | 'facts'
  | 'clock'
  | 'intervalMs'
  | 'maxLimit'
  | 'maxScanItems'
  | 'onRead'
  | 'onSurprise';

export interface FollowersOptions<Node> extends Pick<FollowerOptions<Node>, Shared> {
  readonly listsOf: (organizationId: OrganizationId) => readonly FollowedList<Node>[];
  /** Begins a reading with this credential. */
  readonly startOperation: (credential: Credential, signal: AbortSignal) => LiveOperation;
  readonly isQuotaLow: (organizationId: OrganizationId) => boolean;
  readonly replicas: ReplicaReads;
  /** Makes the names by which replicas know followers and organizations. Replicas share its secret. */
  readonly hash: KeyedHash;
  /** Limit of subscribers, over all organizations. */
  readonly maxSubscriptions: number;
}

/** All followers of this process: one for each organization and credential that somebody watches. */
export interface Followers<Node> {
  /**
   * Begins a subscription. Resolves when it misses nothing from then on. Throws BadCursorError if `after` is no cursor of
   * this organization, and RateLimitedError if there are too many subscriptions. After `end`, the stream is empty.
   */
  readonly follow: (
    organizationId: OrganizationId,
    credential: Credential,
    request: ChangeRequest<Node>,
  ) => Promise<ChangeStream<Node>>;
  /** Something may have changed in an organization; null: in any. All replicas read it. */
  readonly hint: (organizationId: OrganizationId | null, cause: ReadHint['cause']) => void;
  /** Ends all streams, and those that begin later. */
  readonly end: () => void;
  readonly load: () => {
    readonly readers: number;
    readonly subscribers: number;
    /** Whether messages of other replicas are lost. */
    readonly isCutOff: boolean;
  };
}

/** When to come back if there are too many subscriptions. Streams last long. */
const retryMs = 30_000;

const tooMany = (maxSubscriptions: number): GatewayError =>
  new RateLimitedError(
    `This process has ${maxSubscriptions} subscriptions, which is its limit (MAX_SUBSCRIPTIONS). Try again later, or at another replica.`,
    retryMs,
  );

interface Entry<Node> {
  /** A hash of the organization's id. */
  readonly organization: string;
  readonly follower: Follower<Node>;
}

/** Creates all followers that a process has. */
export const createFollowers = <Node>(options: FollowersOptions<Node>): Followers<Node> => {
  const { replicas, hash } = options;
  const entries = new Map<string, Entry<Node>>();
  let isListening = false;
  let beginning = 0;
  let hasEnded = false;

  const organizationName = (organizationId: OrganizationId): string =>
    hash(JSON.stringify(['followed organization', organizationId.toLowerCase()]));
  const followerName = (organizationId: OrganizationId, credential: Credential): string =>
    hash(JSON.stringify(['follower', organizationId.toLowerCase(), credential]));

  const subscriberCount = (): number =>
    [...entries.values()].reduce((sum, { follower }) => sum + follower.subscriberCount(), 0);

  const hintOwn = ({ organization, cause }: ReadHint): void => {
    for (const entry of entries.values()) {
      if (organization === null || organization === entry.organization) entry.follower.hint(cause);
    }
  };

  const listen = (): void => {
    if (isListening) return;
    isListening = true;
    replicas.listen({
      onHint: hintOwn,
      onVersions: (name, versions) => entries.get(name)?.follower.learn(versions),
    });
  };

  const findOrCreate = (
    name: string,
    organizationId: OrganizationId,
    credential: Credential,
  ): Entry<Node> => {
    const known = entries.get(name);
    if (known) return known;
    listen();
    const organization = organizationName(organizationId);
    const encode = (positions: Positions): string => encodePositions(organizationId, positions);
    const decode = (cursor: string): Positions | null => {
      try {
        return decodePositions(cursor, organizationId);
      } catch (error) {
        // Another version of the gateway may write other cursors.
        if (error instanceof BadCursorError) return null;
        throw error;
      }
    };
    const entry: Entry<Node> = {
      organization,
      follower: createFollower<Node>({
        ...options,
        lists: options.listsOf(organizationId),
        startOperation: (signal) => options.startOperation(credential, signal),
        encode,
        turns: createReadTurns(name, { ...options, encode, decode }),
        reserve: (calls) => replicas.reserve(organization, calls),
        isQuotaLow: () => options.isQuotaLow(organizationId),
        onIdle: () => {
          if (entries.get(name) === entry) entries.delete(name);
        },
      }),
    };
    entries.set(name, entry);
    return entry;
  };

  return {
    follow: async (organizationId, credential, request) => {
      const resumed =
        request.after === null ? null : decodePositions(request.after, organizationId);
      if (subscriberCount() + beginning >= options.maxSubscriptions) {
        throw tooMany(options.maxSubscriptions);
      }
      const name = followerName(organizationId, credential);
      beginning += 1;
      let entry: Entry<Node>;
      do {
        entry = findOrCreate(name, organizationId, credential);
        if (!hasEnded) await entry.follower.begin();
        // Its last subscriber may have left meanwhile, and ended it. Nothing is awaited from here on.
      } while (entries.get(name) !== entry);
      beginning -= 1;
      const stream = entry.follower.subscribe(request, resumed);
      if (hasEnded) void stream.return();
      return stream;
    },
    hint: (organizationId, cause) => {
      const organization = organizationId === null ? null : organizationName(organizationId);
      hintOwn({ organization, cause });
      void replicas.sendHint({ organization, cause });
    },
    end: () => {
      hasEnded = true;
      for (const { follower } of [...entries.values()]) follower.end(null);
    },
    load: () => ({
      readers: entries.size,
      subscribers: subscriberCount(),
      isCutOff: replicas.isCutOff(),
    }),
  };
};
