import type { GatewayError } from '../domain/errors.ts';
import type { ListPage, SortDirection } from '../domain/list.ts';
import type { PlatformKey } from '../domain/platform-key.ts';
import { readPage } from './feed-page.ts';
import { planPage } from './page-arguments.ts';

/**
 * One item of a source: its id, the key that the list is sorted by as the API sends it, and what it stands for. The key
 * is null if the item has none, and undefined if one was sent that cannot be read.
 */
export interface FeedItem<Node> {
  readonly id: string;
  readonly key: string | null | undefined;
  readonly node: Node;
}

/** One page of a source's list, sorted by the feed's order field in this direction. `page` counts from 1. */
export interface SourceRequest {
  readonly page: number;
  readonly limit: number;
  readonly direction: SortDirection;
}

/** One page-numbered list that takes part in a feed. Sources of equal sort keys follow one another by `key`. */
export interface FeedSource<Node> {
  readonly key: PlatformKey;
  /** One upstream call: `seek` where a list had moved and its place is looked for. Throws the errors of errors.ts. */
  read(request: SourceRequest, cause: 'page' | 'seek'): Promise<ListPage<FeedItem<Node>>>;
}

/**
 * How keys compare: `time` as moments that every item has, `time-or-null` as moments where null is a key like others and
 * the lowest, `name` by code point, where the list may have a collation of its own.
 */
export type KeyComparison = 'time' | 'time-or-null' | 'name';

export interface FeedOrder {
  readonly field: string;
  readonly direction: SortDirection;
  readonly comparison: KeyComparison;
}

/** What a cursor is bound to: it is refused elsewhere, and told why. `filter` is compared as JSON, key order aside. */
export interface FeedBinding {
  readonly connection: string;
  readonly organizationId: string;
  readonly filter: unknown;
}

/** What is known of a binding before its organization is looked up. */
export type FeedSubject = Omit<FeedBinding, 'organizationId'>;

/** Relay's arguments. null counts as absent; without `first` or `last` a page has `defaultPageSize` items. */
export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

export interface FeedLimits {
  readonly defaultPageSize: number;
  readonly maxPageSize: number;
  /** Most items that one filtered page reads, over all sources. */
  readonly maxScanItems: number;
  /** Largest `limit` that a source is asked for. */
  readonly maxLimit: number;
}

/** What the caller selected: reading is cut to it. */
export interface FeedSelection {
  /** edges or nodes */
  readonly items: boolean;
  readonly pageInfo: boolean;
  /** totalCount or sources: alone they cost one call with `limit=1` a source. */
  readonly totals: boolean;
}

/** Only items whose order key is later than `after` and earlier than `before`, both exclusive. Null keys are out. */
export interface KeyRange {
  readonly after?: string | null | undefined;
  readonly before?: string | null | undefined;
}

export type FeedSurprise =
  | 'clamped-limit'
  | 'repeated-item'
  | 'unreadable-item'
  | 'foreign-collation'
  | 'missing-sort-key'
  | 'misplaced-item';

export interface FeedRequest<Node> {
  readonly sources: readonly FeedSource<Node>[];
  readonly order: FeedOrder;
  readonly binding: FeedBinding;
  readonly page: PageArguments;
  readonly limits: FeedLimits;
  readonly select: FeedSelection;
  /** A filter that the API lacks: applied while scanning. Absent: nothing is scanned. */
  readonly matches?: ((node: Node) => boolean) | undefined;
  /** A filter on the order's own key: its near end is sought, not scanned. Needs a comparison of times. */
  readonly keyRange?: KeyRange | undefined;
  /** Told of what was tolerated, once a page and source at most. */
  readonly onSurprise?: ((source: PlatformKey, surprise: FeedSurprise) => void) | undefined;
  /** Told of what a source threw that is no GatewayError: a bug. The page goes on without the source. */
  readonly onBug?: ((source: PlatformKey, error: unknown) => void) | undefined;
}

export interface FeedEdge<Node> {
  readonly cursor: string;
  readonly node: Node;
}

export type FeedSourceStatus = 'OK' | 'FORBIDDEN' | 'UNAVAILABLE' | 'SCAN_LIMIT';

/** How one source answered. */
export interface FeedSourceReport {
  readonly key: PlatformKey;
  readonly status: FeedSourceStatus;
  /** Null where the API did not say, the source did not answer, or only a scan could tell. */
  readonly totalCount: number | null;
  readonly error: GatewayError | null;
}

export interface FeedPage<Node> {
  /** In list order, whichever way the page was read. */
  readonly edges: readonly FeedEdge<Node>[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /**
   * Null on an empty page, but where the scan bound or an outage cut it short: the cursor to go on from is set then,
   * `endCursor` forwards and `startCursor` backwards.
   */
  readonly startCursor: string | null;
  readonly endCursor: string | null;
  /** Over the sources that answered; null where only a scan could tell. */
  readonly totalCount: number | null;
  readonly sources: readonly FeedSourceReport[];
  /** Items that the page read upstream, over all sources. */
  readonly readItems: number;
}

/** Refuses what readFeed refuses before any call, but for a cursor of another organization: that is not known yet. */
export const checkPage = (
  page: PageArguments,
  order: FeedOrder,
  subject: FeedSubject,
  limits: FeedLimits,
): void => {
  planPage(page, order, subject, undefined, limits);
};

/**
 * Reads one page of the merged order (key, source, id). Costs one call a source where nothing has changed since the
 * cursor was given out. Throws InputRejectedError (paths `first`, `last`) and BadCursorError before any call;
 * UnauthenticatedError of any source at once; another GatewayError of a source only where none answered.
 */
export const readFeed = async <Node>(request: FeedRequest<Node>): Promise<FeedPage<Node>> => {
  const { page, order, binding, keyRange, limits } = request;
  return readPage(request, planPage(page, order, binding, keyRange, limits));
};
