import { mostCallsPerBatch, planLookups } from '../loaders/plan.ts';
import { InputRejectedError } from '../tokens/errors.ts';
import { isEntityId } from '../tokens/organization.ts';
import { createEntities, type Entities, userTypeName } from './entity.ts';
import { qrCodePrice } from './qr-code.ts';
import type { PlatformTypes } from './schema-parts.ts';

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
  /** Of QR codes, for all the objects together. */
  readonly pixels?: number;
}

export type FieldPrice = (question: PriceQuestion) => Price;

/**
 * How large an organization is taken to be: on a larger one the lookups of a page may cost more than they are priced
 * at, up to the bound of their batch.
 */
const usualList = { user: 5_000, policy: 1_000 } as const;

/** Policies of one token, where they multiply what is below them. */
const policiesOfToken = 3;

/** Calls with which the place that a date filter begins at is found. */
const seekCalls = 8;

/** Most pages that tell the outcomes of a bulk create. */
const readBackPages = 10;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  isRecord(value) ? value : {};

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The fewest calls that look so many objects of one kind up, by the plan of the loaders. */
const lookupCalls = (kind: 'user' | 'policy', ids: number, { maxLimit }: PriceBounds): number => {
  const { pages, gets } = planLookups({
    missing: ids,
    listSize: usualList[kind],
    pageSize: maxLimit,
    pagesRead: 0,
    listOpen: true,
    callsLeft: mostCallsPerBatch[kind],
    partsAnswer: true,
  });
  return pages + gets;
};

const pageSize = ({ first, last }: PriceQuestion['args'], bounds: PriceBounds): number => {
  const asked = first ?? last ?? bounds.defaultPageSize;
  return typeof asked === 'number' ? Math.max(0, Math.min(asked, bounds.maxPageSize)) : 0;
};

/** One page of a connection over so many lists: a call a list, where it shows anything. */
const pagePrice = (question: PriceQuestion, lists: number, bounds: PriceBounds): Price => {
  const { args, objects, selected } = question;
  const showsItems = selected.has('nodes') || selected.has('edges');
  return {
    calls: objects * lists,
    objects: showsItems ? objects * pageSize(args, bounds) : 0,
  };
};

/** How many platforms a filter leaves. */
const platformsOf = (filter: Readonly<Record<string, unknown>>, all: number): number => {
  const chosen = Array.isArray(filter['platforms']) ? new Set(filter['platforms']).size : all;
  return filter['policyId'] == null ? chosen : Math.min(1, chosen);
};

/** What a filter costs beyond the page itself: what the API cannot filter by is scanned, a date range is sought. */
const filterCalls = (
  filter: Readonly<Record<string, unknown>>,
  orderBy: Readonly<Record<string, unknown>>,
  lists: number,
  { maxScanItems, maxLimit }: PriceBounds,
): number => {
  const given = (...names: readonly string[]) => names.some((name) => filter[name] != null);
  const key = orderBy['field'] ?? 'createdAt';
  const ranges = {
    createdAt: given('createdAfter', 'createdBefore'),
    expiresAt: given('expiresAfter', 'expiresBefore'),
  };
  const isSought = Object.entries(ranges).some(([field, isGiven]) => isGiven && field === key);
  const isScanned =
    given('states', 'anyTag', 'search') ||
    Object.entries(ranges).some(([field, isGiven]) => isGiven && field !== key);
  return (isSought ? lists * seekCalls : 0) + (isScanned ? Math.ceil(maxScanItems / maxLimit) : 0);
};

const tokenPagePrice =
  (platforms: number, bounds: PriceBounds): FieldPrice =>
  (question) => {
    const filter = record(question.args['filter']);
    const lists = platformsOf(filter, platforms);
    const page = pagePrice(question, lists, bounds);
    const shows = ['nodes', 'edges', 'pageInfo'].some((name) => question.selected.has(name));
    const more = shows ? filterCalls(filter, record(question.args['orderBy']), lists, bounds) : 0;
    return { ...page, calls: page.calls + question.objects * (lists === 0 ? 0 : more) };
  };

/** Answered from what a token embeds, or by prices of their own. */
const identityFields = ['__typename', 'id', 'sourceId', 'organizationId', 'enrollmentTokens'];
const embeddedOfUser = new Set([...identityFields, 'email']);
const embeddedOfPolicy = new Set([...identityFields, 'platform']);

const isWithin = (selected: ReadonlySet<string>, known: ReadonlySet<string>): boolean =>
  [...selected].every((name) => known.has(name));

/** What reading objects again by global id costs: a call a token, the plan's for users and policies. */
const idsCalls = (ids: readonly unknown[], entities: Entities, bounds: PriceBounds): number => {
  const counts = new Map<string, number>();
  for (const id of new Set(ids)) {
    try {
      const { kind, typename } = entities.decode(String(id), ['id']);
      const group = kind === 'token' ? 'token' : `${kind} ${typename}`;
      counts.set(group, (counts.get(group) ?? 0) + 1);
    } catch (error) {
      // It will be refused, and costs nothing.
      if (!(error instanceof InputRejectedError)) throw error;
    }
  }
  let calls = 0;
  for (const [group, count] of counts) {
    if (group === 'token') calls += count;
    else calls += lookupCalls(group.startsWith('user') ? 'user' : 'policy', count, bounds);
  }
  return calls;
};

const representationsPrice = (
  { args }: PriceQuestion,
  entities: Entities,
  bounds: PriceBounds,
): Price => {
  const representations = list(args['representations']).map(record);
  const ids = representations.flatMap(({ id }) => (typeof id === 'string' ? [id] : []));
  const byEmail = new Set(
    representations.flatMap(({ id, __typename: typename, email }) =>
      id === undefined && typename === userTypeName ? [String(email).trim().toLowerCase()] : [],
    ),
  );
  return {
    calls: idsCalls(ids, entities, bounds) + lookupCalls('user', byEmail.size, bounds),
    objects: representations.length,
  };
};

const mutationPrice = ({ args, selected }: PriceQuestion, bounds: PriceBounds): Price => {
  const input = record(args['input']);
  const policies = list(input['policyAssignments']).length;
  const lookups = (input['userId'] == null ? 0 : 1) + lookupCalls('policy', policies, bounds);
  if (input['validateOnly'] === true) return { calls: lookups, objects: 0 };
  const addresses = list(input['userEmails']).length;
  // A create, an update or a revocation: the write, and the read before or after it.
  if (addresses === 0) return { calls: 2, objects: 1 };
  const pages = Math.min(readBackPages, 1 + Math.ceil(addresses / bounds.maxLimit));
  return {
    calls: Math.ceil(addresses / bounds.bulkChunkSize) + (selected.has('results') ? pages : 0),
    objects: addresses,
  };
};

/** The name under which every mutation has its price. */
export const anyMutation = 'Mutation.*';

/** Prices by `Type.field`, where a type can be an interface. Other fields are free and hand on their objects. */
export const createPrices = (
  platforms: readonly PlatformTypes[],
  bounds: PriceBounds,
): ReadonlyMap<string, FieldPrice> => {
  const entities = createEntities(platforms);
  const tokens = tokenPagePrice(platforms.length, bounds);
  return new Map<string, FieldPrice>([
    ['Query.enrollmentTokens', tokens],
    ['MdmUser.enrollmentTokens', tokens],
    ['MdmPolicy.enrollmentTokens', tokenPagePrice(1, bounds)],
    [
      'Query.mdmPolicies',
      (question) =>
        pagePrice(question, question.args['platform'] == null ? platforms.length : 1, bounds),
    ],
    ['Query.mdmUsers', (question) => pagePrice(question, 1, bounds)],
    ['Query.mdmUser', () => ({ calls: 1, objects: 1 })],
    ['Query.enrollmentToken', () => ({ calls: 1, objects: 1 })],
    ['Query.node', () => ({ calls: 1, objects: 1 })],
    [
      'Query.nodes',
      ({ args }) => {
        const ids = list(args['ids']);
        return { calls: idsCalls(ids, entities, bounds), objects: ids.length };
      },
    ],
    ['Query._entities', (question) => representationsPrice(question, entities, bounds)],
    [
      'EnrollmentToken.user',
      ({ objects, selected }) => ({
        calls: isWithin(selected, embeddedOfUser) ? 0 : lookupCalls('user', objects, bounds),
        objects,
      }),
    ],
    ['EnrollmentToken.enrollmentQrCode', qrCodePrice],
    [
      'EnrollmentToken.policyAssignments',
      ({ objects }) => ({ calls: 0, objects: objects * policiesOfToken }),
    ],
    [
      'MdmPolicyAssignment.policy',
      ({ objects, selected }) => ({
        calls: isWithin(selected, embeddedOfPolicy)
          ? 0
          : Math.min(objects, platforms.length * lookupCalls('policy', objects, bounds)),
        objects,
      }),
    ],
    [anyMutation, (question) => mutationPrice(question, bounds)],
  ]);
};

/** The call that a slug costs where it is not known yet; none for an id. */
export const slugCalls = (args: Readonly<Record<string, unknown>>): number => {
  const name = args['organizationId'] ?? record(args['input'])['organizationId'];
  return typeof name === 'string' && !isEntityId(name) ? 1 : 0;
};
