import { InputRejectedError } from '../../domain/errors.ts';
import { isEntityId } from '../../domain/organization.ts';
import type { ReadRepresentation } from '../federation/representation.ts';
import { inputLimits } from '../input-limits.ts';
import { list, record } from '../records.ts';
import type { Entities, EntityReference } from '../types/entity.ts';
import { lookupCalls, type Price, type PriceBounds } from './price.ts';

/** What looking things up by key costs: a call a token, the plan's for users and policies of each organization. */
const lookupsPrice = (keys: Iterable<LookupKey>, bounds: PriceBounds): number => {
  const groups = new Map<string, { readonly kind: LookupKey['kind']; readonly ids: Set<string> }>();
  for (const { kind, list, id } of keys) {
    const name = `${kind} ${list}`;
    const group = groups.get(name) ?? { kind, ids: new Set() };
    group.ids.add(id);
    groups.set(name, group);
  }
  let calls = 0;
  for (const { kind, ids } of groups.values()) {
    calls += kind === 'token' ? ids.size : lookupCalls(kind, ids.size, bounds);
  }
  return calls;
};

/** One thing to be looked up, and the list that would show it beside others. */
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

/** What can be read of each; the rest will be refused, and costs nothing. */
const readable = <Item, Value>(
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

/** The price of `nodes`. */
export const idsPrice = (
  ids: readonly unknown[],
  entities: Entities,
  bounds: PriceBounds,
): Price => {
  const texts = ids.filter((id) => typeof id === 'string');
  const keys = readable(texts, (id) => toLookupKey(entities.decode(id, ['id'])));
  return { calls: lookupsPrice(keys, bounds), objects: ids.length };
};

/** The price of `_entities`. */
export const representationsPrice = (
  given: readonly unknown[],
  readRepresentation: ReadRepresentation,
  bounds: PriceBounds,
): Price => {
  const slugs = new Set<string>();
  const keys = readable(given, readRepresentation).flatMap((read): LookupKey[] => {
    if (read.key === 'id') return [toLookupKey(read.reference)];
    if (read.email === null) return [];
    const organization = read.organizationId.toLowerCase();
    if (!isEntityId(organization)) slugs.add(organization);
    return [{ kind: 'user', list: `e-mail ${organization}`, id: read.email.toLowerCase() }];
  });
  return { calls: lookupsPrice(keys, bounds), objects: given.length, slugs: [...slugs] };
};

/** The organization that a root field names by a slug; null for an id, and for none. */
export const slugOf = (args: Readonly<Record<string, unknown>>): string | null => {
  const name = args['organizationId'] ?? record(args['input'])['organizationId'];
  return typeof name === 'string' && !isEntityId(name) ? name.toLowerCase() : null;
};

/** How many ids, representations and addresses a root field is given, before any of them is looked at. */
export const countIds = (args: Readonly<Record<string, unknown>>): number => {
  const input = record(args['input']);
  const lists = [args['ids'], args['representations'], input['ids']];
  const ids = lists.reduce<number>((sum, values) => sum + list(values).length, 0);
  // More addresses than one create takes are a fault of its input, which its payload names.
  return ids + Math.min(list(input['userEmails']).length, inputLimits.addresses);
};
