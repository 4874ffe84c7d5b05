import { InputRejectedError } from '../../domain/errors.ts';
import { emailKeyOf } from '../../lookups/email-lookup.ts';
import type { ReadRepresentation } from '../federation/representation.ts';
import { organizationCalls } from '../queries/organization-argument.ts';
import type { EntityReference } from '../types/entity.ts';
import { countEmailCalls, countLookupCalls, type Price, type PriceBounds } from './price.ts';

/** One object to look up. Objects with the same `list` can be read from one list of the API. */
interface LookupKey {
  readonly kind: EntityReference['kind'] | 'email';
  readonly list: string;
  readonly id: string;
}

/** The calls of lookups by e-mail address: those of each address, or those of the whole list if it takes fewer. */
const countEmailsCalls = (emails: ReadonlySet<string>, bounds: PriceBounds): number => {
  const planned = countLookupCalls('user', emails.size, bounds);
  if (planned < emails.size) return planned;
  return [...emails].reduce((sum, email) => sum + countEmailCalls(email, bounds), 0);
};

/** The calls of lookups by key: those that the loaders plan for each list. */
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
    if (kind === 'email') calls += countEmailsCalls(ids, bounds);
    else calls += countLookupCalls(kind, ids.size, bounds);
  }
  return calls;
};

const toLookupKey = ({ kind, typename, organizationId, sourceId }: EntityReference): LookupKey => ({
  kind,
  list: `${typename} ${organizationId}`,
  id: sourceId,
});

/** The price of objects that are named by their ids. */
export const referencesPrice = (
  references: readonly EntityReference[],
  bounds: PriceBounds,
): Price => ({
  calls: countCalls(references.map(toLookupKey), bounds),
  objects: references.length,
});

/** Reads the valid representations. The others will be rejected and take no calls. */
const readValid = (given: readonly unknown[], read: ReadRepresentation) =>
  given.flatMap((value, index) => {
    try {
      return [read(value, index)];
    } catch (error) {
      if (!(error instanceof InputRejectedError)) throw error;
      return [];
    }
  });

/** The price of the entities that a router names by representations. */
export const representationsPrice = (
  given: readonly unknown[],
  readRepresentation: ReadRepresentation,
  bounds: PriceBounds,
): Price => {
  const once: Record<string, number> = {};
  const keys = readValid(given, readRepresentation).flatMap((read): LookupKey[] => {
    if (read.key === 'id') return [toLookupKey(read.reference)];
    if (read.email === null) return [];
    Object.assign(once, organizationCalls(read.organizationId));
    const list = `e-mail ${read.organizationId.toLowerCase()}`;
    return [{ kind: 'email', list, id: emailKeyOf(read.email) }];
  });
  return { calls: countCalls(keys, bounds), objects: given.length, once };
};
