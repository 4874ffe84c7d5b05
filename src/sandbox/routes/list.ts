import type { Collection } from '../data/collection.ts';
import type { Random } from '../data/random.ts';
import type { Document, Json, JsonObject } from '../json.ts';
import type { QueryReader } from '../query.ts';

/** How faults change the answer of a list. */
export interface ListFaults {
  /** The maximum of items per page, whatever limit was requested. */
  readonly maxLimit?: number;
  /** The value of `totalDocs`, instead of the true one. */
  readonly totalDocs?: number;
  /** Shuffles items with equal sort keys. */
  readonly shuffleTies?: Random;
}

export interface ListRequest {
  readonly page: number;
  readonly limit: number;
  readonly field: string;
  readonly descending: boolean;
}

/** A filter of a list. Two filters have the same name only if they are the same. */
export interface Condition {
  readonly name: string;
  readonly matches: (document: Document) => boolean;
}

const defaultLimit = 10;
const maxLimit = 10_000;
const maxPage = 1_000_000;
const sortPattern = /^[\w.]*(:asc|:desc)?$/;

/** Reads `page`, `limit` and `sort`. Default order: newest first. */
export const readListRequest = (query: QueryReader): ListRequest => {
  const page = query.integer('page', 1, maxPage) ?? 1;
  const limit = query.integer('limit', 1, maxLimit) ?? defaultLimit;
  const [field = '', direction] = (query.text('sort', 256, sortPattern) ?? '').split(':');
  return field === ''
    ? { page, limit, field: 'createdAt', descending: true }
    : { page, limit, field, descending: direction === 'desc' };
};

/** One page of a collection in the vendor's paging envelope. A page past the end is empty. */
export const listPage = (
  collection: Collection,
  request: ListRequest,
  conditions: readonly Condition[],
  faults: ListFaults,
  toItem: (document: Document) => Json = (document) => document,
): JsonObject => {
  const limit = Math.min(request.limit, faults.maxLimit ?? request.limit);
  const { page } = request;
  const { documents, total } = collection.slice(
    {
      name: JSON.stringify(conditions.map(({ name }) => name)),
      matches: (document) => conditions.every(({ matches }) => matches(document)),
      field: request.field,
      descending: request.descending,
    },
    (page - 1) * limit,
    page * limit,
    faults.shuffleTies,
  );
  const totalDocs = faults.totalDocs ?? total;
  const hasPrevPage = page > 1;
  const hasNextPage = page * limit < total;
  return {
    items: documents.map(toItem),
    totalDocs,
    limit,
    hasPrevPage,
    hasNextPage,
    page,
    totalPages: Math.max(1, Math.ceil(totalDocs / limit)),
    prevPage: hasPrevPage ? page - 1 : null,
    nextPage: hasNextPage ? page + 1 : null,
    lean: true,
  };
};
