import { ContractBrokenError } from '../domain/errors.ts';
import type { ListPage, SortDirection } from '../domain/list.ts';
import type { FeedItem, FeedSurprise, KeyComparison } from './feed.ts';
import { keysAsListed } from './listed-keys.ts';
import { type Key, type Place, toKey, type Walk } from './order.ts';
import { type PageNumber, pageSpan, type Span } from './span.ts';

/**
 * A readable item of an answer. Positions along a walk are those of the list where it is read in the walk's own
 * direction, and negative, counted from the same end, where it is read against it: so they always grow ahead.
 */
export interface SeenItem<Node> {
  readonly place: Place;
  readonly node: Node;
  readonly position: number;
  /** Its own key is missing or unreadable. */
  readonly lacksKey?: boolean | undefined;
  /** It was returned before, though its crowd lists it ahead. */
  readonly isPassed?: boolean;
}

/** One answer as a walk sees it. */
export interface View<Node> {
  /** In the direction of the walk, as the API orders it; each id once. */
  readonly items: readonly SeenItem<Node>[];
  readonly span: Span;
  /** Nothing is listed behind it, or ahead of it. */
  readonly atStart: boolean;
  readonly atEnd: boolean;
  /** Items a page as the API applied it. */
  readonly limit: number;
  readonly totalCount: number | null;
  /** Whether the items come in our order: names may come in another collation. */
  readonly isOrdered: boolean;
}

/** How a source's list is being read. */
export interface Reading {
  readonly source: string;
  readonly comparison: KeyComparison;
  readonly walk: Walk;
  /** The sort direction asked of the API; a walk may go along it or against it. */
  readonly direction: SortDirection;
}

export const isAlong = ({ walk, direction }: Reading): boolean => walk.direction === direction;

/** Turns a span along the walk into one of the list, and back: the two ways are the same. */
export const turnSpan = (reading: Reading, { start, end }: Span): Span =>
  isAlong(reading) ? { start, end } : { start: -end, end: -start };

/**
 * Whether an answer is shorter than it says that it could be, and yet says that more follows: either the API clamps
 * the limit without a word, or it counts more items than there are. Its count may tell: what is counted fits the page.
 */
export const isShort = ({ items, limit, hasNextPage }: ListPage<unknown>): boolean =>
  hasNextPage && items.length > 0 && items.length < limit;

// hasNextPage follows from the API's count, which may be wrong both ways: a full page that lists more than was counted
// is not the last, and a short one is, where the API is known to deliver longer ones.
const endsList = (
  asked: PageNumber,
  answer: ListPage<unknown>,
  isOvercounted: boolean,
): boolean => {
  const { items, limit, totalCount, hasNextPage } = answer;
  if (items.length === 0) return true;
  if (hasNextPage) return isOvercounted && isShort(answer);
  const listed = (asked.page - 1) * limit + items.length;
  return items.length < limit || totalCount === null || listed <= totalCount;
};

interface ReadItem<Node> {
  readonly id: string;
  readonly key: Key | undefined;
  readonly node: Node;
  readonly position: number;
}

// A few items that are out of order are odd ones; with more, the API has not sorted.
const leastWrongSteps = 2;
const largestWrongShare = 1 / 4;

/** The items of an answer with the keys that they have by the order of the list, along the walk. */
const settleKeys = <Node>(
  { walk, source }: Reading,
  read: readonly ReadItem<Node>[],
  anchor: Place | null,
  isTop: boolean,
  onSurprise: (surprise: FeedSurprise) => void,
): readonly SeenItem<Node>[] => {
  const isAscending = walk.direction === 'ascending';
  const ascending = isAscending ? read : read.toReversed();
  const anchorIndex =
    anchor?.source === source ? ascending.findIndex(({ id }) => id === anchor.id) : -1;
  const { keys, missing, misplaced, steps, wrongSteps } = keysAsListed(
    ascending.map(({ key }) => key),
    isAscending ? walk.compareKeys : (left, right) => walk.compareKeys(right, left),
    anchor === null || anchorIndex === -1
      ? null
      : { index: anchorIndex, key: anchor.key, inferredFrom: anchor.inferredFrom ?? null },
    isTop,
  );
  if (wrongSteps >= leastWrongSteps && wrongSteps > largestWrongShare * steps) {
    throw new ContractBrokenError('The API did not sort the list as it was asked to.');
  }
  if (missing > 0) onSurprise('missing-sort-key');
  if (misplaced > 0) onSurprise('misplaced-item');
  const items = ascending.flatMap(({ id, key: own, node, position }, index): SeenItem<Node>[] => {
    const listed = keys[index];
    if (listed === undefined) return [];
    const place = { ...listed, source, id };
    return [{ place, node, position, lacksKey: own === undefined }];
  });
  return isAscending ? items : items.reverse();
};

/**
 * Looks at an answer along the walk. A short one is the last where the API is known to count too many, else clamped.
 * `anchor` is the place that the walk has just passed, if it is known. Throws ContractBrokenError where times are not in
 * the order asked for.
 */
export const viewAnswer = <Node>(
  reading: Reading,
  asked: PageNumber,
  answer: ListPage<FeedItem<Node>>,
  isOvercounted: boolean,
  anchor: Place | null,
  onSurprise: (surprise: FeedSurprise) => void,
): View<Node> => {
  const { source, comparison, walk } = reading;
  const along = isAlong(reading);
  const isFirst = asked.page === 1;
  const isLast = endsList(asked, answer, isOvercounted);
  // A page before the last one is full, so that its length tells the limit even where the API only echoes what was asked.
  const limit = isLast ? Math.max(1, answer.limit, answer.items.length) : answer.items.length;
  if (limit < asked.limit) onSurprise('clamped-limit');
  const { start } = pageSpan({ page: asked.page, limit });
  const seen = new Set<string>();
  const read: ReadItem<Node>[] = [];
  for (const [index, item] of answer.items.entries()) {
    if (item === null) {
      onSurprise('unreadable-item');
    } else if (seen.has(item.id)) {
      onSurprise('repeated-item');
    } else {
      seen.add(item.id);
      const { id, node } = item;
      const position = along ? start + index : -start - index - 1;
      read.push({ id, key: toKey(comparison, item.key), node, position });
    }
  }
  if (!along) read.reverse();
  const [atStart, atEnd] = along ? [isFirst, isLast] : [isLast, isFirst];
  const isTop = walk.direction === 'ascending' ? atEnd : atStart;
  const items =
    comparison === 'name'
      ? read.map(({ id, key = null, node, position }) => ({
          place: { key, source, id },
          node,
          position,
        }))
      : settleKeys(reading, read, anchor, isTop, onSurprise);
  const isOrdered = items.every((item, index) => {
    const next = items[index + 1];
    return next === undefined || walk.compareKeys(item.place.key, next.place.key) <= 0;
  });
  if (!isOrdered) onSurprise('foreign-collation');
  const span = turnSpan(reading, { start, end: start + answer.items.length });
  const first = items[0];
  return {
    items,
    // What is listed before the first item has no key that is known.
    span: first === undefined ? span : { start: first.position, end: span.end },
    atStart,
    atEnd,
    limit,
    totalCount: answer.totalCount,
    isOrdered,
  };
};

/** How many items at the front of a view are in tie groups that surely end within it. */
export const countClosed = <Node>(view: View<Node>): number => {
  const last = view.items.at(-1);
  if (view.atEnd || last === undefined) return view.items.length;
  return view.items.findLastIndex(({ place }) => place.key !== last.place.key) + 1;
};

/** Cuts items into their tie groups, and joins the groups as they come back arranged. */
export const arrangeTies = <Node>(
  items: readonly SeenItem<Node>[],
  arrange: (group: SeenItem<Node>[], isFirst: boolean) => readonly SeenItem<Node>[],
): readonly SeenItem<Node>[] => {
  const arranged: SeenItem<Node>[] = [];
  for (let start = 0; start < items.length; ) {
    const key = items[start]?.place.key;
    let end = start + 1;
    while (end < items.length && items[end]?.place.key === key) end += 1;
    arranged.push(...arrange(items.slice(start, end), start === 0));
    start = end;
  }
  return arranged;
};
