import { hash } from 'node:crypto';
import type { ChangeKind } from './types.ts';

/**
 * How far below the newest change a list is read again, in milliseconds of the API's own timestamps. Changes of one moment
 * can become visible out of order, and some seconds late.
 */
const overlapMs = 10_000;

/**
 * The least number of newest items that are read again. An item with a timestamp in the far future stays the newest for
 * years. Without this number, the overlap would be that item alone, and no later change would be found.
 */
const leastOverlapItems = 10;

/** An item of a list that is followed. Times are in milliseconds since 1970. */
export interface FollowedItem<Node> {
  readonly list: string;
  /** `digestOf` of its id. */
  readonly digest: number;
  readonly updatedMs: number;
  /** Null if it is missing or cannot be read. */
  readonly createdMs: number | null;
  readonly isRevoked: boolean;
  readonly node: Node;
}

/** How far a list has been followed. */
export interface ListPosition {
  /** All changes before this time are known. Later ones are known if they are in `seen`. Milliseconds since 1970. */
  readonly floorMs: number;
  /** The latest known change of each item from the floor on, by the item's digest. */
  readonly seen: ReadonlyMap<number, number>;
}

/** The position in each list, by the list's key. */
export type Positions = ReadonlyMap<string, ListPosition>;

/** The position before the first change. */
export const listStart: ListPosition = { floorMs: 0, seen: new Map() };

/** Bytes of a digest: as many as fit a number. Two of 10,000 ids have the same digest once in five million times. */
const digestBytes = 6;

/** A short digest of an id, so that cursors hold no ids. */
export const digestOf = (id: string): number =>
  hash('sha256', id, 'buffer').readUIntBE(0, digestBytes);

/** Newest first. */
const descending = (left: number, right: number): number => right - left;

/** Whether a version of an item, or a later one, is known at a position. */
const isKnown = (
  { seen }: ListPosition,
  { digest, updatedMs }: Pick<FollowedItem<unknown>, 'digest' | 'updatedMs'>,
): boolean => (seen.get(digest) ?? -1) >= updatedMs;

/** Compares items of all lists, oldest first. */
export const compareItems = (left: FollowedItem<unknown>, right: FollowedItem<unknown>): number =>
  left.updatedMs - right.updatedMs ||
  (left.list === right.list ? left.digest - right.digest : left.list < right.list ? -1 : 1);

/** The latest version of each item, oldest first. Two answers can show an item twice. */
export const latestVersions = <Node>(
  items: readonly FollowedItem<Node>[],
): FollowedItem<Node>[] => {
  const latest = new Map<number, FollowedItem<Node>>();
  for (const item of items) {
    const known = latest.get(item.digest);
    if (known === undefined || known.updatedMs < item.updatedMs) latest.set(item.digest, item);
  }
  return [...latest.values()].sort(compareItems);
};

/**
 * The changes after a position. `items` must be all items of the list that changed at the floor or later, and may be more;
 * their order is kept. A version that is older than a known one is no change: an answer can come from an outdated replica.
 */
export const changesSince = <Node>(
  position: ListPosition,
  items: readonly FollowedItem<Node>[],
): FollowedItem<Node>[] =>
  items.filter((item) => item.updatedMs >= position.floorMs && !isKnown(position, item));

/** What happened to an item since a position. An item that was created after the floor is new if it is not known. */
export const kindOf = (
  { floorMs, seen }: ListPosition,
  { isRevoked, createdMs, digest }: FollowedItem<unknown>,
): ChangeKind => {
  if (isRevoked) return 'REVOKED';
  return createdMs !== null && createdMs >= floorMs && !seen.has(digest) ? 'CREATED' : 'UPDATED';
};

/**
 * Whether a reader at one position can go on at the other one: it knows all that is known there, and waits for nothing that
 * is below the floor there.
 */
export const canGoOnAt = (position: ListPosition, other: ListPosition): boolean =>
  position.floorMs >= other.floorMs &&
  [...other.seen].every(
    ([digest, updatedMs]) =>
      updatedMs < position.floorMs || isKnown(position, { digest, updatedMs }),
  );

/** The position after these changes as well: the floor rises to the start of the overlap, and what is below is dropped. */
export const advance = (
  position: ListPosition,
  changes: readonly FollowedItem<unknown>[],
): ListPosition => {
  const seen = new Map(position.seen);
  for (const { digest, updatedMs } of changes) {
    seen.set(digest, Math.max(updatedMs, seen.get(digest) ?? 0));
  }
  const times = [...seen.values()].sort(descending);
  const newest = times[0];
  const leastItem = times[leastOverlapItems - 1];
  if (newest === undefined || leastItem === undefined) return { ...position, seen };
  const floorMs = Math.max(position.floorMs, Math.min(newest - overlapMs, leastItem));
  for (const [digest, updatedMs] of seen) if (updatedMs < floorMs) seen.delete(digest);
  return { floorMs, seen };
};

/** How far down the newest items of a list are read again. 0 if there are only few items. */
export const startOfOverlap = (items: readonly FollowedItem<unknown>[]): number =>
  advance(listStart, items).floorMs;

/** The items of a list from its newest change down to a floor. */
export interface NewestItems<Node> {
  /** The latest version of each, oldest first. */
  readonly items: readonly FollowedItem<Node>[];
  /** All items that changed at this time or later are there. It is higher than the floor if a bound ended the reading. */
  readonly lowestCompleteMs: number;
  /** Whether the reading failed on its way down. What is below can then be read later. */
  readonly isCutShort: boolean;
}

/** A timestamp that is further in the future than this says nothing about the present. */
const clockToleranceMs = 5_000;

/**
 * The position of a reader that has just read the newest items of a list, and wants only what changed since a time. If the
 * items do not reach the start of the overlap, the overlap is shorter.
 */
export const positionAt = (
  sinceMs: number,
  nowMs: number,
  { items, lowestCompleteMs }: NewestItems<unknown>,
): ListPosition => {
  const isLater = ({ updatedMs }: FollowedItem<unknown>) =>
    updatedMs >= sinceMs && updatedMs <= nowMs + clockToleranceMs;
  const { floorMs, seen } = advance(
    listStart,
    items.filter((item) => !isLater(item)),
  );
  if (floorMs >= lowestCompleteMs) return { floorMs, seen };
  const complete = [...seen].filter(([, updatedMs]) => updatedMs >= lowestCompleteMs);
  return { floorMs: lowestCompleteMs, seen: new Map(complete) };
};
