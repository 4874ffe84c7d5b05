import { CostLimitError } from '../domain/errors.ts';
import type { Merge } from './merge.ts';
import type { SourceReader } from './source/source-reader.ts';
import { toSourceFailure } from './source-failure.ts';
import type { PageLimits, PageRequest } from './types.ts';

// Items read beyond a page to see where its last tie group ends.
const tieAllowance = 1;
// If a filter is applied here, most items may fail it. The gateway then asks for large answers: a call is more
// expensive than the bytes of more items.
const smallestScan = 100;
const scanFactor = 4;
// A scan ends if it may read fewer items than this: such a small answer would hardly advance it.
const leastScan = 20;

/** The calls that a scan adds to a page, if it goes to the scan bound and the sources apply the limits that they are asked for. */
export const countScanCalls = ({ maxScanItems, maxLimit }: PageLimits): number =>
  Math.ceil(maxScanItems / maxLimit);

/** How the reading of a page ended. */
export interface Filling<Node> {
  /** Whether an item that matches was seen beyond the page, or may follow it. */
  readonly hasMore: boolean;
  /** The readers that were waiting to read on when the scan bound or the operation's call bound ended the page. */
  readonly cutShort: readonly SourceReader<Node>[];
}

/** The items that the readers have read, over all sources. */
export const countRead = (readers: readonly { readonly readItems: number }[]): number =>
  readers.reduce((sum, reader) => sum + reader.readItems, 0);

/**
 * Advances readers at the same time. A reader that fails is ended in the merge. Returns whether the operation's call
 * bound stopped a reader that had read something before.
 */
const advanceAll = async <Node>(
  readers: readonly SourceReader<Node>[],
  merge: Merge<Node>,
  wanted: number,
  mostItems: number,
): Promise<boolean> => {
  let isCallBoundReached = false;
  const advance = async (reader: SourceReader<Node>) => {
    try {
      await reader.advance(wanted, mostItems);
    } catch (error) {
      const failure = toSourceFailure(error, reader.onBug);
      // A list that was partly read is not unavailable. The page ends there, as at the scan bound.
      if (failure instanceof CostLimitError && reader.hasRead) isCallBoundReached = true;
      else merge.fail(reader, failure);
    }
  };
  await Promise.all(readers.map(advance));
  return isCallBoundReached;
};

/** Reads on until the page is full and it is known whether more follows, or until a bound is reached. */
export const fillPage = async <Node>(
  merge: Merge<Node>,
  readers: readonly SourceReader<Node>[],
  { limits, matches, select }: Pick<PageRequest<Node>, 'limits' | 'matches' | 'select'>,
  size: number,
): Promise<Filling<Node>> => {
  const isScan = matches !== undefined;
  const itemsFor = (missing: number): number =>
    isScan ? Math.max(smallestScan, scanFactor * missing) : missing + 1 + tieAllowance;
  let waiting: readonly SourceReader<Node>[] = readers.filter(({ isExhausted }) => !isExhausted);
  let wanted = itemsFor(size);
  while (waiting.length > 0) {
    const left = limits.maxScanItems - countRead(readers);
    if (isScan && left < leastScan && readers.some(({ hasRead }) => hasRead)) {
      return { hasMore: true, cutShort: waiting };
    }
    const mostItems = isScan ? Math.floor(left / waiting.length) : limits.maxLimit;
    const isCallBoundReached = await advanceAll(waiting, merge, wanted, mostItems);
    merge.fill(size);
    if (isCallBoundReached) return { hasMore: true, cutShort: merge.readersToAdvance() };
    const missing = size - merge.edges.length;
    if (missing === 0 && (!select.pageInfo || merge.seesMore())) break;
    waiting = merge.readersToAdvance();
    wanted = isScan ? limits.maxLimit : itemsFor(missing);
  }
  return { hasMore: merge.seesMore(), cutShort: [] };
};

/** Counts the sources that the page did not need to read: one call of one item each. */
export const countUnread = async <Node>(merge: Merge<Node>): Promise<void> => {
  const countSource = async (reader: SourceReader<Node>) => {
    try {
      await reader.count();
    } catch (error) {
      merge.fail(reader, toSourceFailure(error, reader.onBug));
    }
  };
  await Promise.all(merge.live.filter(({ hasRead }) => !hasRead).map(countSource));
};
