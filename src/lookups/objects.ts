import type { ListOrderField, ListPage, ListRequest } from '../domain/list.ts';
import type { Operation } from '../domain/operation.ts';
import { isEntityId, type OrganizationId } from '../domain/organization.ts';
import type { Read } from '../sharing/in-flight.ts';
import { createByIdLoader } from './by-id.ts';
import { createCachedLookup } from './cached-lookup.ts';
import type { Lookups } from './lookups.ts';
import { createWalks, type WalkFor } from './walks.ts';

/** Objects of one kind that the API both lists and gets by id, whole either way. */
export interface ObjectSource<Id extends string, Item extends { readonly sourceId: Id }> {
  /** Keeps its entries in the shared cache apart from those of other sources. */
  readonly name: string;
  readonly list: Read<[ListRequest<ListOrderField>], ListPage<Item>>;
  readonly get: Read<[Id], Item>;
  readonly mostCalls: number;
}

/** One operation's objects of one kind in one organization. */
export interface Objects<Id, Item> {
  readonly load: (id: Id) => Promise<Item>;
  readonly prime: (item: Item) => void;
  /** The walk along the source's list that the operation's lookups share. */
  readonly walkFor: WalkFor<Item>;
}

/** Loads a source's objects by id: from the cache that operations share, from its list, or one by one. */
export const createObjects = <Id extends string, Item extends { readonly sourceId: Id }>(
  lookups: Lookups,
  operation: Operation,
  organizationId: OrganizationId,
  source: ObjectSource<Id, Item>,
): Objects<Id, Item> => {
  const walkFor = createWalks(lookups, operation, organizationId, source.name, source.list);
  const lookup = createCachedLookup<Id, Item, Item>(
    lookups,
    operation,
    {
      name: source.name,
      organizationId,
      isKey: isEntityId,
      // Only this code writes entries, under names that nobody else can make: the id tells enough.
      isValue: (value, id): value is Item =>
        typeof value === 'object' && value !== null && 'sourceId' in value && value.sourceId === id,
      findInList: ({ items }, id) => items.get(id),
      listed: ({ items }) => Array.from(items.values(), (item) => [item.sourceId, item] as const),
      partsAnswer: true,
      getOne: (caller, id) => source.get(caller, organizationId, id),
      mostCalls: source.mostCalls,
    },
    walkFor,
  );
  const loader = createByIdLoader(operation, lookup.find);
  return {
    load: loader.load,
    prime: (item) => loader.prime(item.sourceId, item),
    walkFor,
  };
};
