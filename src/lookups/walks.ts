import type { ListOrderField, ListPage, ListRequest } from '../domain/list.ts';
import type { Operation } from '../domain/operation.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Read } from '../sharing/in-flight.ts';
import { createListWalk, type ListWalk } from './list-walk.ts';
import type { Lookups } from './lookups.ts';

/** The walk of an operation along one list. */
export type WalkFor<Item> = (operation: Operation) => ListWalk<Item>;

// In live use on these lists (CONTRACT 2.1); new objects are the likeliest to be asked for.
const newestFirst = { field: 'createdAt', direction: 'descending' } as const;

/**
 * The walks of one operation along a list: for itself the same until a write ends, for another operation a new one. What
 * they learn of the size of the list helps later operations of the same caller.
 */
export const createWalks = <Item extends { readonly sourceId: string }>(
  lookups: Lookups,
  operation: Operation,
  organizationId: OrganizationId,
  name: string,
  list: Read<[ListRequest<ListOrderField>], ListPage<Item>>,
): WalkFor<Item> => {
  const begin = (caller: Operation): ListWalk<Item> => {
    const factsName = lookups.namesFor(caller, organizationId, 'list')(name);
    return createListWalk({
      facts: lookups.listFacts.read(factsName) ?? {
        size: null,
        pageSize: lookups.maxLimit,
        refused: false,
      },
      readPage: (page) =>
        list(caller, organizationId, { page, limit: lookups.maxLimit, sort: newestFirst }),
      nameOf: ({ sourceId }) => sourceId,
      onFacts: (facts) => lookups.listFacts.write(factsName, facts),
    });
  };
  let own: { readonly walk: ListWalk<Item>; readonly epoch: number } | null = null;
  return (caller) => {
    if (caller !== operation) return begin(caller);
    const epoch = lookups.inFlight.epochOf(organizationId);
    if (own?.epoch !== epoch) own = { walk: begin(operation), epoch };
    return own.walk;
  };
};
