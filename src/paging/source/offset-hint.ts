import type { SortDirection } from '../../domain/list.ts';
import type { Boundary } from '../position.ts';
import type { Traversal } from '../traversal.ts';
import { type Neighbours, neighboursOf } from './neighbours.ts';
import type { ListedItem } from './page-view.ts';
import { mirrorOffset } from './source-traversal.ts';

/**
 * Where a boundary was in a source's list. A hint tells where to look first and proves nothing: what is found there is
 * compared with the boundary. A wrong hint costs calls and has no other effect.
 */
export interface OffsetHint {
  /** The sort direction in which the offset counts. */
  readonly direction: SortDirection;
  /** Items that the list had before the boundary, in `direction`. This is the list's offset, never negative. */
  readonly offset: number;
  /** How many offsets down and up the list reach the nearest item that is not among the boundary's ties. */
  readonly lower: number;
  readonly higher: number;
  readonly totalCount: number | null;
  /** The largest limit that the API applied, if it refused a larger one. */
  readonly clamp: number | null;
  /** The ids beside the boundary. Only kept if the list is sorted by name: it may come in another collation. */
  readonly neighbours: Neighbours | null;
  /** As in SourceReader. */
  readonly isCollationUnknown: boolean;
}

/**
 * Offsets in hints are cut to this. Otherwise somebody who alters a cursor could make the gateway ask the API for any
 * page, and each wrong hint costs calls.
 */
export const largestOffset = 10_000_000;

/** The distances from a boundary to the nearest items, behind and ahead, that are not among its ties. */
const measureTies = <Node>(
  known: readonly ListedItem<Node>[],
  boundaryIndex: number,
  offset: number,
  traversal: Traversal,
  boundary: Boundary,
): { readonly behind: number; readonly ahead: number } => {
  if (boundary === 'start' || boundary === 'end') return { behind: 0, ahead: 1 };
  const { at } = boundary;
  // An oversized tie group is not measured: the boundary is found by its neighbours.
  if (at.oversizedTies !== undefined) return { behind: 3, ahead: 3 };
  let nearest = boundaryIndex - 1;
  while (nearest > 0) {
    const item = known[nearest];
    if (item === undefined) break;
    const { position } = item;
    const isTie = position.key === at.key && !traversal.isSafelyBehind(position, boundary);
    // An inferred key is inferred again only if the view shows the item that has the key.
    if (!isTie && !position.inferredFrom) break;
    nearest -= 1;
  }
  let next = boundaryIndex;
  while (known[next]?.position.key === at.key && next < known.length) next += 1;
  return {
    behind: offset - (known[nearest]?.offset ?? offset),
    ahead: (known[next - 1]?.offset ?? offset - 1) + 2 - offset,
  };
};

/** What a hint says of the list as a whole. */
type ListTraits = Pick<OffsetHint, 'direction' | 'totalCount' | 'clamp' | 'isCollationUnknown'> & {
  readonly keepsNeighbours: boolean;
};

/**
 * Creates the hint of a boundary that lies among known items: `boundaryIndex` is the index of the first item ahead of
 * it. `emptyOffset` is the boundary's traversal offset if there are no items.
 */
export const createOffsetHint = <Node>(
  known: readonly ListedItem<Node>[],
  boundaryIndex: number,
  emptyOffset: number,
  traversal: Traversal,
  boundary: Boundary,
  list: ListTraits,
): OffsetHint => {
  const mirroring = { isReversed: list.direction !== traversal.direction };
  const previous = known[boundaryIndex - 1];
  const offset = known[boundaryIndex]?.offset ?? (previous ? previous.offset + 1 : emptyOffset);
  const { behind, ahead } = measureTies(known, boundaryIndex, offset, traversal, boundary);
  const [lower, higher] = mirroring.isReversed ? [ahead, behind] : [behind, ahead];
  return {
    direction: list.direction,
    offset: Math.max(0, mirrorOffset(mirroring, offset)),
    lower: Math.max(0, lower),
    higher: Math.max(0, higher),
    totalCount: list.totalCount,
    clamp: list.clamp,
    neighbours: list.keepsNeighbours ? neighboursOf(known, boundaryIndex, mirroring) : null,
    isCollationUnknown: list.isCollationUnknown,
  };
};
