export type SortDirection = 'ascending' | 'descending';

/** One page of a page-numbered list. `page` counts from 1. */
export interface ListRequest<Field extends string = string> {
  readonly page: number;
  readonly limit: number;
  readonly sort: { readonly field: Field; readonly direction: SortDirection };
}

/** The fields that policy and user lists are sorted by. */
export type ListOrderField = 'createdAt' | 'updatedAt' | 'name' | 'email';

/** One answer of a page-numbered list, positions kept: an item that could not be read (null, or without id) is null. */
export interface ListPage<Item> {
  readonly items: readonly (Item | null)[];
  /** Items a page as the API applied it; it may have clamped what was asked. */
  readonly limit: number;
  /** What the API counted; null where it did not say. It may be wrong. */
  readonly totalCount: number | null;
  readonly hasNextPage: boolean;
}
