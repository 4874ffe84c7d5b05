import type { GatewayError } from '../domain/errors.ts';
import type { ListPage, SortDirection } from '../domain/list.ts';

/** One item of a source. */
export interface Item<Node> {
  readonly id: string;
  /** The sort key as the source sent it. Null: the item has none. Undefined: a key was sent, but it cannot be read. */
  readonly key: string | null | undefined;
  readonly node: Node;
}

/** A request for one page of a source's list, sorted by the field of the connection's order. `page` counts from 1. */
export interface SourceRequest {
  readonly page: number;
  readonly limit: number;
  readonly direction: SortDirection;
}

/** One page-numbered list that takes part in a connection. */
export interface Source<Node> {
  /** Names the source in cursors and reports. Items with equal sort keys are ordered by it. */
  readonly key: string;
  /**
   * Makes one upstream call. The cause is `seek` if the list has moved and a boundary is looked for, else `page`.
   * Throws a GatewayError if the source cannot answer.
   */
  read(request: SourceRequest, cause: 'page' | 'seek'): Promise<ListPage<Item<Node>>>;
}

/**
 * How sort keys compare:
 * - `time`: as times; every item is expected to have one.
 * - `time-or-null`: as times; null is a valid key and the lowest.
 * - `name`: as text by code point; null is the lowest. The source may sort by another collation.
 */
export type KeyComparison = 'time' | 'time-or-null' | 'name';

/** The order of a connection. */
export interface ConnectionOrder {
  readonly field: string;
  readonly direction: SortDirection;
  readonly comparison: KeyComparison;
}

/** What a cursor belongs to. A cursor that belongs to something else is refused, and the error says what differs. */
export interface CursorBinding {
  readonly connection: string;
  readonly organizationId: string;
  /** Compared as JSON; the order of an object's keys does not matter. */
  readonly filter: unknown;
}

/** The part of a binding that is known before the organization is looked up. */
export type PartialCursorBinding = Omit<CursorBinding, 'organizationId'>;

/** Relay's arguments. Null counts as absent. Without `first` and `last`, a page has `defaultPageSize` items. */
export interface PageArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

export interface PageLimits {
  readonly defaultPageSize: number;
  readonly maxPageSize: number;
  /** The most items that one filtered page reads, over all sources. */
  readonly maxScanItems: number;
  /** The largest `limit` that a source is asked for. */
  readonly maxLimit: number;
}

/** What the caller selected. Nothing else is read. */
export interface PageSelection {
  /** `edges` or `nodes`. */
  readonly items: boolean;
  readonly pageInfo: boolean;
  /** `totalCount` or `sources`. Alone, they take one call with `limit=1` for each source. */
  readonly totals: boolean;
}

/** Only items whose sort key is later than `after` and earlier than `before`. Items with the key null are left out. */
export interface KeyRange {
  readonly after?: string | null | undefined;
  readonly before?: string | null | undefined;
}

/** Something odd in a source's answer that paging tolerates. The names are labels of a metric. */
export type SourceSurprise =
  | 'clamped-limit'
  | 'repeated-item'
  | 'unreadable-item'
  | 'foreign-collation'
  | 'missing-sort-key'
  | 'misplaced-item'
  | 'unstable-ties';

export interface PageRequest<Node> {
  readonly sources: readonly Source<Node>[];
  readonly order: ConnectionOrder;
  readonly binding: CursorBinding;
  readonly page: PageArguments;
  readonly limits: PageLimits;
  readonly select: PageSelection;
  /** A filter that the sources do not have. It is applied while items are scanned. If absent, nothing is scanned. */
  readonly matches?: ((node: Node) => boolean) | undefined;
  /** A filter on the sort key. Its near end is searched for, not scanned. Needs a comparison of times. */
  readonly keyRange?: KeyRange | undefined;
  /** Called at most once for each source and kind of surprise in a page. */
  readonly onSurprise?: ((source: string, surprise: SourceSurprise) => void) | undefined;
  /** Called if a source throws something that is no GatewayError, which is a bug. The page continues without it. */
  readonly onBug?: ((source: string, error: unknown) => void) | undefined;
}

export interface Edge<Node> {
  readonly cursor: string;
  readonly node: Node;
}

export type SourceStatus = 'OK' | 'FORBIDDEN' | 'UNAVAILABLE' | 'SCAN_LIMIT';

/** How one source answered. */
export interface SourceReport {
  readonly key: string;
  readonly status: SourceStatus;
  /** Null if the source did not say or did not answer, or if the count would take a scan. */
  readonly totalCount: number | null;
  readonly error: GatewayError | null;
}

export interface ConnectionPage<Node> {
  /** In the order of the connection, whichever direction the page was read in. */
  readonly edges: readonly Edge<Node>[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /**
   * Null on an empty page, with one exception: if the scan bound or an outage cut the page short, the cursor to
   * continue from is set. That is `endCursor` forward and `startCursor` backward.
   */
  readonly startCursor: string | null;
  readonly endCursor: string | null;
  /** The sum over the sources that answered. Null if one of them gave no count, or if the count would take a scan. */
  readonly totalCount: number | null;
  readonly sources: readonly SourceReport[];
  /** Items that the page read upstream, over all sources. */
  readonly readItems: number;
}
