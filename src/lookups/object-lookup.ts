import type { ListPage, ListRequest } from '../domain/list.ts';
import type { Operation } from '../domain/operation.ts';
import { isEntityId, type OrganizationId } from '../domain/organization.ts';
import type { Read } from '../sharing/shared-reads.ts';
import { createBatchLoader } from './batch-loader.ts';
import { createCachedLookup } from './cached-lookup.ts';
import type { LookupDependencies } from './lookup-dependencies.ts';
import { createOperationScans, type ScanFor } from './operation-scans.ts';

/** Objects of one kind that the API both lists and gets by id, with every field in both answers. */
export interface ObjectSource<Id extends string, Item extends { readonly sourceId: Id }> {
  /** Separates its cache entries from those of other sources. */
  readonly name: string;
  readonly list: Read<[ListRequest], ListPage<Item>>;
  readonly get: Read<[Id], Item>;
  /** Most calls for one batch. */
  readonly maxCalls: number;
}

/** Looks up objects of one kind in one organization, for one operation. */
export interface ObjectLookup<Id, Item> {
  readonly load: (id: Id) => Promise<Item>;
  readonly prime: (item: Item) => void;
  /** The scan of the source's list, which other lookups of the operation can use too. */
  readonly scanFor: ScanFor<Item>;
}

/** Creates a lookup by id that uses the shared cache, then the source's list, then one call for each id. */
export const createObjectLookup = <Id extends string, Item extends { readonly sourceId: Id }>(
  dependencies: LookupDependencies,
  operation: Operation,
  organizationId: OrganizationId,
  { name, list, get, maxCalls }: ObjectSource<Id, Item>,
): ObjectLookup<Id, Item> => {
  const scanFor = createOperationScans(dependencies, operation, organizationId, name, list);
  const lookup = createCachedLookup<Id, Item, Item>(
    dependencies,
    operation,
    {
      name,
      organizationId,
      isKey: isEntityId,
      // Only this code writes under these names, so checking the id is enough.
      isValue: (value, id): value is Item =>
        typeof value === 'object' && value !== null && 'sourceId' in value && value.sourceId === id,
      findInList: ({ items }, id) => items.get(id),
      valuesOf: ({ items }) => Array.from(items.values(), (item) => [item.sourceId, item] as const),
      isPartialListEnough: true,
      getOne: (caller, id) => get(caller, organizationId, id),
      maxCalls,
    },
    scanFor,
  );
  const loader = createBatchLoader(operation, lookup.find);
  return {
    load: loader.load,
    prime: (item) => loader.prime(item.sourceId, item),
    scanFor,
  };
};
