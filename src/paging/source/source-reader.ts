import { UpstreamUnavailableError } from '../../domain/errors.ts';
import type { Boundary, Position } from '../position.ts';
import type { Traversal } from '../traversal.ts';
import type { KeyComparison, Source, SourceSurprise } from '../types.ts';
import {
  type BoundaryFound,
  type BoundaryMissed,
  countBeforeBoundary,
  locateBoundary,
} from './boundary-location.ts';
import { BoundarySearch, createSearchTarget, type SearchTarget } from './boundary-search.ts';
import type { Neighbours } from './neighbours.ts';
import { createOffsetHint, type OffsetHint } from './offset-hint.ts';
import { isReordered, oversizedTiesAt } from './oversized-ties.ts';
import type { ListedItem, PageView } from './page-view.ts';
import { SpanReader } from './span-reader.ts';

/** What a source reader reads, and between which boundaries. */
export interface SourceReaderSettings<Node> {
  readonly source: Source<Node>;
  readonly comparison: KeyComparison;
  readonly traversal: Traversal;
  readonly from: Boundary;
  readonly until: Boundary;
  readonly hint: OffsetHint | null;
  readonly untilHint: OffsetHint | null;
  readonly maxLimit: number;
  readonly isInRange: (position: Position) => boolean;
  readonly matches: (item: ListedItem<Node>) => boolean;
  readonly onSurprise: (surprise: SourceSurprise) => void;
  /** As in PageRequest. */
  readonly onBug: (error: unknown) => void;
}

/** The most answers in a row that may miss the boundary that a reader looks for, or show nothing new. */
export const mostMissedCalls = 8;

const unavailable = (message: string): UpstreamUnavailableError =>
  new UpstreamUnavailableError(message, { reason: 'server', mayHaveArrived: true });

const neighboursIn = (hint: OffsetHint | null): Neighbours =>
  hint?.neighbours ?? { lower: [], higher: [] };

/**
 * Reads one source's list from a boundary onwards, in the direction of the traversal. If the list has moved, it finds
 * the boundary again. Two answers come from two moments, so they are joined by the order of keys and never by offsets.
 */
export class SourceReader<Node> {
  readonly source: string;
  readonly from: Boundary;
  readonly fromHint: OffsetHint | null;
  readonly onBug: (error: unknown) => void;
  /** Items in our order, none left out between them. The first `firstAhead` of them are behind `from`. */
  readonly known: ListedItem<Node>[] = [];
  /** The index of the first known item ahead of `from`. */
  firstAhead = 0;
  /** The next items, if they belong to a tie group whose end was not seen. They are in no certain order. */
  incompleteTies: readonly ListedItem<Node>[] = [];
  /** Nothing more is ahead, up to the boundary at which the reader ends. */
  isExhausted: boolean;
  /** The last known item belongs to an oversized tie group that may go on. */
  endsInOversizedTies = false;
  /** An item that matches is behind `from`, or may be in a part of the list that was not read. */
  hasBehind = false;
  /**
   * The list was seen in another order than ours, so that the API sorts it by an unknown collation. Its boundaries are
   * then located by their neighbours instead of their keys. The merge sets this for all sources if it is set for one.
   */
  isCollationUnknown: boolean;
  hasRead = false;

  readonly #settings: SourceReaderSettings<Node>;
  readonly #spans: SpanReader<Node>;
  readonly #readIds = new Set<string>();
  /** The boundary from which the next answer continues. */
  #boundary: Boundary;
  #hint: OffsetHint | null;
  #emptyOffset = 0;
  #missedCalls = 0;
  /** Answers in a row that showed the boundary, but no new item ahead of it. */
  #idleCalls = 0;

  constructor(settings: SourceReaderSettings<Node>) {
    const { source, comparison, traversal, from, until, hint, maxLimit, onSurprise } = settings;
    this.source = source.key;
    this.from = from;
    this.fromHint = hint;
    this.onBug = settings.onBug;
    this.#settings = settings;
    this.#boundary = from;
    const isStart = from === traversal.nearEnd;
    const hintDirection = oversizedTiesAt(from, source.key)?.ties.direction ?? hint?.direction;
    const direction = (isStart ? null : hintDirection) ?? traversal.direction;
    this.#hint = isStart || hint?.direction !== hintDirection ? null : hint;
    this.isCollationUnknown = this.#hint?.isCollationUnknown ?? false;
    const isReversed = direction !== traversal.direction;
    const sourceTraversal = { source: source.key, comparison, traversal, direction, isReversed };
    this.#spans = new SpanReader(
      source,
      sourceTraversal,
      maxLimit,
      hint?.clamp ?? null,
      onSurprise,
    );
    this.isExhausted = traversal.compareBoundaries(from, until) >= 0;
    this.hasBehind = this.isExhausted && hint !== null;
  }

  get totalCount(): number | null {
    return this.#spans.totalCount;
  }

  get readItems(): number {
    return this.#spans.readItems;
  }

  /**
   * Reads on ahead: at least one tie group, or to the end of the list. Asks for `wanted` items. The first call asks for
   * at most `mostItems`. Throws what the source throws, and UpstreamUnavailableError if eight answers did not show the
   * boundary.
   */
  async advance(wanted: number, mostItems: number): Promise<void> {
    this.#refuseTurn();
    const { sourceTraversal } = this.#spans;
    const target = createSearchTarget(this.#boundary, this.#hint, wanted, sourceTraversal);
    const search = new BoundarySearch(target);
    const anchor = typeof this.#boundary === 'string' ? null : this.#boundary.at;
    let span = search.firstSpan();
    let limit = mostItems;
    for (;;) {
      const asked = this.#spans.choosePage(span, limit);
      limit = this.#spans.maxLimit;
      const view = await this.#spans.read(asked, anchor, this.#missedCalls > 0 ? 'seek' : 'page');
      if (!view.isOrdered) this.isCollationUnknown = true;
      const location = this.#locate(view, target);
      this.#missedCalls = location.kind === 'found' ? 0 : this.#missedCalls + 1;
      if (location.kind === 'found') this.#accept(view, location);
      if (Math.max(this.#missedCalls, this.#idleCalls) >= mostMissedCalls) {
        throw unavailable('The list changes too fast to find the next page in it. Try again.');
      }
      if (location.kind === 'found') return;
      // An answer with a smaller limit begins at another offset than was meant. The same span is asked for again.
      const isMisplaced = view.limit < asked.limit && asked.page > 1;
      if (!isMisplaced) {
        const { span: missed, items, totalCount } = view;
        const firstKey = items[0]?.position.key;
        const lastKey = items.at(-1)?.position.key;
        const answer = { span: missed, firstKey, lastKey, totalCount };
        span = search.nextSpan(location, answer, this.#spans.maxLimit);
      }
    }
  }

  /** Asks for the list's count only: one call of one item. */
  count(): Promise<void> {
    return this.#spans.count();
  }

  /** The hint of a boundary among the known items. `boundaryIndex` is the index of the first item ahead of it. */
  hintAt(boundaryIndex: number, boundary: Boundary): OffsetHint {
    const { traversal, comparison } = this.#settings;
    return createOffsetHint(this.known, boundaryIndex, this.#emptyOffset, traversal, boundary, {
      direction: this.#spans.sourceTraversal.direction,
      totalCount: this.totalCount,
      clamp: this.#spans.clamp,
      isCollationUnknown: this.isCollationUnknown,
      keepsNeighbours: comparison === 'name',
    });
  }

  // If a tie group stopped fitting one answer halfway, its first items were returned by id and the others as listed. A
  // cursor then cannot tell which items are behind it in the other direction.
  #refuseTurn(): void {
    const passed = oversizedTiesAt(this.#boundary, this.source)?.ties.passed ?? null;
    if (passed === null || passed.forward === this.#settings.traversal.forward) return;
    throw unavailable(
      'Paging cannot change direction inside this group of equal sort keys. Start at an end of the list.',
    );
  }

  #locate(view: PageView<Node>, { offset }: SearchTarget): BoundaryFound<Node> | BoundaryMissed {
    const { sourceTraversal } = this.#spans;
    const { traversal, onSurprise } = this.#settings;
    if (isReordered(view.items, sourceTraversal, this.#boundary)) onSurprise('unstable-ties');
    const usesNeighbours = this.isCollationUnknown && this.#boundary !== traversal.nearEnd;
    const neighbourHint = usesNeighbours ? { neighbours: neighboursIn(this.#hint), offset } : null;
    const needsTwoBehind = this.#missedCalls === 0;
    const query = { boundary: this.#boundary, needsTwoBehind, oversizedTies: null, neighbourHint };
    const location = locateBoundary(view, sourceTraversal, query);
    if (location.kind !== 'ends-in-ties') return location;
    if (this.#spans.couldSeeMore(view, location.lastSafeOffset ?? view.span.start)) return location;
    const key = view.items.at(-1)?.position.key ?? null;
    return locateBoundary(view, sourceTraversal, { ...query, oversizedTies: { key } });
  }

  #accept(view: PageView<Node>, found: BoundaryFound<Node>): void {
    const { traversal, until, untilHint } = this.#settings;
    const { items, boundaryIndex } = found;
    const neighbours = this.isCollationUnknown && untilHint ? neighboursIn(untilHint) : null;
    const cut = Math.max(
      boundaryIndex,
      countBeforeBoundary(items, this.#spans.sourceTraversal, until, neighbours),
    );
    if (!this.hasRead) {
      this.hasBehind = this.#showsBehind(view, found);
      this.known.push(...items.slice(0, boundaryIndex));
      this.firstAhead = boundaryIndex;
      this.#emptyOffset = view.span.end;
    }
    const { size } = this.#readIds;
    for (const item of items.slice(boundaryIndex, cut)) {
      // An item whose key has changed since it was read may be listed again farther ahead.
      this.known.push(this.#readIds.has(item.position.id) ? { ...item, isReturned: true } : item);
      this.#readIds.add(item.position.id);
    }
    const ties = found.incompleteTies;
    this.incompleteTies = ties.filter(({ position }) => !traversal.isAhead(position, until));
    // If the reader ends inside this tie group, later items of the group can still lie before that boundary.
    const isBeyond = ties.length > 0 && this.incompleteTies.length === 0;
    const splitsTies =
      until !== 'start' && until !== 'end' && ties[0]?.position.key === until.at.key;
    this.isExhausted = view.atEnd || cut < items.length || (isBeyond && !splitsTies);
    // Equal keys that do not fit one answer can come in another order each time: the same items for ever.
    this.#idleCalls = this.isExhausted || this.#readIds.size > size ? 0 : this.#idleCalls + 1;
    this.endsInOversizedTies = found.endsInOversizedTies && !this.isExhausted;
    this.hasRead = true;
    const last = this.known.at(-1);
    if (cut > boundaryIndex && last !== undefined) {
      this.#boundary = traversal.boundaryPast(last.position);
      this.#hint = this.hintAt(this.known.length, this.#boundary);
    }
  }

  /** Whether an item of the page's range that matches is behind the boundary, or may be behind the view. */
  #showsBehind(view: PageView<Node>, found: BoundaryFound<Node>): boolean {
    const { items, boundaryIndex, endsInOversizedTies } = found;
    const { isInRange, matches } = this.#settings;
    const first = boundaryIndex > 0 ? items[0] : undefined;
    if (!view.atStart && (first === undefined || isInRange(first.position))) return true;
    // Items of an oversized tie group that were returned by id may be listed ahead, in this view or in a later one.
    const passed = items.at(-1)?.position.oversizedTies?.passed ?? null;
    if (endsInOversizedTies && passed !== null) return true;
    return items.some(
      (item, index) =>
        (index < boundaryIndex || item.isReturned === true) &&
        isInRange(item.position) &&
        matches(item),
    );
  }
}
