import { GatewayError } from '../domain/errors.ts';
import type { ListPage } from '../domain/list.ts';

/** What is remembered of a list from one operation to the next. */
export interface ListFacts {
  /** Items in it, by the API's count; null where it did not say. */
  readonly size: number | null;
  /** Items a page, as the API applied the limit. */
  readonly pageSize: number;
  /** Whether the list was refused as such; its objects may be readable one by one. */
  readonly refused: boolean;
}

/**
 * One operation's reading of one list, from the first page on. Several batches use the same one: what its pages showed
 * answers later batches too.
 */
export interface ListWalk<Item> {
  readonly items: ReadonlyMap<string, Item>;
  readonly facts: ListFacts;
  readonly pagesRead: number;
  /** Whether there are more pages, and they can be read. */
  readonly open: boolean;
  /** Whether every page was read. */
  readonly whole: boolean;
  /** The reading of another batch, which may answer this one; null where nobody reads. */
  readonly reading: Promise<unknown> | null;
  /**
   * Reads the next pages, all at the same time. Returns the error of one that failed, which closes the list; but null
   * where the list was refused as such.
   */
  readonly read: (pages: number) => Promise<Error | null>;
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

export interface ListSource<Item> {
  readonly facts: ListFacts;
  readonly readPage: (page: number) => Promise<ListPage<Item>>;
  readonly nameOf: (item: Item) => string;
  readonly onFacts: (facts: ListFacts) => void;
}

// The caller may not list, or the API cannot (it has no such list, or an answer too big), where get-one may do.
const refusals: ReadonlySet<string> = new Set([
  'FORBIDDEN',
  'PLAN_LIMIT',
  'NOT_SUPPORTED',
  'CONTRACT_BROKEN',
]);

const isRefusal = (error: unknown): boolean =>
  error instanceof GatewayError && refusals.has(error.code);

/** Where the list begins to be read; nothing is called before `read`. */
export const createListWalk = <Item>(source: ListSource<Item>): ListWalk<Item> => {
  const items = new Map<string, Item>();

  const learn = (news: Partial<ListFacts>): void => {
    walk.facts = { ...walk.facts, ...news };
    source.onFacts(walk.facts);
  };

  const take = (page: ListPage<Item>): void => {
    for (const item of page.items) {
      if (item !== null) items.set(source.nameOf(item), item);
    }
    if (!walk.open) return;
    walk.pagesRead += 1;
    walk.whole = !page.hasNextPage;
    walk.open = page.hasNextPage;
    const itemsRead = (walk.pagesRead - 1) * page.limit + page.items.length;
    learn({ size: walk.whole ? itemsRead : page.totalCount, pageSize: page.limit });
  };

  const readNow = async (pages: number): Promise<Error | null> => {
    const numbers = Array.from({ length: pages }, (_, index) => walk.pagesRead + index + 1);
    const answers = await Promise.allSettled(numbers.map(source.readPage));
    let failure: Error | null = null;
    for (const answer of answers) {
      if (answer.status === 'fulfilled') {
        take(answer.value);
        continue;
      }
      // Later pages may still show what is sought; but the walk has a hole, and ends here.
      walk.open = false;
      if (isRefusal(answer.reason)) learn({ refused: true });
      else failure ??= toError(answer.reason);
    }
    return failure;
  };

  const walk: Mutable<ListWalk<Item>> = {
    items,
    facts: source.facts,
    pagesRead: 0,
    open: !source.facts.refused,
    whole: false,
    reading: null,
    read: async (pages) => {
      const reading = readNow(pages).finally(() => {
        walk.reading = null;
      });
      walk.reading = reading;
      return reading;
    },
  };
  return walk;
};

/** What was thrown, as an Error. */
export const toError = (reason: unknown): Error =>
  reason instanceof Error ? reason : new Error('A lookup failed.', { cause: reason });
