import type { ListedItem, PageView } from './page-view.ts';
import type { SourceTraversal } from './source-traversal.ts';

/**
 * The ids listed just before (`lower`) and just after (`higher`) a boundary, in the direction in which the list is
 * requested, nearest first. They find a boundary again if the order of keys cannot.
 */
export interface Neighbours {
  readonly lower: readonly string[];
  readonly higher: readonly string[];
}

const neighbourCount = 2;

/** The ids beside a boundary. `boundaryIndex` is the index of the first item ahead of it. */
export const neighboursOf = <Node>(
  items: readonly ListedItem<Node>[],
  boundaryIndex: number,
  { isReversed }: Pick<SourceTraversal, 'isReversed'>,
): Neighbours => {
  const ids = (start: number, end: number) =>
    items.slice(Math.max(0, start), Math.max(0, end)).map(({ position }) => position.id);
  const behind = ids(boundaryIndex - neighbourCount, boundaryIndex).reverse();
  const ahead = ids(boundaryIndex, boundaryIndex + neighbourCount);
  return isReversed ? { lower: ahead, higher: behind } : { lower: behind, higher: ahead };
};

/** Whether nothing is listed behind, or ahead of, the items. */
export type Ends = Pick<PageView<unknown>, 'atStart' | 'atEnd'>;

/** Where a boundary lies among items. */
export interface BoundaryIndex {
  /** The index of the first item ahead of the boundary. */
  readonly index: number;
  /** False if a nearer neighbour of the boundary may be listed ahead of the items. */
  readonly isSure: boolean;
}

// Items may be inserted between a boundary and its nearest neighbour. If at least this number of items lies between a
// neighbour and the end of a view, no nearer neighbour is expected beyond the view.
const mostInserted = 3;

/**
 * Finds a boundary by its neighbours. One of them is enough, so the others may be deleted. Returns `overshot` if a
 * nearer neighbour may be listed behind the items, and null if no neighbour is among them.
 */
export const locateBetween = <Node>(
  items: readonly ListedItem<Node>[],
  { lower, higher }: Neighbours,
  { isReversed }: Pick<SourceTraversal, 'isReversed'>,
  { atStart, atEnd }: Ends,
): BoundaryIndex | 'overshot' | null => {
  const indices = new Map(items.map(({ position }, index) => [position.id, index]));
  const nearestListed = (ids: readonly string[]) => ids.findIndex((id) => indices.has(id));
  const [behind, ahead] = isReversed ? [higher, lower] : [lower, higher];
  const nearestBehind = nearestListed(behind);
  const nearestAhead = nearestListed(ahead);
  const last = indices.get(behind[nearestBehind] ?? '');
  const next = indices.get(ahead[nearestAhead] ?? '');
  if (last !== undefined) {
    const isCovered = atEnd || items.length - 1 - last >= mostInserted;
    return { index: last + 1, isSure: nearestBehind === 0 || next !== undefined || isCovered };
  }
  if (next === undefined) return null;
  const isCovered = atStart || next >= mostInserted;
  return nearestAhead === 0 || isCovered ? { index: next, isSure: true } : 'overshot';
};
