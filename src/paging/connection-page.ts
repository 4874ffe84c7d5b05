import { createCursorEncoder, type EncodeCursor } from './cursor/text.ts';
import { Merge, type MergedEdge } from './merge.ts';
import { type PagePlan, planPage } from './page-arguments.ts';
import { countRead, countUnread, type Filling, fillPage } from './page-filling.ts';
import type { Position } from './position.ts';
import type { ListedItem } from './source/page-view.ts';
import { SourceReader } from './source/source-reader.ts';
import { isForbidden, mostUsefulFailure } from './source-failure.ts';
import { createTraversal, rangeBoundaries } from './traversal.ts';
import type {
  ConnectionOrder,
  ConnectionPage,
  Edge,
  PageArguments,
  PageLimits,
  PageRequest,
  PartialCursorBinding,
  Source,
  SourceReport,
  SourceSurprise,
} from './types.ts';

/** One source of the request and the reader of its list. */
interface OpenSource<Node> {
  readonly key: string;
  readonly reader: SourceReader<Node>;
}

const hasRange = <Node>({ keyRange }: PageRequest<Node>): boolean =>
  keyRange?.after != null || keyRange?.before != null;

/** Whether an item belongs to the page. An item without a key of its own is in no range of keys. */
const createMatcher = <Node>(request: PageRequest<Node>): ((item: ListedItem<Node>) => boolean) => {
  const { matches } = request;
  const needsKey = hasRange(request);
  return ({ node, lacksKey }) => !(needsKey && lacksKey === true) && (matches?.(node) ?? true);
};

const openSource = <Node>(
  source: Source<Node>,
  request: PageRequest<Node>,
  { traversal, boundsOf }: PagePlan,
): OpenSource<Node> => {
  const { order, limits, keyRange, onSurprise, onBug } = request;
  const { low, high } = rangeBoundaries(keyRange, order);
  const forward = createTraversal(order.direction, true);
  const reported = new Set<SourceSurprise>();
  const reader = new SourceReader({
    source,
    comparison: order.comparison,
    traversal,
    ...boundsOf(source.key),
    maxLimit: limits.maxLimit,
    isInRange: (position: Position) =>
      forward.isAhead(position, low) && !forward.isAhead(position, high),
    matches: createMatcher(request),
    onSurprise: (surprise) => {
      if (!reported.has(surprise)) onSurprise?.(source.key, surprise);
      reported.add(surprise);
    },
    onBug: (error) => onBug?.(source.key, error),
  });
  return { key: source.key, reader };
};

/** Encodes its cursor when the cursor is read. Most callers read the last one at most, and each takes a checksum. */
class LazyEdge<Node> implements Edge<Node> {
  readonly node: Node;
  readonly #edge: MergedEdge<Node>;
  readonly #encode: EncodeCursor;

  constructor(edge: MergedEdge<Node>, encode: EncodeCursor) {
    this.node = edge.node;
    this.#edge = edge;
    this.#encode = encode;
  }

  get cursor(): string {
    return this.#encode({ anchor: this.#edge.position, boundaries: this.#edge.boundaries });
  }
}

const reportSource = <Node>(
  { key, reader }: OpenSource<Node>,
  merge: Merge<Node>,
  cutShort: Filling<Node>['cutShort'],
  isCounted: boolean,
): SourceReport => {
  const error = merge.failureOf(reader);
  if (error !== null) {
    const status = isForbidden(error) ? 'FORBIDDEN' : 'UNAVAILABLE';
    return { key, status, totalCount: null, error };
  }
  const status = cutShort.includes(reader) ? 'SCAN_LIMIT' : 'OK';
  return { key, status, totalCount: isCounted ? reader.totalCount : null, error };
};

/** The sum of the counts of the sources that answered; null if one of them is unknown. */
const sumCounts = (reports: readonly SourceReport[], isCounted: boolean): number | null =>
  reports
    .filter(({ error }) => error === null)
    .reduce<number | null>(
      (sum, { totalCount }) => (sum === null || totalCount === null ? null : sum + totalCount),
      isCounted ? 0 : null,
    );

/** The cursor to continue from if the page was cut short: past the last edge, or on a page without edges. */
const cursorOfCutPage = <Node>(
  merge: Merge<Node>,
  { cutShort }: Filling<Node>,
  hasOutage: boolean,
  encode: EncodeCursor,
): string | null => {
  const anchor = merge.scannedUpTo(cutShort);
  if (anchor !== undefined) return encode({ anchor, boundaries: merge.boundariesPast(anchor) });
  if (merge.edges.length > 0 || !hasOutage) return null;
  return encode({ anchor: null, boundaries: merge.startBoundaries() });
};

/**
 * Makes the checks of readConnectionPage that need no call and no organization. Throws InputRejectedError and
 * BadCursorError as readConnectionPage does, except for a cursor of another organization.
 */
export const checkPageArguments = (
  page: PageArguments,
  order: ConnectionOrder,
  binding: PartialCursorBinding,
  limits: PageLimits,
): void => {
  planPage(page, order, binding, undefined, limits);
};

/**
 * Reads one page of the connection, in the total order (sort key, source, id). Makes one call for each source if
 * nothing has changed since the cursor was given out.
 *
 * Throws InputRejectedError (paths `first`, `last`) and BadCursorError before any call, UnauthenticatedError as soon as
 * one source throws it, and another GatewayError of a source only if no source answered.
 */
export const readConnectionPage = async <Node>(
  request: PageRequest<Node>,
): Promise<ConnectionPage<Node>> => {
  const { page, order, binding, keyRange, limits, select, matches } = request;
  const plan = planPage(page, order, binding, keyRange, limits);
  const { traversal, size, beginsAtCursor } = plan;
  const opened = request.sources.map((source) => openSource(source, request, plan));
  const readers = opened.map(({ reader }) => reader);
  const merge = new Merge(readers, traversal, createMatcher(request));

  const showsPage = select.pageInfo || (select.items && size > 0);
  const filling: Filling<Node> = showsPage
    ? await fillPage(merge, readers, request, size)
    : { hasMore: false, cutShort: [] };
  if (select.totals) await countUnread(merge);

  const failures = readers.flatMap((reader) => merge.failureOf(reader) ?? []);
  const failure = mostUsefulFailure(failures);
  if (failure !== undefined && merge.live.length === 0) throw failure;

  const isCounted = matches === undefined && !hasRange(request);
  const sources = opened.map((source) => reportSource(source, merge, filling.cutShort, isCounted));
  const hasOutage = sources.some(({ status }) => status === 'UNAVAILABLE');

  const encode = createCursorEncoder(binding, order);
  const merged = traversal.forward ? merge.edges : merge.edges.toReversed();
  const edges = merged.map((edge) => new LazyEdge(edge, encode));
  const first = select.pageInfo ? (edges[0]?.cursor ?? null) : null;
  const last = select.pageInfo ? (edges.at(-1)?.cursor ?? null) : null;
  const next = cursorOfCutPage(merge, filling, hasOutage, encode);

  const isAhead = filling.hasMore || hasOutage;
  const isBehind = merge.live.some(({ hasBehind }) => hasBehind) || (hasOutage && beginsAtCursor);
  return {
    edges,
    hasNextPage: traversal.forward ? isAhead : isBehind,
    hasPreviousPage: traversal.forward ? isBehind : isAhead,
    startCursor: traversal.forward ? first : (next ?? first),
    endCursor: traversal.forward ? (next ?? last) : last,
    totalCount: sumCounts(sources, isCounted),
    sources,
    readItems: countRead(readers),
  };
};
