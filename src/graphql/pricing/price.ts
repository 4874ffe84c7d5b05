import { isWellFormed } from '../../creation/email-addresses.ts';
import {
  maxCallsPerBatch,
  maxPagesPerEmail,
  maxPolicyCalls,
  planLookups,
} from '../../lookups/plan.ts';
import type { PageLimits } from '../../paging/types.ts';

/** The configured limits that prices depend on, and the number of platforms. */
export interface PriceBounds extends PageLimits {
  readonly bulkChunkSize: number;
  readonly platforms: number;
}

/** One field of an operation that is priced. */
export interface PriceQuestion<Args> {
  readonly args: Args;
  /** The maximum number of objects that the field is resolved on. */
  readonly objects: number;
  /** The names of the fields that are selected below it. */
  readonly selected: ReadonlySet<string>;
  readonly bounds: PriceBounds;
}

/** The price of one field. */
export interface Price {
  /** The number of upstream calls for all objects together. */
  readonly calls: number;
  /** The maximum number of objects that the selection below it is resolved on. */
  readonly objects: number;
  /** Calls that an operation makes once for all its fields, by the name of what they find. The largest number counts. */
  readonly once?: Readonly<Record<string, number>>;
  /** The pixels of QR codes for all objects together. */
  readonly pixels?: number;
}

/** Computes the price of a field. Throws InputRejectedError if the arguments are refused: such a field makes no call. */
export type FieldPrice<Args = unknown> = (question: PriceQuestion<Args>) => Price;

declare module 'graphql' {
  // The names of the parameters are those of the package.
  interface GraphQLFieldExtensions<_TSource, _TContext, _TArgs> {
    /** Root fields and connections need one. Any other field without a price is free and keeps the number of objects. */
    readonly price?: FieldPrice<_TArgs>;
    /** Counts the ids, representations and addresses in the arguments of a root field without reading them. */
    readonly countIds?: (args: _TArgs) => number;
  }
}

/** The price of a field that makes no call. */
export const free: FieldPrice = ({ objects }) => ({ calls: 0, objects });

/**
 * The number of objects in one list that prices assume: the users of an organization, and the policies and tokens of a
 * platform that are not revoked. A token for each user is assumed. In a larger organization the lookups of a page can take
 * more calls than their price, up to the maximum of a batch.
 */
const assumedListSize = { user: 5_000, policy: 1_000, token: 5_000 } as const;

/** The number of calls that the loaders plan for the lookup of `ids` objects of one kind in one list. */
export const countLookupCalls = (
  kind: keyof typeof assumedListSize,
  ids: number,
  { maxLimit, platforms }: PriceBounds,
): number => {
  const { pages, gets } = planLookups({
    missing: ids,
    listSize: assumedListSize[kind],
    pageSize: maxLimit,
    pagesRead: 0,
    canReadMore: true,
    callsLeft: kind === 'policy' ? maxPolicyCalls(platforms) : maxCallsPerBatch[kind],
    isPartialListEnough: true,
  });
  return pages + gets;
};

/** The number of calls that the lookup of one e-mail address takes. A text that is no address can be a part of many addresses. */
export const countEmailCalls = (email: string, { maxLimit }: PriceBounds): number =>
  isWellFormed(email) ? 1 : Math.min(maxPagesPerEmail, Math.ceil(assumedListSize.user / maxLimit));
