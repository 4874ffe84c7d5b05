import type { SortDirection } from '../domain/list.ts';
import type { FeedOrder, KeyComparison, KeyRange } from './feed.ts';

/** A sort key made comparable: milliseconds for times, text for names; null sorts first. */
export type Key = number | string | null;

/**
 * The item whose key an item takes if its own is missing or contradicts the list: the next one above or below in
 * ascending order. An item with an inferred key sorts directly below, or above, the items that have the key.
 */
export type InferredFrom = 'above' | 'below';

/**
 * Where an item of a crowd stands. A crowd is a group of more equal keys than fit one answer: it cannot be sorted by
 * id, so its items keep the order in which the API lists them, and one is found again by itself or its neighbours.
 */
export interface CrowdPosition {
  /** The sort direction in which the crowd is read. */
  readonly direction: SortDirection;
  /** Ids of the same key just before and just after it in that direction, nearest first. */
  readonly lower: readonly string[];
  readonly higher: readonly string[];
  /** Where a walk this way stood, by id, when the group stopped fitting one answer. */
  readonly passed: {
    readonly id: string;
    readonly inferredFrom: InferredFrom | null;
    readonly side: 'before' | 'after';
    readonly forward: boolean;
  } | null;
}

/** The triple that the total order compares. */
export interface Place {
  readonly key: Key;
  readonly source: string;
  readonly id: string;
  /** Set if the key is not the item's own. */
  readonly inferredFrom?: InferredFrom | null | undefined;
  /** Whether it was the first, or the last, of its source's ties in list order when it was seen. */
  readonly isFirstTie?: boolean | undefined;
  readonly isLastTie?: boolean | undefined;
  readonly crowd?: CrowdPosition | undefined;
}

/** A place between two neighbours of the list, or one of its ends. */
export type Gap = 'start' | 'end' | { readonly at: Place; readonly side: 'before' | 'after' };

const toTime = (sent: string): number | undefined => {
  const time = Date.parse(sent.replace(/\s/g, ''));
  return Number.isNaN(time) ? undefined : time;
};

/**
 * A key as the API sends it, made comparable. Times may hold stray spaces. Undefined if it is missing or unreadable; a
 * name that is unreadable counts as null, as lists of names may have any order.
 */
export const toKey = (
  comparison: KeyComparison,
  sent: string | null | undefined,
): Key | undefined => {
  if (comparison === 'name') return sent ?? null;
  if (sent === null && comparison === 'time-or-null') return null;
  return sent === null || sent === undefined ? undefined : toTime(sent);
};

// UTF-16 puts surrogate pairs before U+E000..U+FFFF; code points, which databases compare, come after them.
const codePointRank = (unit: number): number =>
  unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800;

/** Compares texts by code point. */
const compareText = (left: string, right: string): number => {
  if (left === right) return 0;
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index += 1) {
    const difference = left.charCodeAt(index) - right.charCodeAt(index);
    if (difference !== 0) {
      return codePointRank(left.charCodeAt(index)) - codePointRank(right.charCodeAt(index));
    }
  }
  return left.length - right.length;
};

const compareKeysAscending = (left: Key, right: Key): number => {
  if (left === right) return 0;
  if (left === null) return -1;
  if (right === null) return 1;
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return compareText(String(left), String(right));
};

const rankTie = ({ inferredFrom }: Place): number =>
  inferredFrom === 'above' ? -1 : inferredFrom === 'below' ? 1 : 0;

const reverse = (direction: SortDirection): SortDirection =>
  direction === 'ascending' ? 'descending' : 'ascending';

/**
 * The total order as one page walks it: a page read backwards is the same walk over the mirrored order. "Ahead" and
 * "behind" are meant in the direction of the walk; gaps are those of the list, whichever way it is walked.
 */
export interface Walk {
  readonly forward: boolean;
  /** The sort direction in which lists are walked. */
  readonly direction: SortDirection;
  readonly compareKeys: (left: Key, right: Key) => number;
  readonly compareSources: (left: string, right: string) => number;
  readonly comparePlaces: (left: Place, right: Place) => number;
  readonly isAhead: (place: Place, gap: Gap) => boolean;
  /** Whether a place and every item of its source that may be listed before it, ties included, are behind the gap. */
  readonly isSafelyBehind: (place: Place, gap: Gap) => boolean;
  readonly compareGaps: (left: Gap, right: Gap) => number;
  /** The gap that a walk stands in when it has just passed a place. */
  readonly gapPast: (place: Place) => Gap;
  readonly farEnd: Gap;
  readonly nearEnd: Gap;
}

export const createWalk = (listDirection: SortDirection, forward: boolean): Walk => {
  const direction = forward ? listDirection : reverse(listDirection);
  const sign = direction === 'ascending' ? 1 : -1;
  const compareKeys = (left: Key, right: Key) => sign * compareKeysAscending(left, right);
  const compareSources = (left: string, right: string) => sign * compareText(left, right);
  const comparePlaces = (left: Place, right: Place) =>
    compareKeys(left.key, right.key) ||
    compareSources(left.source, right.source) ||
    sign * (rankTie(left) - rankTie(right)) ||
    sign * compareText(left.id, right.id);
  const farEnd = forward ? 'end' : 'start';
  const nearEnd = forward ? 'start' : 'end';
  const nearSide = forward ? 'before' : 'after';

  return {
    forward,
    direction,
    compareKeys,
    compareSources,
    comparePlaces,
    farEnd,
    nearEnd,
    gapPast: (at) => ({ at, side: forward ? 'after' : 'before' }),
    isAhead: (place, gap) => {
      if (gap === nearEnd) return true;
      if (gap === 'start' || gap === 'end') return false;
      const order = comparePlaces(place, gap.at);
      return order > 0 || (order === 0 && gap.side === nearSide);
    },
    isSafelyBehind: (place, gap) => {
      if (gap === 'start' || gap === 'end') return gap === farEnd;
      const order = compareKeys(place.key, gap.at.key);
      if (order !== 0) return order < 0;
      const bySource = compareSources(place.source, gap.at.source);
      if (bySource !== 0) return bySource < 0;
      const endsTies = forward ? gap.at.isLastTie : gap.at.isFirstTie;
      return endsTies === true && gap.side !== nearSide;
    },
    compareGaps: (left, right) => {
      if (left === right) return 0;
      if (left === nearEnd || right === farEnd) return -1;
      if (right === nearEnd || left === farEnd) return 1;
      if (typeof left === 'string' || typeof right === 'string') return 0;
      const order = comparePlaces(left.at, right.at);
      if (order !== 0 || left.side === right.side) return order;
      return left.side === nearSide ? -1 : 1;
    },
  };
};

// Sorts before, and after, every source: no platform's name is empty or holds U+10FFFF.
const lowestSource = '';
const highestSource = '\u{10ffff}';

/** The gaps at the ends of a key range in list order. */
export const rangeGaps = (
  range: KeyRange | undefined,
  order: FeedOrder,
): { readonly low: Gap; readonly high: Gap } => {
  const { after = null, before = null } = range ?? {};
  if (after === null && before === null) return { low: 'start', high: 'end' };
  const ascending = order.direction === 'ascending';
  // Without a lower bound the range begins past the nulls, which sort below every key.
  const keyOf = (bound: string | null): Key => (bound === null ? null : (toTime(bound) ?? null));
  const afterKeys = { key: keyOf(after), source: highestSource, id: '' };
  const beforeKeys = { key: keyOf(before), source: lowestSource, id: '' };
  const early: Gap = { at: afterKeys, side: ascending ? 'after' : 'before' };
  const late: Gap = { at: beforeKeys, side: ascending ? 'before' : 'after' };
  if (ascending) return { low: early, high: before === null ? 'end' : late };
  return { low: before === null ? 'start' : late, high: early };
};
