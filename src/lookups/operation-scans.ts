import type { ListPage, ListRequest } from '../domain/list.ts';
import type { Operation } from '../domain/operation.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Read } from '../sharing/shared-reads.ts';
import { renewAfterWrites } from '../sharing/write-generations.ts';
import { createListScan, type ListScan } from './list-scan.ts';
import type { LookupDependencies } from './lookup-dependencies.ts';

/** The scan of one list that an operation uses. */
export type ScanFor<Item> = (operation: Operation) => ListScan<Item>;

// This order is in live use on these lists (CONTRACT 2.1). New objects are the most likely to be looked up.
const newestFirst = { field: 'createdAt', direction: 'descending' } as const;

/**
 * Creates the scans of one list. The given operation always gets the same scan until a write ends; any other operation
 * gets a new one. The facts about the list are kept for later operations of the same caller.
 */
export const createOperationScans = <Item extends { readonly sourceId: string }>(
  dependencies: LookupDependencies,
  operation: Operation,
  organizationId: OrganizationId,
  name: string,
  list: Read<[ListRequest], ListPage<Item>>,
): ScanFor<Item> => {
  const { maxLimit, listFacts, sharedReads } = dependencies;
  const startScan = (caller: Operation): ListScan<Item> => {
    const factsName = dependencies.namesFor(caller, organizationId, 'list')(name);
    return createListScan({
      facts: listFacts.read(factsName) ?? { size: null, pageSize: maxLimit, isRefused: false },
      readPage: (page) =>
        list(caller, organizationId, { page, limit: maxLimit, sort: newestFirst }),
      nameOf: ({ sourceId }) => sourceId,
      onFacts: (facts) => listFacts.write(factsName, facts),
    });
  };
  const ownScan = renewAfterWrites(sharedReads, organizationId, () => startScan(operation));
  return (caller) => (caller === operation ? ownScan() : startScan(caller));
};
