import { maxCallsPerBatch, planLookups } from '../../lookups/plan.ts';

/** The configured limits that prices depend on. */
export interface PriceBounds {
  readonly defaultPageSize: number;
  readonly maxPageSize: number;
  readonly maxScanItems: number;
  readonly maxLimit: number;
  readonly bulkChunkSize: number;
}

/** One field of an operation that is priced. */
export interface PriceQuestion {
  readonly args: Readonly<Record<string, unknown>>;
  /** The maximum number of objects that the field is resolved on. */
  readonly objects: number;
  /** The names of the fields that are selected below it. */
  readonly selected: ReadonlySet<string>;
}

/** The price of one field. */
export interface Price {
  /** The number of upstream calls for all objects together. */
  readonly calls: number;
  /** The maximum number of objects that the selection below it is resolved on. */
  readonly objects: number;
  /** The organizations that the field names by slugs. Each takes one call in an operation. */
  readonly slugs?: readonly string[];
  /** The pixels of QR codes for all objects together. */
  readonly pixels?: number;
}

/** Computes the price of a field. */
export type FieldPrice = (question: PriceQuestion) => Price;

/**
 * The numbers of users and policies that prices assume. In a larger organization the lookups of a page can take more calls
 * than their price, up to the maximum of a batch.
 */
const assumedListSize = { user: 5_000, policy: 1_000 } as const;

/** The number of calls that the loaders plan for the lookup of `ids` objects of one kind. */
export const countLookupCalls = (
  kind: 'user' | 'policy',
  ids: number,
  { maxLimit }: PriceBounds,
): number => {
  const { pages, gets } = planLookups({
    missing: ids,
    listSize: assumedListSize[kind],
    pageSize: maxLimit,
    pagesRead: 0,
    canReadMore: true,
    callsLeft: maxCallsPerBatch[kind],
    isPartialListEnough: true,
  });
  return pages + gets;
};
