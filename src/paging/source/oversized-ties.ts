import type { Boundary, OversizedTies, Position } from '../position.ts';
import { type BoundaryIndex, type Ends, locateBetween, neighboursOf } from './neighbours.ts';
import type { ListedItem } from './page-view.ts';
import type { SourceTraversal } from './source-traversal.ts';

/** A boundary's position, and the oversized tie group that it stands in. */
interface BoundaryTies {
  readonly at: Position;
  readonly ties: OversizedTies;
}

/** The oversized tie group of this source that a boundary stands in, if any. */
export const oversizedTiesAt = (boundary: Boundary, source: string): BoundaryTies | null => {
  if (boundary === 'start' || boundary === 'end') return null;
  const { at } = boundary;
  if (at.oversizedTies === undefined || at.source !== source) return null;
  return { at, ties: at.oversizedTies };
};

/**
 * Finds a boundary that stands in an oversized tie group. Returns `none` if the boundary stands in none, or if the
 * group is not among the items. If the group is, but no neighbour of the boundary, returns the side of the boundary
 * that the items are on: `overshot` (ahead of it), `undershot` (behind it), or `no-neighbour` if they may be on either
 * side.
 */
export const locateInOversizedTies = <Node>(
  items: readonly ListedItem<Node>[],
  sourceTraversal: SourceTraversal,
  boundary: Boundary,
  { atStart, atEnd }: Ends,
): BoundaryIndex | 'none' | 'no-neighbour' | 'overshot' | 'undershot' => {
  const own = oversizedTiesAt(boundary, sourceTraversal.source);
  if (own === null) return 'none';
  const { at, ties } = own;
  const start = items.findIndex(({ position }) => position.key === at.key);
  if (start === -1) return 'none';
  const end = items.findLastIndex(({ position }) => position.key === at.key) + 1;
  const { traversal, isReversed } = sourceTraversal;
  const { lower, higher } = ties;
  const neighbours =
    traversal.isAhead(at, boundary) === isReversed
      ? { lower: [at.id, ...lower], higher }
      : { lower, higher: [at.id, ...higher] };
  // Only items of the group count. A neighbour whose key has changed stands elsewhere and shows nothing.
  const found = locateBetween(items.slice(start, end), neighbours, sourceTraversal, {
    atStart: atStart || start > 0,
    atEnd: atEnd || end < items.length,
  });
  if (found === 'overshot') return found;
  if (found !== null) return { ...found, index: start + found.index };
  if (start > 0 === end < items.length) return 'no-neighbour';
  return start > 0 ? 'undershot' : 'overshot';
};

/**
 * Whether the ids beside a boundary in an oversized tie group are listed in another order than before. A list that does
 * that breaks the premise of paging: items of the group can be missed or returned twice.
 */
export const isReordered = <Node>(
  items: readonly ListedItem<Node>[],
  { source, isReversed }: SourceTraversal,
  boundary: Boundary,
): boolean => {
  const own = oversizedTiesAt(boundary, source);
  if (own === null) return false;
  const { lower, higher } = own.ties;
  const ids = [...lower.toReversed(), own.at.id, ...higher];
  const indices = (isReversed ? ids.toReversed() : ids)
    .map((id) => items.findIndex(({ position }) => position.id === id))
    .filter((index) => index !== -1);
  return indices.some((index, place) => index < (indices[place - 1] ?? 0));
};

/** The boundary by id that the traversal had reached in this tie group, if it had entered the group. */
const passedById = (
  boundary: Boundary,
  { traversal, source }: SourceTraversal,
  key: Position['key'],
): OversizedTies['passed'] => {
  if (boundary === 'start' || boundary === 'end') return null;
  const { at, side } = boundary;
  if (at.source !== source || at.key !== key) return null;
  if (at.oversizedTies !== undefined) return at.oversizedTies.passed;
  return { id: at.id, inferredFrom: at.inferredFrom ?? null, side, forward: traversal.forward };
};

/**
 * Adds to each item of an oversized tie group the ids beside it, by which the item is found again. If the traversal had
 * entered the group while it still fitted one answer, the items that it had returned then are marked.
 */
export const describeOversizedTies = <Node>(
  group: readonly ListedItem<Node>[],
  sourceTraversal: SourceTraversal,
  boundary: Boundary,
): readonly ListedItem<Node>[] => {
  const { traversal, source, direction, isReversed } = sourceTraversal;
  const key = group[0]?.position.key ?? null;
  const passed = passedById(boundary, sourceTraversal, key);
  const past: Boundary | null = passed && { at: { ...passed, key, source }, side: passed.side };
  return group.map((item, index) => {
    // The ids before the item, and those after it, in the direction of the request; the item itself is in neither.
    const { lower } = neighboursOf(group, isReversed ? index + 1 : index, sourceTraversal);
    const { higher } = neighboursOf(group, isReversed ? index : index + 1, sourceTraversal);
    const isReturned =
      past !== null &&
      passed?.forward === traversal.forward &&
      !traversal.isAhead(item.position, past);
    const oversizedTies = { direction, lower, higher, passed };
    return { ...item, isReturned, position: { ...item.position, oversizedTies } };
  });
};
