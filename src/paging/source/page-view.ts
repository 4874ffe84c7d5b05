import { ContractBrokenError } from '../../domain/errors.ts';
import type { ListPage } from '../../domain/list.ts';
import { type Key, type Position, toKey } from '../position.ts';
import type { Item, SourceSurprise } from '../types.ts';
import { keysAsListed } from './listed-keys.ts';
import { mirrorItemOffset, mirrorSpan, type SourceTraversal } from './source-traversal.ts';
import { type PageNumber, pageSpan, type Span } from './span.ts';

/** A readable item of an answer. */
export interface ListedItem<Node> {
  readonly position: Position;
  readonly node: Node;
  /** A traversal offset: see SourceTraversal. */
  readonly offset: number;
  /** The item's own key is missing or unreadable. */
  readonly lacksKey?: boolean | undefined;
  /** The item was returned before, although the list has it ahead of the boundary. */
  readonly isReturned?: boolean;
}

/** One answer of a list, in the direction of the traversal. */
export interface PageView<Node> {
  /** In the direction of the traversal, as the list orders them. Each id comes once. */
  readonly items: readonly ListedItem<Node>[];
  /** In traversal offsets. */
  readonly span: Span;
  /** Nothing is listed behind the view. */
  readonly atStart: boolean;
  /** Nothing is listed ahead of the view. */
  readonly atEnd: boolean;
  /** The page size that the API applied. */
  readonly limit: number;
  readonly totalCount: number | null;
  /** Whether the items come in our order. Names may come in another collation. */
  readonly isOrdered: boolean;
}

/**
 * Whether an answer has fewer items than its limit and still says that more follows. Then the API either clamps the
 * limit without saying so, or counts more items than there are.
 */
export const isShort = ({ items, limit, hasNextPage }: ListPage<unknown>): boolean =>
  hasNextPage && items.length > 0 && items.length < limit;

// The API derives hasNextPage from its count, which may be wrong in both directions. If a full page lists more than was
// counted, it is not the last. If the API is known to count too many, a short page is the last.
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

interface ReadableItem<Node> {
  readonly id: string;
  readonly key: Key | undefined;
  readonly node: Node;
  readonly offset: number;
}

/** The readable items of an answer in the direction of the traversal, each id once. `start` is the list's offset. */
const readItems = <Node>(
  sourceTraversal: SourceTraversal,
  items: readonly (Item<Node> | null)[],
  start: number,
  onSurprise: (surprise: SourceSurprise) => void,
): readonly ReadableItem<Node>[] => {
  const ids = new Set<string>();
  const read: ReadableItem<Node>[] = [];
  for (const [index, item] of items.entries()) {
    if (item === null) {
      onSurprise('unreadable-item');
    } else if (ids.has(item.id)) {
      onSurprise('repeated-item');
    } else {
      ids.add(item.id);
      const { id, node } = item;
      const key = toKey(sourceTraversal.comparison, item.key);
      read.push({ id, key, node, offset: mirrorItemOffset(sourceTraversal, start + index) });
    }
  }
  return sourceTraversal.isReversed ? read.reverse() : read;
};

// One or two items out of order are odd items. If there are more, the API has not sorted.
const leastWrongSteps = 2;
const largestWrongShare = 1 / 4;

/** Gives the items of an answer the keys that they have by the order of the list. */
const settleKeys = <Node>(
  { traversal, source }: SourceTraversal,
  read: readonly ReadableItem<Node>[],
  anchor: Position | null,
  isTop: boolean,
  onSurprise: (surprise: SourceSurprise) => void,
): readonly ListedItem<Node>[] => {
  const isAscending = traversal.direction === 'ascending';
  const ascending = isAscending ? read : read.toReversed();
  const anchorIndex =
    anchor?.source === source ? ascending.findIndex(({ id }) => id === anchor.id) : -1;
  const { keys, missing, misplaced, steps, wrongSteps } = keysAsListed(
    ascending.map(({ key }) => key),
    isAscending ? traversal.compareKeys : (left, right) => traversal.compareKeys(right, left),
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
  const items = ascending.flatMap(({ id, key: own, node, offset }, index): ListedItem<Node>[] => {
    const listed = keys[index];
    if (listed === undefined) return [];
    return [{ position: { ...listed, source, id }, node, offset, lacksKey: own === undefined }];
  });
  return isAscending ? items : items.reverse();
};

/** Gives items that are sorted by name their own keys: a list of names may be in any order. */
const keepNames = <Node>(
  source: string,
  read: readonly ReadableItem<Node>[],
): readonly ListedItem<Node>[] =>
  read.map(({ id, key = null, node, offset }) => ({ position: { key, source, id }, node, offset }));

/**
 * Turns an answer into a page view. A short answer is the last one if the API is known to count too many, and clamped
 * otherwise. `anchor` is the position that the traversal has just passed, if it is known. Throws ContractBrokenError if
 * times are not in the order that was asked for.
 */
export const createPageView = <Node>(
  sourceTraversal: SourceTraversal,
  asked: PageNumber,
  answer: ListPage<Item<Node>>,
  isOvercounted: boolean,
  anchor: Position | null,
  onSurprise: (surprise: SourceSurprise) => void,
): PageView<Node> => {
  const { source, comparison, traversal, isReversed } = sourceTraversal;
  const isFirst = asked.page === 1;
  const isLast = endsList(asked, answer, isOvercounted);
  // Every page before the last one is full. Its length is the applied limit, even if the API repeats what was asked.
  const limit = isLast ? Math.max(1, answer.limit, answer.items.length) : answer.items.length;
  if (limit < asked.limit) onSurprise('clamped-limit');
  const { start } = pageSpan({ page: asked.page, limit });
  const read = readItems(sourceTraversal, answer.items, start, onSurprise);
  const [atStart, atEnd] = isReversed ? [isLast, isFirst] : [isFirst, isLast];
  const isTop = traversal.direction === 'ascending' ? atEnd : atStart;
  const items =
    comparison === 'name'
      ? keepNames(source, read)
      : settleKeys(sourceTraversal, read, anchor, isTop, onSurprise);
  const isOrdered = items.every((item, index) => {
    const next = items[index + 1];
    return next === undefined || traversal.compareKeys(item.position.key, next.position.key) <= 0;
  });
  if (!isOrdered) onSurprise('foreign-collation');
  const span = mirrorSpan(sourceTraversal, { start, end: start + answer.items.length });
  const first = items[0];
  return {
    items,
    // Items listed before the first one have no known key.
    span: first === undefined ? span : { start: first.offset, end: span.end },
    atStart,
    atEnd,
    limit,
    totalCount: answer.totalCount,
    isOrdered,
  };
};
