import type { SortDirection } from '../domain/list.ts';
import type { Neighbours } from './neighbours.ts';
import { neighboursOf } from './neighbours.ts';
import type { Gap, Walk } from './order.ts';
import type { SeenItem } from './view.ts';

/**
 * Where a gap was in a source's list. It tells only where to look first: what is found there is checked against the
 * gap, so that a wrong hint costs calls and nothing else.
 */
export interface Hint {
  /** The sort direction that the positions count in. */
  readonly direction: SortDirection;
  /** Items listed before the gap. */
  readonly position: number;
  /** How many positions down and up the list it takes to see an item that is not among the gap's ties. */
  readonly lower: number;
  readonly higher: number;
  readonly totalCount: number | null;
  /** The largest limit that the API applied where it refused a larger one. */
  readonly clamp: number | null;
  /** What was listed beside the gap; kept for names only, whose collation is the API's. */
  readonly neighbours: Neighbours | null;
  readonly isForeign: boolean;
}

/**
 * No list is taken to be longer. Whoever alters a cursor could otherwise have the API asked for any page, and each hint
 * that is wrong costs calls.
 */
export const mostPositions = 10_000_000;

/** The span from a border to the nearest items off the gap's ties, as numbers of positions. */
const measureTies = <Node>(
  known: readonly SeenItem<Node>[],
  border: number,
  position: number,
  walk: Walk,
  gap: Gap,
): { readonly behind: number; readonly ahead: number } => {
  if (gap === 'start' || gap === 'end') return { behind: 0, ahead: 1 };
  if (gap.at.crowd !== undefined) return { behind: 3, ahead: 3 };
  let nearest = border - 1;
  while (nearest > 0) {
    const item = known[nearest];
    if (item === undefined) break;
    const isTie = item.place.key === gap.at.key && !walk.isSafelyBehind(item.place, gap);
    // The key of such an item can be inferred only if the view holds the item that has the key.
    if (!isTie && !item.place.inferredFrom) break;
    nearest -= 1;
  }
  let next = border;
  while (known[next]?.place.key === gap.at.key && next < known.length) next += 1;
  return {
    behind: position - (known[nearest]?.position ?? position),
    ahead: (known[next - 1]?.position ?? position - 1) + 2 - position,
  };
};

/** What a lane can tell of a border among the items it knows, where it is that of `gap`. */
export const hintAt = <Node>(
  known: readonly SeenItem<Node>[],
  border: number,
  emptyPosition: number,
  walk: Walk,
  gap: Gap,
  list: Pick<Hint, 'direction' | 'totalCount' | 'clamp' | 'isForeign'> & {
    readonly keepsNeighbours: boolean;
  },
): Hint => {
  const along = list.direction === walk.direction;
  const previous = known[border - 1];
  const position = known[border]?.position ?? (previous ? previous.position + 1 : emptyPosition);
  const { behind, ahead } = measureTies(known, border, position, walk, gap);
  return {
    direction: list.direction,
    position: Math.max(0, along ? position : -position),
    lower: Math.max(0, along ? behind : ahead),
    higher: Math.max(0, along ? ahead : behind),
    totalCount: list.totalCount,
    clamp: list.clamp,
    neighbours: list.keepsNeighbours ? neighboursOf(known, border, along) : null,
    isForeign: list.isForeign,
  };
};
