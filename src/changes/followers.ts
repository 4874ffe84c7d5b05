import { type GatewayError, RateLimitedError } from '../domain/errors.ts';
import type { Credential } from '../domain/operation.ts';
import type { OrganizationId } from '../domain/organization.ts';
import { decodePositions, encodePositions } from './cursor.ts';
import { createFollower, type Follower, type FollowerOptions } from './follower.ts';
import type { FollowedList, LiveOperation } from './live-reading.ts';
import { createReadShare, type ReadShare } from './read-share.ts';
import type { ReadCause } from './read-timer.ts';
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
  readonly isAccepted: (credential: Credential) => boolean;
  readonly isQuotaLow: (organizationId: OrganizationId) => boolean;
  /** The quota of an organization. All followers of it together take a share of it. */
  readonly requestsPerHour: number;
  /** Limit of subscribers, over all organizations. */
  readonly maxSubscriptions: number;
}

/** All followers of this process: one for each organization and credential that somebody watches. */
export interface Followers<Node> {
  /**
   * Begins a subscription. Throws BadCursorError if `after` is no cursor of this organization, and RateLimitedError if
   * there are too many subscriptions. After `end`, the stream is empty.
   */
  readonly follow: (
    organizationId: OrganizationId,
    credential: Credential,
    request: ChangeRequest<Node>,
  ) => ChangeStream<Node>;
  /** Something may have changed in an organization. Null: in any. */
  readonly hint: (organizationId: OrganizationId | null, cause: ReadCause) => void;
  /** Ends all streams, and those that begin later. */
  readonly end: () => void;
  readonly load: () => { readonly readers: number; readonly subscribers: number };
}

/** When to come back if there are too many subscriptions. Streams last long. */
const retryMs = 30_000;

const tooMany = (maxSubscriptions: number): GatewayError =>
  new RateLimitedError(
    `This process has ${maxSubscriptions} subscriptions, which is its limit (MAX_SUBSCRIPTIONS). Try again later, or at another replica.`,
    retryMs,
  );

interface Entry<Node> {
  readonly organizationId: OrganizationId;
  readonly follower: Follower<Node>;
}

/** Shares that are kept for organizations that nobody watches at the moment. */
const mostShares = 1_000;

/** Creates all followers that a process has. */
export const createFollowers = <Node>(options: FollowersOptions<Node>): Followers<Node> => {
  // The keys hold credentials, as their followers do.
  const entries = new Map<string, Entry<Node>>();
  const shares = new Map<OrganizationId, ReadShare>();
  let hasEnded = false;

  const subscriberCount = (): number =>
    [...entries.values()].reduce((sum, { follower }) => sum + follower.subscriberCount(), 0);

  const shareOf = (organizationId: OrganizationId): ReadShare => {
    const share =
      shares.get(organizationId) ?? createReadShare(options.requestsPerHour, options.clock.nowMs);
    // The one that was used last is at the end.
    shares.delete(organizationId);
    shares.set(organizationId, share);
    const [oldest] = shares.keys();
    if (shares.size > mostShares && oldest !== undefined) shares.delete(oldest);
    return share;
  };

  const findOrCreate = (organizationId: OrganizationId, credential: Credential) => {
    const key = JSON.stringify([organizationId, credential]);
    const known = entries.get(key);
    if (known) return known;
    const entry: Entry<Node> = {
      organizationId,
      follower: createFollower<Node>({
        ...options,
        lists: options.listsOf(organizationId),
        startOperation: (signal) => options.startOperation(credential, signal),
        encode: (positions) => encodePositions(organizationId, positions),
        share: shareOf(organizationId),
        isAccepted: () => options.isAccepted(credential),
        isQuotaLow: () => options.isQuotaLow(organizationId),
        onIdle: () => {
          if (entries.get(key) === entry) entries.delete(key);
        },
      }),
    };
    entries.set(key, entry);
    return entry;
  };

  return {
    follow: (organizationId, credential, request) => {
      const resumed =
        request.after === null ? null : decodePositions(request.after, organizationId);
      if (subscriberCount() >= options.maxSubscriptions) throw tooMany(options.maxSubscriptions);
      const { follower } = findOrCreate(organizationId, credential);
      const stream = follower.subscribe(request, resumed);
      if (hasEnded) void stream.return();
      return stream;
    },
    hint: (organizationId, cause) => {
      for (const { organizationId: followed, follower } of entries.values()) {
        if (organizationId === null || followed === organizationId) follower.hint(cause);
      }
    },
    end: () => {
      hasEnded = true;
      for (const { follower } of [...entries.values()]) follower.end(null);
    },
    load: () => ({ readers: entries.size, subscribers: subscriberCount() }),
  };
};
