import type { UpstreamCall } from '../domain/operation.ts';
import { type ChangeBatch, createBatch } from './change-batch.ts';
import type { ReadLists } from './live-reading.ts';
import type { NewestItems, Positions } from './position.ts';

interface ReadingBatchesOptions {
  readonly encode: (positions: Positions) => string;
  /** The calls of the reading. */
  readonly calls: readonly UpstreamCall[];
  /** Whoever has missed more changes gets none. */
  readonly mostChanges: number;
}

/** The items of each list, if they are all that changed since these positions. Lists that can be read later are left out. */
const itemsSince = <Node>(read: ReadLists<Node>, since: Positions) => {
  const items = new Map<string, NewestItems<Node>['items']>();
  for (const [list, newest] of read) {
    const isReached = (since.get(list)?.floorMs ?? Infinity) >= newest.lowestCompleteMs;
    if (isReached) items.set(list, newest.items);
    else if (!newest.isCutShort) return null;
  }
  return items;
};

/**
 * Creates a function that returns what a group of subscribers gets of a reading, or null if too much has changed since its
 * positions: its `own` ones, and those `before` the reading in all other lists. Each group's batch is made once.
 */
export const createReadingBatches = <Node>(
  read: ReadLists<Node>,
  before: Positions,
  { encode, calls, mostChanges }: ReadingBatchesOptions,
) => {
  const batches = new Map<string, ChangeBatch<Node> | null>();
  return (group: string, own: Positions): ChangeBatch<Node> | null => {
    const known = batches.get(group);
    if (known !== undefined) return known;
    const since: Positions = new Map([...before, ...own]);
    const items = itemsSince(read, since);
    const made = items && createBatch(since, items, encode, calls);
    const batch = made && made.changes.length <= mostChanges ? made : null;
    batches.set(group, batch);
    return batch;
  };
};
