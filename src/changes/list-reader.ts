import { GatewayError, UnauthenticatedError } from '../domain/errors.ts';
import { readConnectionPage } from '../paging/connection-page.ts';
import { toTime } from '../paging/position.ts';
import type { ConnectionPage, PageRequest, Source } from '../paging/types.ts';
import {
  digestOf,
  type FollowedItem,
  type ListPosition,
  latestVersions,
  type NewestItems,
  startOfOverlap,
} from './position.ts';

/** What following needs to know of a node. Times are ISO 8601. */
export interface NodeFacts {
  readonly id: string;
  /** As the API sorts by it; null or undefined if it cannot be read. */
  readonly updatedAt: string | null | undefined;
  readonly createdAt: string | null;
  readonly isRevoked: boolean;
}

export interface ListReading<Node> {
  readonly source: Source<Node>;
  readonly facts: (node: Node) => NodeFacts;
  /** The time down to which all items are needed. Null: the overlap only. */
  readonly floorMs: number | null;
  /** What is known of the list. Its items do not count as read. */
  readonly known: ListPosition | null;
  readonly maxLimit: number;
  /** The most items that are read besides those that are known. */
  readonly maxScanItems: number;
  readonly onSurprise: NonNullable<PageRequest<Node>['onSurprise']>;
  readonly onBug: NonNullable<PageRequest<Node>['onBug']>;
}

/** The known items that may be read again, as a multiple of those that may be read besides. */
const knownItemsFactor = 10;
/** A quiet list is read with one call of this many items. */
const smallestPage = 20;
/** How many items more than the overlap has are asked for, so that a few changes need no second call. */
const roomForChanges = 10;
/** A page needs some items beside it. With this share of the largest limit, it fits one answer. */
const pageShare = 0.9;

const order = { field: 'updatedAt', direction: 'descending', comparison: 'time' } as const;
// The cursors of the pages do not leave this file.
const binding = { connection: 'changes', organizationId: '', filter: null };

/**
 * Reads a list from its newest change down to a floor. One call if little has changed. Items whose time cannot be read are
 * left out. Throws as `readConnectionPage` does. If it fails below the known floor, it returns what is above: somebody who
 * needs many old changes must not take the new ones from the others.
 */
export const readNewest = async <Node>({
  source,
  facts,
  floorMs,
  known,
  maxLimit,
  maxScanItems,
  onSurprise,
  onBug,
}: ListReading<Node>): Promise<NewestItems<Node>> => {
  const items: FollowedItem<Node>[] = [];
  const toItem = (node: Node): FollowedItem<Node> | null => {
    const { id, updatedAt, createdAt, isRevoked } = facts(node);
    const updatedMs = toTime(updatedAt ?? '');
    if (updatedMs === undefined) return null;
    const digest = digestOf(id);
    return {
      list: source.key,
      digest,
      updatedMs,
      createdMs: toTime(createdAt ?? '') ?? null,
      isRevoked,
      node,
    };
  };
  const answer = (lowestCompleteMs: number, isCutShort = false): NewestItems<Node> => ({
    items: latestVersions(items),
    lowestCompleteMs,
    isCutShort,
  });
  const lowestReadMs = () => items.at(-1)?.updatedMs ?? Infinity;
  const isKnown = ({ digest, updatedMs }: FollowedItem<Node>) =>
    known?.seen.get(digest) === updatedMs;
  const largestPage = Math.max(1, Math.floor(maxLimit * pageShare));
  const limits = {
    defaultPageSize: smallestPage,
    maxPageSize: largestPage,
    maxScanItems,
    maxLimit,
  };
  let size = Math.min(
    largestPage,
    Math.max(smallestPage, (known?.seen.size ?? 0) + roomForChanges),
  );
  let after: string | null = null;
  let count = 0;
  let unknownCount = 0;
  const readPage = (): Promise<ConnectionPage<Node>> =>
    readConnectionPage({
      sources: [source],
      order,
      binding,
      page: { first: size, after },
      limits,
      select: { items: true, pageInfo: true, totals: false },
      onSurprise,
      onBug,
    });
  for (;;) {
    let page: ConnectionPage<Node>;
    try {
      page = await readPage();
    } catch (error) {
      const isEnough = known !== null && lowestReadMs() < known.floorMs;
      if (!isEnough || !(error instanceof GatewayError) || error instanceof UnauthenticatedError)
        throw error;
      return answer(lowestReadMs() + 1, true);
    }
    const read = page.edges.flatMap(({ node }) => toItem(node) ?? []);
    items.push(...read);
    count += page.edges.length;
    unknownCount += read.filter((item) => !isKnown(item)).length;
    if (!page.hasNextPage) return answer(0);
    const lowestMs = lowestReadMs();
    const neededMs = floorMs ?? startOfOverlap(items);
    if (lowestMs < neededMs) return answer(neededMs);
    const isBoundReached = unknownCount >= maxScanItems || count >= maxScanItems * knownItemsFactor;
    if (isBoundReached || page.edges.length === 0) return answer(lowestMs + 1);
    after = page.endCursor;
    size = largestPage;
  }
};
