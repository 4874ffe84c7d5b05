import { createRepresentationReader } from '../federation/representation.ts';
import { list, record } from '../records.ts';
import type { PlatformTypes } from '../schema-parts.ts';
import { createEntities } from '../types/entity.ts';
import { qrCodePrice } from '../types/qr-code.ts';
import { idsPrice, representationsPrice } from './key-prices.ts';
import {
  type FieldPrice,
  lookupCalls,
  type Price,
  type PriceBounds,
  type PriceQuestion,
} from './price.ts';

/** Policies of one token, where they multiply what is below them. */
const policiesOfToken = 3;

/** Calls with which the place that a date filter begins at is found. */
const seekCalls = 8;

/** Most pages that tell the outcomes of a bulk create. */
const readBackPages = 10;

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
