import { CostLimitError } from '../domain/errors.ts';
import { createCursorEncoder, type EncodeCursor, type SourcePosition } from './cursor.ts';
import type {
  FeedEdge,
  FeedPage,
  FeedRequest,
  FeedSource,
  FeedSourceReport,
  FeedSurprise,
  KeyRange,
} from './feed.ts';
import { Lane } from './lane.ts';
import { Merge, type MergedEdge } from './merge.ts';
import { createWalk, type Place, rangeGaps } from './order.ts';
import type { PagePlan } from './page-arguments.ts';
import { isForbidden, mostTelling, toSourceFailure } from './source-failure.ts';
import type { SeenItem } from './view.ts';

// Items beyond a page that are read to see where its last tie group ends.
const tieAllowance = 1;
// A filter that most items fail is met with large answers: calls are scarcer than bytes.
const smallestScan = 100;
const scanFactor = 4;
// A scan that has fewer items left than this ends: an answer so small would hardly get on.
const leastScan = 20;

const isRanged = ({ keyRange }: { readonly keyRange?: KeyRange | undefined }): boolean =>
  keyRange?.after != null || keyRange?.before != null;

/** Whether an item belongs to the page; one without a key of its own is in no range of keys. */
const matcherOf = <Node>(request: FeedRequest<Node>): ((item: SeenItem<Node>) => boolean) => {
  const { matches } = request;
  const needsKey = isRanged(request);
  return ({ node, lacksKey }) => !(needsKey && lacksKey === true) && (matches?.(node) ?? true);
};

const openLane = <Node>(
  source: FeedSource<Node>,
  request: FeedRequest<Node>,
  { walk, endsOf }: PagePlan,
): Lane<Node> => {
  const { order, limits, keyRange, onSurprise } = request;
  const { low, high } = rangeGaps(keyRange, order);
  const list = createWalk(order.direction, true);
  const met = new Set<FeedSurprise>();
  return new Lane({
    source,
    comparison: order.comparison,
    walk,
    ...endsOf(source.key),
    maxLimit: limits.maxLimit,
    isInRange: (place: Place) => list.isAhead(place, low) && !list.isAhead(place, high),
    matches: matcherOf(request),
    onSurprise: (surprise) => {
      if (!met.has(surprise)) onSurprise?.(source.key, surprise);
      met.add(surprise);
    },
  });
};

const countRead = (lanes: readonly { readonly readItems: number }[]): number =>
  lanes.reduce((sum, lane) => sum + lane.readItems, 0);

interface Filling<Node> {
  readonly hasMore: boolean;
  /** The lanes at which the scan bound, or the operation's last call, ended the page. */
  readonly cutShort: readonly Lane<Node>[];
}

/** Reads on until the page is full and it is known whether more follows, or the scan bound is reached. */
const fillPage = async <Node>(
  merge: Merge<Node>,
  lanes: readonly Lane<Node>[],
  { limits, matches, select, onBug }: FeedRequest<Node>,
  size: number,
): Promise<Filling<Node>> => {
  const isScan = matches !== undefined;
  const want = (missing: number): number => {
    if (isScan) return Math.max(smallestScan, scanFactor * missing);
    return missing + 1 + tieAllowance;
  };
  let hungry: readonly Lane<Node>[] = lanes.filter(({ isExhausted }) => !isExhausted);
  let wanted = want(size);
  while (hungry.length > 0) {
    const left = limits.maxScanItems - countRead(lanes);
    if (isScan && left < leastScan && lanes.some(({ hasRead }) => hasRead)) {
      return { hasMore: true, cutShort: hungry };
    }
    const mostItems = isScan ? Math.floor(left / hungry.length) : limits.maxLimit;
    let isCallBoundReached = false;
    const advance = async (lane: Lane<Node>) => {
      try {
        await lane.advance(wanted, mostItems);
      } catch (error) {
        const failure = toSourceFailure(error, (bug) => onBug?.(lane.source, bug));
        // A list that was read so far is not unavailable: the page ends there, as at the scan bound.
        if (failure instanceof CostLimitError && lane.hasRead) isCallBoundReached = true;
        else merge.fail(lane, failure);
      }
    };
    await Promise.all(hungry.map(advance));
    merge.fill(size);
    if (isCallBoundReached) return { hasMore: true, cutShort: merge.hungry() };
    const missing = size - merge.edges.length;
    if (missing === 0 && (!select.pageInfo || merge.seesMore())) break;
    hungry = merge.hungry();
    wanted = isScan ? limits.maxLimit : want(missing);
  }
  return { hasMore: merge.seesMore(), cutShort: [] };
};

/** Most callers ask for the last cursor at most, and making one costs a checksum. */
class LazyEdge<Node> implements FeedEdge<Node> {
  readonly node: Node;
  readonly #edge: MergedEdge<Node>;
  readonly #encode: EncodeCursor;

  constructor(edge: MergedEdge<Node>, encode: EncodeCursor) {
    this.node = edge.node;
    this.#edge = edge;
    this.#encode = encode;
  }

  get cursor(): string {
    return this.#encode({ at: this.#edge.place, positions: this.#edge.positions });
  }
}

/** Counts a source that the page itself had no need to read. */
const countSource = async <Node>(
  lane: Lane<Node>,
  merge: Merge<Node>,
  { onBug }: FeedRequest<Node>,
): Promise<void> => {
  try {
    await lane.count();
  } catch (error) {
    merge.fail(
      lane,
      toSourceFailure(error, (bug) => onBug?.(lane.source, bug)),
    );
  }
};

/** Reads one page as it was planned: what DESIGN calls the unified connection. */
export const readPage = async <Node>(
  request: FeedRequest<Node>,
  plan: PagePlan,
): Promise<FeedPage<Node>> => {
  const { select, binding, order, matches } = request;
  const { walk, size, hasOrigin } = plan;
  const lanes = request.sources.map((source) => openLane(source, request, plan));
  const merge = new Merge(lanes, walk, matcherOf(request));

  const showsPage = select.pageInfo || (select.items && size > 0);
  const filling: Filling<Node> = showsPage
    ? await fillPage(merge, lanes, request, size)
    : { hasMore: false, cutShort: [] };
  if (select.totals) {
    const uncounted = merge.live.filter(({ hasRead }) => !hasRead);
    await Promise.all(uncounted.map((lane) => countSource(lane, merge, request)));
  }

  const failures = lanes.flatMap((lane) => merge.failureOf(lane) ?? []);
  const telling = mostTelling(failures);
  if (telling !== undefined && merge.live.length === 0) throw telling;

  const isCounted = matches === undefined && !isRanged(request);
  const sources = lanes.map((lane): FeedSourceReport => {
    const error = merge.failureOf(lane);
    if (error !== null) {
      const status = isForbidden(error) ? 'FORBIDDEN' : 'UNAVAILABLE';
      return { key: lane.source, status, totalCount: null, error };
    }
    const status = filling.cutShort.includes(lane) ? 'SCAN_LIMIT' : 'OK';
    return { key: lane.source, status, totalCount: isCounted ? lane.totalCount : null, error };
  });
  const hasOutage = sources.some(({ status }) => status === 'UNAVAILABLE');

  const encode = createCursorEncoder(binding, order);
  const merged = walk.forward ? merge.edges : merge.edges.toReversed();
  const edges = merged.map((edge) => new LazyEdge(edge, encode));

  const cursorPast = (at: Place | null, positions: readonly SourcePosition[]) =>
    encode({ at, positions });
  const frontier = merge.frontier(filling.cutShort);
  let goOn: string | null = null;
  if (frontier !== undefined) goOn = cursorPast(frontier, merge.positionsPast(frontier));
  else if (edges.length === 0 && hasOutage) goOn = cursorPast(null, merge.origins());

  const isAhead = filling.hasMore || hasOutage;
  const isBehind = merge.live.some(({ hasBehind }) => hasBehind) || (hasOutage && hasOrigin);
  const first = select.pageInfo ? (edges[0]?.cursor ?? null) : null;
  const last = select.pageInfo ? (edges.at(-1)?.cursor ?? null) : null;
  const answering = sources.filter(({ error }) => error === null);
  const totals = answering.map(({ totalCount }) => totalCount);
  return {
    edges,
    hasNextPage: walk.forward ? isAhead : isBehind,
    hasPreviousPage: walk.forward ? isBehind : isAhead,
    startCursor: walk.forward ? first : (goOn ?? first),
    endCursor: walk.forward ? (goOn ?? last) : last,
    totalCount: totals.reduce<number | null>(
      (sum, count) => (sum === null || count === null ? null : sum + count),
      isCounted ? 0 : null,
    ),
    sources,
    readItems: countRead(lanes),
  };
};
