import type { SortDirection } from '../domain/list.ts';
import {
  type Boundary,
  compareKeys,
  compareText,
  compareTies,
  type Key,
  type Position,
  toRangeKey,
} from './position.ts';
import type { ConnectionOrder, KeyRange } from './types.ts';

const reverse = (direction: SortDirection): SortDirection =>
  direction === 'ascending' ? 'descending' : 'ascending';

/**
 * The order as one page walks it. A page that is read backward is the same traversal over the mirrored order. "Ahead"
 * and "behind" are meant in the direction of the traversal. Boundaries are always meant in list order.
 */
export interface Traversal {
  readonly forward: boolean;
  /** The sort direction of the traversal: that of the list, or its reverse if the page is read backward. */
  readonly direction: SortDirection;
  readonly compareKeys: (left: Key, right: Key) => number;
  readonly compareSources: (left: string, right: string) => number;
  readonly comparePositions: (left: Position, right: Position) => number;
  readonly isAhead: (position: Position, boundary: Boundary) => boolean;
  /**
   * Whether a position is behind the boundary, together with every item of its source that may be listed before it.
   * Ties may be listed in any order, so an item with the boundary's own key is safe only if it belongs to another
   * source, or if the boundary follows the last tie.
   */
  readonly isSafelyBehind: (position: Position, boundary: Boundary) => boolean;
  readonly compareBoundaries: (left: Boundary, right: Boundary) => number;
  /** The boundary that the traversal has reached when it has just passed a position. */
  readonly boundaryPast: (position: Position) => Boundary;
  readonly farEnd: Boundary;
  readonly nearEnd: Boundary;
}

/** Creates the traversal of a list in this order: forward, or backward from its end. */
export const createTraversal = (listDirection: SortDirection, forward: boolean): Traversal => {
  const direction = forward ? listDirection : reverse(listDirection);
  const sign = direction === 'ascending' ? 1 : -1;
  const compareKeysAhead = (left: Key, right: Key) => sign * compareKeys(left, right);
  const compareSources = (left: string, right: string) => sign * compareText(left, right);
  const comparePositions = (left: Position, right: Position) =>
    compareKeysAhead(left.key, right.key) ||
    compareSources(left.source, right.source) ||
    sign * compareTies(left, right);
  const farEnd = forward ? 'end' : 'start';
  const nearEnd = forward ? 'start' : 'end';
  const nearSide = forward ? 'before' : 'after';
  const farSide = forward ? 'after' : 'before';

  return {
    forward,
    direction,
    compareKeys: compareKeysAhead,
    compareSources,
    comparePositions,
    farEnd,
    nearEnd,
    boundaryPast: (at) => ({ at, side: farSide }),
    isAhead: (position, boundary) => {
      if (boundary === nearEnd) return true;
      if (boundary === 'start' || boundary === 'end') return false;
      const order = comparePositions(position, boundary.at);
      return order > 0 || (order === 0 && boundary.side === nearSide);
    },
    isSafelyBehind: (position, boundary) => {
      if (boundary === 'start' || boundary === 'end') return boundary === farEnd;
      const byKey = compareKeysAhead(position.key, boundary.at.key);
      if (byKey !== 0) return byKey < 0;
      const bySource = compareSources(position.source, boundary.at.source);
      if (bySource !== 0) return bySource < 0;
      const endsTies = forward ? boundary.at.isLastTie : boundary.at.isFirstTie;
      return endsTies === true && boundary.side !== nearSide;
    },
    compareBoundaries: (left, right) => {
      if (left === right) return 0;
      if (left === nearEnd || right === farEnd) return -1;
      if (right === nearEnd || left === farEnd) return 1;
      if (typeof left === 'string' || typeof right === 'string') return 0;
      const order = comparePositions(left.at, right.at);
      if (order !== 0 || left.side === right.side) return order;
      return left.side === nearSide ? -1 : 1;
    },
  };
};

// These sort before and after every source: no source has an empty key, or one that holds U+10FFFF.
const lowestSource = '';
const highestSource = '\u{10ffff}';

/** The boundaries at the ends of a key range, in list order. */
export const rangeBoundaries = (
  range: KeyRange | undefined,
  order: ConnectionOrder,
): { readonly low: Boundary; readonly high: Boundary } => {
  const { after = null, before = null } = range ?? {};
  if (after === null && before === null) return { low: 'start', high: 'end' };
  const ascending = order.direction === 'ascending';
  // Without `after`, the range begins past the nulls, which sort below every key.
  const pastAfter = { key: toRangeKey(after), source: highestSource, id: '' };
  const atBefore = { key: toRangeKey(before), source: lowestSource, id: '' };
  const early: Boundary = { at: pastAfter, side: ascending ? 'after' : 'before' };
  const late: Boundary = { at: atBefore, side: ascending ? 'before' : 'after' };
  if (ascending) return { low: early, high: before === null ? 'end' : late };
  return { low: before === null ? 'start' : late, high: early };
};
