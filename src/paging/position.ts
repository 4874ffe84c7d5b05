import type { SortDirection } from '../domain/list.ts';
import type { KeyComparison } from './types.ts';

/** A sort key in a comparable form: milliseconds for times, text for names. Null sorts first. */
export type Key = number | string | null;

/**
 * The neighbour whose key an item takes if its own key is missing or contradicts the list: the next item above or below
 * in ascending order. An item with an inferred key sorts directly below (or above) the items that have the key.
 */
export type InferredFrom = 'above' | 'below';

/**
 * Where an item stands in an oversized tie group: one that does not fit one answer. Such a group cannot be sorted by
 * id, so its items keep the order of the list. An item of it is found again by its own id or by the ids beside it.
 */
export interface OversizedTies {
  /** The sort direction in which the group is read. */
  readonly direction: SortDirection;
  /** Ids of the group listed just before and just after the item in that direction, nearest first. */
  readonly lower: readonly string[];
  readonly higher: readonly string[];
  /**
   * Set if the traversal was already inside the group, sorted by id, when the group stopped fitting one answer: the
   * boundary by id that it had reached. Items on its near side were returned before.
   */
  readonly passed: {
    readonly id: string;
    readonly inferredFrom: InferredFrom | null;
    readonly side: 'before' | 'after';
    readonly forward: boolean;
  } | null;
}

/** The triple (sort key, source, id) that the total order compares. */
export interface Position {
  readonly key: Key;
  readonly source: string;
  readonly id: string;
  /** Set if the key is not the item's own. */
  readonly inferredFrom?: InferredFrom | null | undefined;
  /** Whether the item was the first, or the last, of its source's tie group in list order when it was read. */
  readonly isFirstTie?: boolean | undefined;
  readonly isLastTie?: boolean | undefined;
  readonly oversizedTies?: OversizedTies | undefined;
}

/** A point between two items of the merged order, or one of its ends. `side` is meant in list order. */
export type Boundary =
  | 'start'
  | 'end'
  | { readonly at: Position; readonly side: 'before' | 'after' };

/** A time as the API sends it, in milliseconds since 1970; undefined if it cannot be read. */
export const toTime = (sent: string): number | undefined => {
  // The API is known to send stray spaces in dates.
  const time = Date.parse(sent.replace(/\s/g, ''));
  return Number.isNaN(time) ? undefined : time;
};

/**
 * Makes a key comparable. Returns undefined if a time is missing or unreadable. An unreadable name counts as null:
 * lists of names may be in any order, so no key can be inferred from it.
 */
export const toKey = (
  comparison: KeyComparison,
  sent: string | null | undefined,
): Key | undefined => {
  if (comparison === 'name') return sent ?? null;
  if (sent === null && comparison === 'time-or-null') return null;
  return sent === null || sent === undefined ? undefined : toTime(sent);
};

/** The key of one end of a KeyRange; null if the range is open there. */
export const toRangeKey = (bound: string | null): Key =>
  bound === null ? null : (toTime(bound) ?? null);

// In UTF-16, surrogate pairs sort before U+E000..U+FFFF. By code point, which databases compare, they sort after.
const codePointRank = (unit: number): number =>
  unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800;

/** Compares texts by code point. */
export const compareText = (left: string, right: string): number => {
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

/** Compares keys in ascending order; null is the lowest. */
export const compareKeys = (left: Key, right: Key): number => {
  if (left === right) return 0;
  if (left === null) return -1;
  if (right === null) return 1;
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return compareText(String(left), String(right));
};

const rankTie = ({ inferredFrom }: Position): number =>
  inferredFrom === 'above' ? -1 : inferredFrom === 'below' ? 1 : 0;

/** Compares the part of two positions that follows key and source, in ascending order. */
export const compareTies = (left: Position, right: Position): number =>
  rankTie(left) - rankTie(right) || compareText(left.id, right.id);
