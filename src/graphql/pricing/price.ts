import { maxCallsPerBatch, planLookups } from '../../lookups/plan.ts';

/** What prices depend on beside the operation itself. */
export interface PriceBounds {
  readonly defaultPageSize: number;
  readonly maxPageSize: number;
  readonly maxScanItems: number;
  readonly maxLimit: number;
  readonly bulkChunkSize: number;
}

/** A field as an operation selects it. */
export interface PriceQuestion {
  readonly args: Readonly<Record<string, unknown>>;
  /** How many objects it is resolved on, at most. */
  readonly objects: number;
  /** The names selected below it. */
  readonly selected: ReadonlySet<string>;
}

export interface Price {
  /** Upstream calls, for all the objects together. */
  readonly calls: number;
  /** How many objects its own selection is resolved on, at most. */
  readonly objects: number;
  /** The organizations that it names by slugs: each costs a call, once an operation. */
  readonly slugs?: readonly string[];
  /** Of QR codes, for all the objects together. */
  readonly pixels?: number;
}

export type FieldPrice = (question: PriceQuestion) => Price;

/**
 * How large an organization is taken to be: on a larger one the lookups of a page may cost more than they are priced
 * at, up to the bound of their batch.
 */
const usualList = { user: 5_000, policy: 1_000 } as const;

/** The fewest calls that look so many objects of one kind up, by the plan of the loaders. */
export const lookupCalls = (
  kind: 'user' | 'policy',
  ids: number,
  { maxLimit }: PriceBounds,
): number => {
  const { pages, gets } = planLookups({
    missing: ids,
    listSize: usualList[kind],
    pageSize: maxLimit,
    pagesRead: 0,
    canReadMore: true,
    callsLeft: maxCallsPerBatch[kind],
    isPartialListEnough: true,
  });
  return pages + gets;
};
