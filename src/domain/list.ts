export type SortDirection = 'ascending' | 'descending';

/** A request for one page of a page-numbered list. `page` counts from 1. */
export interface ListRequest<Field extends string = 'createdAt'> {
  readonly page: number;
  readonly limit: number;
  readonly sort: { readonly field: Field; readonly direction: SortDirection };
}

/**
 * One page of a page-numbered list. An item that could not be read, or has no id, is null, so the others keep their
 * positions.
 */
export interface ListPage<Item> {
  readonly items: readonly (Item | null)[];
  /** Items on a page as the API applied the limit. It can be lower than the limit that was asked for. */
  readonly limit: number;
  /** The API's count of all items; null if it gave none. It can be wrong. */
  readonly totalCount: number | null;
  readonly hasNextPage: boolean;
}
