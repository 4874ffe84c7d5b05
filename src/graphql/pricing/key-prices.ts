import { InputRejectedError } from '../../domain/errors.ts';
import { isEntityId } from '../../domain/organization.ts';
import type { ReadRepresentation } from '../federation/representation.ts';
import { maxAddresses } from '../input-limits.ts';
import { list, record } from '../records.ts';
import type { Entities, EntityReference } from '../types/entity.ts';
import { countLookupCalls, type Price, type PriceBounds } from './price.ts';

/** The calls of lookups by key: one for each token, and the planned ones for the users and policies of each organization. */
const countCalls = (keys: Iterable<LookupKey>, bounds: PriceBounds): number => {
  const groups = new Map<string, { readonly kind: LookupKey['kind']; readonly ids: Set<string> }>();
  for (const { kind, list, id } of keys) {
    const name = `${kind} ${list}`;
    const group = groups.get(name) ?? { kind, ids: new Set() };
    group.ids.add(id);
    groups.set(name, group);
  }
  let calls = 0;
  for (const { kind, ids } of groups.values()) {
    calls += kind === 'token' ? ids.size : countLookupCalls(kind, ids.size, bounds);
  }
  return calls;
};

/** One object to look up. Objects with the same `list` can be read from one list of the API. */
interface LookupKey {
  readonly kind: 'token' | 'policy' | 'user';
  readonly list: string;
  readonly id: string;
}

const toLookupKey = ({ kind, typename, organizationId, sourceId }: EntityReference): LookupKey => ({
  kind,
  list: `${typename} ${organizationId}`,
  id: sourceId,
});

/** Reads the valid items. The others will be rejected and take no calls. */
const readValid = <Item, Value>(
  items: readonly Item[],
  read: (item: Item, index: number) => Value,
) =>
  items.flatMap((item, index): Value[] => {
    try {
      return [read(item, index)];
    } catch (error) {
      if (!(error instanceof InputRejectedError)) throw error;
      return [];
    }
  });

/** The price of Query.nodes. */
export const idsPrice = (
  ids: readonly unknown[],
  entities: Entities,
  bounds: PriceBounds,
): Price => {
  const texts = ids.filter((id) => typeof id === 'string');
  const keys = readValid(texts, (id) => toLookupKey(entities.decode(id, ['id'])));
  return { calls: countCalls(keys, bounds), objects: ids.length };
};

/** The price of Query._entities. */
export const representationsPrice = (
  given: readonly unknown[],
  readRepresentation: ReadRepresentation,
  bounds: PriceBounds,
): Price => {
  const slugs = new Set<string>();
  const keys = readValid(given, readRepresentation).flatMap((read): LookupKey[] => {
    if (read.key === 'id') return [toLookupKey(read.reference)];
    if (read.email === null) return [];
    const organization = read.organizationId.toLowerCase();
    if (!isEntityId(organization)) slugs.add(organization);
    return [{ kind: 'user', list: `e-mail ${organization}`, id: read.email.toLowerCase() }];
  });
  return { calls: countCalls(keys, bounds), objects: given.length, slugs: [...slugs] };
};

/** The slug of the organization that a root field names; null if it names an id or none. */
export const readSlug = (args: Readonly<Record<string, unknown>>): string | null => {
  const name = args['organizationId'] ?? record(args['input'])['organizationId'];
  return typeof name === 'string' && !isEntityId(name) ? name.toLowerCase() : null;
};

/** Counts the ids, representations and addresses in the arguments of a root field without reading them. */
export const countIds = (args: Readonly<Record<string, unknown>>): number => {
  const input = record(args['input']);
  const lists = [args['ids'], args['representations'], input['ids']];
  const ids = lists.reduce<number>((sum, values) => sum + list(values).length, 0);
  // More addresses than one create accepts are an input fault of that mutation, and not an operation that is too large.
  return ids + Math.min(list(input['userEmails']).length, maxAddresses);
};
