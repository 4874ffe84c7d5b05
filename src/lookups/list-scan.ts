import { type FailureCode, GatewayError } from '../domain/errors.ts';
import type { ListPage } from '../domain/list.ts';

/** What later operations can know of a list before they read it. */
export interface ListFacts {
  /** Items in the list, by the API's count; null if the API gave none. */
  readonly size: number | null;
  /** Items on a page, as the API applied the limit. */
  readonly pageSize: number;
  /** Whether the API refused the list itself. Its objects may still be readable one by one. */
  readonly isRefused: boolean;
}

/**
 * One operation's reading of one list, from the first page on. The batches of the operation share it, so a page that
 * one batch read can also answer a later batch.
 */
export interface ListScan<Item> {
  readonly items: ReadonlyMap<string, Item>;
  readonly facts: ListFacts;
  readonly pagesRead: number;
  readonly canReadMore: boolean;
  readonly isComplete: boolean;
  /** Settles when the pages that another batch reads have arrived; null if none are being read. */
  readonly pendingRead: Promise<unknown> | null;
  /**
   * Reads the next pages in parallel. Returns the error of a page that failed, which ends the scan; null if all were
   * read, or if the API refused the list itself.
   */
  readonly readPages: (count: number) => Promise<Error | null>;
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

export interface ListSource<Item> {
  readonly facts: ListFacts;
  readonly readPage: (page: number) => Promise<ListPage<Item>>;
  readonly nameOf: (item: Item) => string;
  readonly onFacts: (facts: ListFacts) => void;
}

// The caller may not list, or the API cannot list: it has no such route, accepts no such page, or its answer is too large.
// Getting the objects one by one can still work. Nothing in the request of a page depends on the ids.
const refusals: ReadonlySet<FailureCode> = new Set([
  'FORBIDDEN',
  'PLAN_LIMIT',
  'NOT_SUPPORTED',
  'INPUT_REJECTED',
  'CONTRACT_BROKEN',
]);

const isRefusal = (error: unknown): boolean =>
  error instanceof GatewayError && refusals.has(error.code);

/** Creates a scan at the start of a list. Makes no call before `readPages`. */
export const createListScan = <Item>(source: ListSource<Item>): ListScan<Item> => {
  const items = new Map<string, Item>();

  const updateFacts = (changes: Partial<ListFacts>): void => {
    scan.facts = { ...scan.facts, ...changes };
    source.onFacts(scan.facts);
  };

  const addPage = (page: ListPage<Item>): void => {
    for (const item of page.items) {
      if (item !== null) items.set(source.nameOf(item), item);
    }
    if (!scan.canReadMore) return;
    scan.pagesRead += 1;
    scan.isComplete = !page.hasNextPage;
    scan.canReadMore = page.hasNextPage;
    const itemsRead = (scan.pagesRead - 1) * page.limit + page.items.length;
    updateFacts({ size: scan.isComplete ? itemsRead : page.totalCount, pageSize: page.limit });
  };

  const readNextPages = async (count: number): Promise<Error | null> => {
    const numbers = Array.from({ length: count }, (_, index) => scan.pagesRead + index + 1);
    const answers = await Promise.allSettled(numbers.map(source.readPage));
    let failure: Error | null = null;
    for (const answer of answers) {
      if (answer.status === 'fulfilled') {
        addPage(answer.value);
        continue;
      }
      // The items of later pages are still used. But the scan has a gap now, so it reads no further page.
      scan.canReadMore = false;
      if (isRefusal(answer.reason)) updateFacts({ isRefused: true });
      else failure ??= toError(answer.reason);
    }
    return failure;
  };

  const scan: Mutable<ListScan<Item>> = {
    items,
    facts: source.facts,
    pagesRead: 0,
    canReadMore: !source.facts.isRefused,
    isComplete: false,
    pendingRead: null,
    readPages: async (count) => {
      const read = readNextPages(count).finally(() => {
        scan.pendingRead = null;
      });
      scan.pendingRead = read;
      return read;
    },
  };
  return scan;
};

/** Wraps a thrown value that is not an Error. */
export const toError = (reason: unknown): Error =>
  reason instanceof Error ? reason : new Error('A lookup failed.', { cause: reason });
