import type { Boundary, Key } from '../position.ts';
import type { Traversal } from '../traversal.ts';
import { type BoundaryIndex, locateBetween, type Neighbours } from './neighbours.ts';
import { locateInOversizedTies, oversizedTiesAt } from './oversized-ties.ts';
import type { ListedItem, PageView } from './page-view.ts';
import type { SourceTraversal } from './source-traversal.ts';
import { arrangeView } from './tie-groups.ts';

/** What was beside a boundary when it was last seen, and where it was. */
export interface NeighbourHint {
  readonly neighbours: Neighbours;
  /** A traversal offset. */
  readonly offset: number;
}

/** A boundary that is looked for in a view, and what is known of it. */
export interface BoundaryQuery {
  readonly boundary: Boundary;
  /** Whether one item behind the boundary is not enough proof: its key may be wrong. */
  readonly needsTwoBehind: boolean;
  /** The tie group at the view's end, if no answer holds it as a whole. It keeps the order of the list. */
  readonly oversizedTies: { readonly key: Key } | null;
  /** Set if the list's collation is unknown: the boundary is then located by its neighbours. */
  readonly neighbourHint: NeighbourHint | null;
}

/** The boundary lies in the view, and a whole tie group or the end of the list is ahead of it. */
export interface BoundaryFound<Node> {
  readonly kind: 'found';
  /** In our order, from the start of the view to the end of the last whole tie group. */
  readonly items: readonly ListedItem<Node>[];
  /** The index of the first item ahead of the boundary, or the number of items if there is none. */
  readonly boundaryIndex: number;
  /** The items of a tie group whose end is not in the view. It is not known which of them comes first. */
  readonly incompleteTies: readonly ListedItem<Node>[];
  /** Whether the last item belongs to an oversized tie group that may go on. */
  readonly endsInOversizedTies: boolean;
}

/**
 * The view does not show the boundary with a whole tie group ahead of it:
 * - `overshot`: the view lies ahead of the boundary.
 * - `undershot`: the view lies behind the boundary.
 * - `starts-in-ties`: the view starts inside a tie group that must be seen from its first item.
 * - `ends-in-ties`: the view ends inside a tie group that must be seen to its last item.
 * - `no-neighbour`: the view shows the boundary's oversized tie group, but no neighbour of the boundary.
 */
export interface BoundaryMissed {
  readonly kind: 'overshot' | 'undershot' | 'starts-in-ties' | 'ends-in-ties' | 'no-neighbour';
  /** The offset of the last item that is safely behind the boundary. */
  readonly lastSafeOffset: number | null;
}

const firstAhead = <Node>(
  items: readonly ListedItem<Node>[],
  traversal: Traversal,
  boundary: Boundary,
): number => {
  const index = items.findIndex(({ position }) => traversal.isAhead(position, boundary));
  return index === -1 ? items.length : index;
};

/** Whether the first items prove that nothing ahead of the boundary is listed before them. */
const startsBehind = <Node>(
  items: readonly ListedItem<Node>[],
  { traversal, source }: SourceTraversal,
  boundary: Boundary,
  needsTwoBehind: boolean,
): boolean => {
  const [first, second] = items;
  if (first === undefined || !traversal.isSafelyBehind(first.position, boundary)) return false;
  if (!needsTwoBehind || typeof boundary === 'string' || second === undefined) return true;
  const isAnchor = boundary.at.id === first.position.id && boundary.at.source === source;
  return isAnchor || traversal.isSafelyBehind(second.position, boundary);
};

const locateByOrder = <Node>(
  items: readonly ListedItem<Node>[],
  view: PageView<Node>,
  sourceTraversal: SourceTraversal,
  { boundary, needsTwoBehind }: BoundaryQuery,
): BoundaryIndex | BoundaryMissed['kind'] => {
  if (!view.atStart && !startsBehind(items, sourceTraversal, boundary, needsTwoBehind)) {
    return 'overshot';
  }
  return { index: firstAhead(items, sourceTraversal.traversal, boundary), isSure: true };
};

// Each view sorts its ties anew, so a neighbour's place within its tie group shows nothing. If the neighbour is behind
// the boundary, so is its whole group. If it is ahead, its whole group is ahead.
const moveOffTies = <Node>(
  items: readonly ListedItem<Node>[],
  index: number,
  isNeighbourBehind: boolean,
): number => {
  const key = items[isNeighbourBehind ? index - 1 : index]?.position.key;
  const isTie = ({ position }: ListedItem<Node>) => position.key === key;
  if (index === items.length) return index;
  if (!isNeighbourBehind) return items.findIndex(isTie);
  const rest = items.slice(index).findIndex((item) => !isTie(item));
  return rest === -1 ? items.length : index + rest;
};

const locateByOffset = <Node>(
  items: readonly ListedItem<Node>[],
  { span, atStart, atEnd }: PageView<Node>,
  offset: number,
): BoundaryIndex | 'overshot' | 'undershot' => {
  if (offset < span.start && !atStart) return 'overshot';
  if (offset > span.end && !atEnd) return 'undershot';
  const next = items.findIndex((item) => item.offset >= offset);
  return { index: next === -1 ? items.length : next, isSure: true };
};

/** Locates a boundary by its neighbours, and by its offset if none of them is listed. */
const locateByNeighbours = <Node>(
  items: readonly ListedItem<Node>[],
  view: PageView<Node>,
  sourceTraversal: SourceTraversal,
  boundary: Boundary,
  { neighbours, offset }: NeighbourHint,
): BoundaryIndex | BoundaryMissed['kind'] => {
  const { source, traversal, isReversed } = sourceTraversal;
  const between = locateBetween(items, neighbours, sourceTraversal, view);
  if (between === 'overshot') return between;
  if (between === null) return locateByOffset(items, view, offset);
  const { index, isSure } = between;
  const last = items[index - 1]?.position;
  if (last === undefined) return between;
  const isOwnTie =
    typeof boundary !== 'string' && boundary.at.source === source && boundary.at.key === last.key;
  if (!isOwnTie) {
    const behind = isReversed ? neighbours.higher : neighbours.lower;
    return { index: moveOffTies(items, index, behind.includes(last.id)), isSure };
  }
  // Among its own ties a boundary is found by id. For that, the view must hold them from the first one on.
  const isWhole = view.atStart || last.key !== items[0]?.position.key;
  if (!isWhole && !traversal.isSafelyBehind(last, boundary)) return 'starts-in-ties';
  const start = items.findIndex(({ position }) => position.key === last.key);
  const ties = items.slice(start, moveOffTies(items, index, true));
  return { index: start + firstAhead(ties, traversal, boundary), isSure };
};

/** Looks for a boundary in a view, and for what is ahead of it. */
export const locateBoundary = <Node>(
  view: PageView<Node>,
  sourceTraversal: SourceTraversal,
  query: BoundaryQuery,
): BoundaryFound<Node> | BoundaryMissed => {
  const { boundary, oversizedTies, neighbourHint } = query;
  const { items, certain, endsInOversizedTies } = arrangeView(
    view,
    sourceTraversal,
    boundary,
    oversizedTies,
  );
  const last = view.items.at(-1);

  const inOversizedTies = locateInOversizedTies(items, sourceTraversal, boundary, view);
  const isInOversizedTies = inOversizedTies !== 'none';
  let located: BoundaryIndex | BoundaryMissed['kind'];
  if (isInOversizedTies) located = inOversizedTies;
  else if (neighbourHint !== null) {
    located = locateByNeighbours(items, view, sourceTraversal, boundary, neighbourHint);
  } else located = locateByOrder(items, view, sourceTraversal, query);

  const isTie = ({ position }: ListedItem<Node>) =>
    typeof boundary !== 'string' && position.key === boundary.at.key;
  // An inferred key is not safe: the next view may infer another one.
  const isSafe = ({ position }: ListedItem<Node>) =>
    !position.inferredFrom && sourceTraversal.traversal.isSafelyBehind(position, boundary);
  if (typeof located === 'string') {
    const safe = isInOversizedTies ? last : items.findLast(isSafe);
    return { kind: located, lastSafeOffset: safe?.offset ?? null };
  }
  const boundaryIndex = located.index;
  // If the tie group is oversized, no other view shows more of it.
  const isSure = located.isSure || oversizedTies !== null;
  if (isSure && (boundaryIndex < certain || view.atEnd)) {
    const known = Math.max(boundaryIndex, certain);
    return {
      kind: 'found',
      items: items.slice(0, known),
      boundaryIndex,
      incompleteTies: items.slice(known),
      endsInOversizedTies,
    };
  }
  const behind = items.slice(0, boundaryIndex);
  let safe: ListedItem<Node> | undefined;
  if (isInOversizedTies) safe = behind.at(-1);
  else if (neighbourHint === null) safe = items.findLast(isSafe);
  else safe = behind.findLast((item) => !isTie(item) || isSafe(item));
  // If the boundary's ties go on beyond the view, those ahead of it may be listed last.
  const endsInTies =
    boundaryIndex < items.length || (!isInOversizedTies && last !== undefined && isTie(last));
  return {
    kind: endsInTies ? 'ends-in-ties' : 'undershot',
    lastSafeOffset: safe?.offset ?? null,
  };
};

/** The number of a found view's items that lie before the boundary at which a traversal ends. */
export const countBeforeBoundary = <Node>(
  items: readonly ListedItem<Node>[],
  sourceTraversal: SourceTraversal,
  boundary: Boundary,
  neighbours: Neighbours | null,
): number => {
  const whole = { atStart: true, atEnd: true };
  const inOversizedTies = locateInOversizedTies(items, sourceTraversal, boundary, whole);
  if (typeof inOversizedTies === 'object') return inOversizedTies.index;
  const own = oversizedTiesAt(boundary, sourceTraversal.source);
  if (own !== null && inOversizedTies !== 'none') {
    const isOwn = ({ position }: ListedItem<Node>) => position.key === own.at.key;
    return inOversizedTies === 'overshot' ? items.findIndex(isOwn) : items.findLastIndex(isOwn) + 1;
  }
  const between = neighbours && locateBetween(items, neighbours, sourceTraversal, whole);
  if (typeof between === 'object' && between !== null) return between.index;
  return firstAhead(items, sourceTraversal.traversal, boundary);
};
