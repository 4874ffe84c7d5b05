import type { Boundary, Key } from '../position.ts';
import type { Traversal } from '../traversal.ts';
import { describeOversizedTies, oversizedTiesAt } from './oversized-ties.ts';
import type { ListedItem, PageView } from './page-view.ts';
import type { SourceTraversal } from './source-traversal.ts';

/** The number of items at the front of a view whose tie groups end within the view. */
const countWholeTies = <Node>(view: PageView<Node>): number => {
  const last = view.items.at(-1);
  if (view.atEnd || last === undefined) return view.items.length;
  return view.items.findLastIndex(({ position }) => position.key !== last.position.key) + 1;
};

/** Splits items into their tie groups, arranges each group, and joins them again. */
const arrangeTies = <Node>(
  items: readonly ListedItem<Node>[],
  arrange: (group: ListedItem<Node>[], isFirst: boolean) => readonly ListedItem<Node>[],
): readonly ListedItem<Node>[] => {
  const arranged: ListedItem<Node>[] = [];
  for (let start = 0; start < items.length; ) {
    const key = items[start]?.position.key;
    let end = start + 1;
    while (end < items.length && items[end]?.position.key === key) end += 1;
    arranged.push(...arrange(items.slice(start, end), start === 0));
    start = end;
  }
  return arranged;
};

/** Sorts a tie group by id. `isWhole` is false if the group may begin before the view, so that its first is unknown. */
const sortTies = <Node>(
  group: ListedItem<Node>[],
  traversal: Traversal,
  isWhole: boolean,
): readonly ListedItem<Node>[] => {
  const offsets = group.map(({ offset }) => offset);
  group.sort((left, right) => traversal.comparePositions(left.position, right.position));
  return group.map((item, index) => {
    const isNearest = isWhole && index === 0;
    const isFarthest = index === group.length - 1;
    const isFirstTie = traversal.forward ? isNearest : isFarthest;
    const isLastTie = traversal.forward ? isFarthest : isNearest;
    const { key, source, id, inferredFrom } = item.position;
    return {
      node: item.node,
      lacksKey: item.lacksKey,
      position: { key, source, id, inferredFrom, isFirstTie, isLastTie },
      // As if the list had them in this order: offsets must grow along the items.
      offset: offsets[index] ?? item.offset,
    };
  });
};

export interface ArrangedView<Node> {
  /** The view's items in our order. */
  readonly items: readonly ListedItem<Node>[];
  /** The number of items at the front whose order is certain. */
  readonly certain: number;
  readonly endsInOversizedTies: boolean;
}

/**
 * Sorts each tie group of a view by id. Two groups keep the order of the list: the oversized one that the boundary
 * stands in, and the one at the view's end if `oversizedTies` names it.
 */
export const arrangeView = <Node>(
  view: PageView<Node>,
  sourceTraversal: SourceTraversal,
  boundary: Boundary,
  oversizedTies: { readonly key: Key } | null,
): ArrangedView<Node> => {
  const { traversal, source } = sourceTraversal;
  const whole = countWholeTies(view);
  const own = oversizedTiesAt(boundary, source);
  const last = view.items.at(-1);
  const isTailOversized =
    oversizedTies !== null && whole < view.items.length && last?.position.key === oversizedTies.key;
  const keepsListOrder = ({ position: { key } }: ListedItem<Node>) =>
    (own !== null && key === own.at.key) || (isTailOversized && key === oversizedTies.key);
  const items = arrangeTies(view.items, (group, isFirst) => {
    const first = group[0];
    if (first !== undefined && keepsListOrder(first)) {
      return describeOversizedTies(group, sourceTraversal, boundary);
    }
    return sortTies(group, traversal, view.atStart || !isFirst);
  });
  const endsInOversizedTies = last !== undefined && whole < items.length && keepsListOrder(last);
  return { items, certain: endsInOversizedTies ? items.length : whole, endsInOversizedTies };
};
