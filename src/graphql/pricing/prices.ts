import { createRepresentationReader } from '../federation/representation.ts';
import { list, record } from '../records.ts';
import type { PlatformTypeNames } from '../types/entity.ts';
import { createEntities } from '../types/entity.ts';
import { userFieldsWithoutLookup } from '../types/mdm-user.ts';
import { policyFieldsWithoutLookup } from '../types/policy.ts';
import { qrCodePrice } from '../types/qr-code.ts';
import { idsPrice, representationsPrice } from './key-prices.ts';
import {
  countLookupCalls,
  type FieldPrice,
  type Price,
  type PriceBounds,
  type PriceQuestion,
} from './price.ts';

/** The number of policies of a token that prices assume. */
const policiesOfToken = 3;

/** The calls that find the start of a date range in one list. */
const rangeStartCalls = 8;

/** The maximum of pages that a bulk create reads back. */
const readBackPages = 10;

const readPageSize = ({ first, last }: PriceQuestion['args'], bounds: PriceBounds): number => {
  const asked = first ?? last ?? bounds.defaultPageSize;
  return typeof asked === 'number' ? Math.max(0, Math.min(asked, bounds.maxPageSize)) : 0;
};

/** The price of one page of a connection over `lists` lists: one call for each list. */
const pagePrice = (question: PriceQuestion, lists: number, bounds: PriceBounds): Price => {
  const { args, objects, selected } = question;
  const showsItems = selected.has('nodes') || selected.has('edges');
  return {
    calls: objects * lists,
    objects: showsItems ? objects * readPageSize(args, bounds) : 0,
  };
};

/** Counts the platforms that a filter selects. */
const countPlatforms = (filter: Readonly<Record<string, unknown>>, all: number): number => {
  const chosen = Array.isArray(filter['platforms']) ? new Set(filter['platforms']).size : all;
  return filter['policyId'] == null ? chosen : Math.min(1, chosen);
};

/**
 * Counts the calls that a filter adds to a page: those of a scan for conditions that the API cannot filter by, and those of a
 * search for the start of a date range.
 */
const countFilterCalls = (
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
  const isSearched = Object.entries(ranges).some(([field, isGiven]) => isGiven && field === key);
  const isScanned =
    given('states', 'anyTag', 'search') ||
    Object.entries(ranges).some(([field, isGiven]) => isGiven && field !== key);
  return (
    (isSearched ? lists * rangeStartCalls : 0) +
    (isScanned ? Math.ceil(maxScanItems / maxLimit) : 0)
  );
};

const tokenPagePrice =
  (platforms: number, bounds: PriceBounds): FieldPrice =>
  (question) => {
    const filter = record(question.args['filter']);
    const lists = countPlatforms(filter, platforms);
    const page = pagePrice(question, lists, bounds);
    const shows = ['nodes', 'edges', 'pageInfo'].some((name) => question.selected.has(name));
    const more = shows
      ? countFilterCalls(filter, record(question.args['orderBy']), lists, bounds)
      : 0;
    return { ...page, calls: page.calls + question.objects * (lists === 0 ? 0 : more) };
  };

/** The fields of a token's user that need no lookup: every token embeds the e-mail address. */
const embeddedUserFields: ReadonlySet<string> = new Set([...userFieldsWithoutLookup, 'email']);

const isWithin = (selected: ReadonlySet<string>, known: ReadonlySet<string>): boolean =>
  [...selected].every((name) => known.has(name));

const mutationPrice = ({ args, selected }: PriceQuestion, bounds: PriceBounds): Price => {
  const input = record(args['input']);
  const policies = list(input['policyAssignments']).length;
  const lookups = (input['userId'] == null ? 0 : 1) + countLookupCalls('policy', policies, bounds);
  if (input['validateOnly'] === true) return { calls: lookups, objects: 0 };
  const addresses = list(input['userEmails']).length;
  // A create, an update or a revoke takes the write, and a read before or after it.
  if (addresses === 0) return { calls: 2, objects: 1 };
  const pages = Math.min(readBackPages, 1 + Math.ceil(addresses / bounds.maxLimit));
  return {
    calls: Math.ceil(addresses / bounds.bulkChunkSize) + (selected.has('results') ? pages : 0),
    objects: addresses,
  };
};

/** The name of the price of every mutation. */
export const anyMutation = 'Mutation.*';

/** Creates the prices by `Type.field`; the type can be an interface. Other fields are free and keep the number of objects. */
export const createPrices = (
  platforms: readonly PlatformTypeNames[],
  bounds: PriceBounds,
): ReadonlyMap<string, FieldPrice> => {
  const entities = createEntities(platforms);
  const readRepresentation = createRepresentationReader(entities, platforms);
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
    ['Query.nodes', ({ args }) => idsPrice(list(args['ids']), entities, bounds)],
    [
      'Query._entities',
      ({ args }) => representationsPrice(list(args['representations']), readRepresentation, bounds),
    ],
    [
      'EnrollmentToken.user',
      ({ objects, selected }) => ({
        calls: isWithin(selected, embeddedUserFields)
          ? 0
          : countLookupCalls('user', objects, bounds),
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
        calls: isWithin(selected, policyFieldsWithoutLookup)
          ? 0
          : Math.min(objects, platforms.length * countLookupCalls('policy', objects, bounds)),
        objects,
      }),
    ],
    [anyMutation, (question) => mutationPrice(question, bounds)],
  ]);
};
