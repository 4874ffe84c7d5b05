import type { GraphQLResolveInfo } from 'graphql';
import type { ListPage } from '../../domain/list.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import { checkPageArguments, readConnectionPage } from '../../paging/connection-page.ts';
import { readPageSize } from '../../paging/page-arguments.ts';
import { countScanCalls } from '../../paging/page-filling.ts';
import { mostMissedCalls } from '../../paging/source/source-reader.ts';
import type {
  ConnectionPage,
  PageArguments,
  PageRequest,
  PageSelection,
  PartialCursorBinding,
  Source,
  SourceReport,
} from '../../paging/types.ts';
import type { GatewayContext } from '../context.ts';
import type { Price, PriceQuestion } from '../pricing/price.ts';
import { selectedFields } from '../selection.ts';

/** The value of every connection type. MdmUserConnection does not show `sources`. */
export interface Connection<Node> {
  readonly edges: { readonly cursor: string; readonly node: Node }[];
  readonly pageInfo: Pick<
    ConnectionPage<Node>,
    'hasNextPage' | 'hasPreviousPage' | 'startCursor' | 'endCursor'
  >;
  readonly totalCount: number | null;
  readonly sources: readonly SourceReport[];
}

/** Turns a page into the value of a connection type. */
const toConnection = <Node>({
  edges,
  totalCount,
  sources,
  readItems: _readItems,
  ...pageInfo
}: ConnectionPage<Node>): Connection<Node> => ({
  edges: [...edges],
  pageInfo,
  totalCount,
  sources,
});

/** The parts of a connection that the operation selects: items and totals take upstream calls. */
const selectedParts = (selected: ReadonlySet<string>): PageSelection => {
  const any = (...names: readonly string[]) => names.some((name) => selected.has(name));
  return {
    items: any('edges', 'nodes'),
    pageInfo: any('pageInfo'),
    totals: any('totalCount', 'sources'),
  };
};

/** The lists that a connection reads, and whether its filter takes more than one call for each. */
interface ReadLists {
  readonly lists: number;
  /** The start of a range of the sort key is searched for. */
  readonly isSearched?: boolean;
  /** The filter has conditions that the API does not have. */
  readonly isScanned?: boolean;
  /** Tie groups may not fit one answer. Then a list usually takes a second call, which shows that the group goes on. */
  readonly hasLargeTies?: boolean;
}

/** The price of one page: a call for each list, and those of a search or a scan if the page shows more than totals. */
export const pagePrice = (
  { args, objects, selected, bounds }: PriceQuestion<PageArguments>,
  { lists, isSearched = false, isScanned = false, hasLargeTies = false }: ReadLists,
): Price => {
  const { items, pageInfo } = selectedParts(selected);
  const size = readPageSize(args, bounds);
  const showsPage = lists > 0 && (items || pageInfo);
  const search = showsPage && isSearched ? lists * mostMissedCalls : 0;
  const scan = showsPage && isScanned ? countScanCalls(bounds) : 0;
  const ties = showsPage && hasLargeTies ? lists : 0;
  return { calls: objects * (lists + search + scan + ties), objects: items ? objects * size : 0 };
};

/** The sources, the order and the filter of one connection. */
interface PageSpecification<Node>
  extends Pick<PageRequest<Node>, 'order' | 'matches' | 'keyRange'> {
  /** The list and filter that a cursor is valid for. */
  readonly binding: PartialCursorBinding;
  /** One upstream call if the organization is given by a slug that was not looked up before. */
  readonly findOrganization: () => Promise<OrganizationId>;
  readonly sourcesOf: (organizationId: OrganizationId) => readonly Source<Node>[];
}

/** Newest first: the default order of every connection. */
export const newestFirst = {
  field: 'createdAt',
  direction: 'descending',
  comparison: 'time',
} as const;

/** Turns an answer of a list into the answer of a paging source. `readKey` returns the sort key of an item. */
export const toSourcePage = <Node extends { readonly sourceId: string }>(
  page: ListPage<Node>,
  readKey: (node: Node) => string | null | undefined,
) => ({
  ...page,
  items: page.items.map((node) => node && { id: node.sourceId, key: readKey(node), node }),
});

/** GraphQL completes a page of this size in less than a few milliseconds; a larger page waits for its turn. */
const smallPageEdges = 20;

/** Reads the page that a connection's arguments ask for. Only the parts that the operation selects are read. */
export const readPage = async <Node>(
  { limits, onSurprise, onBug, onScan, waitForTurn }: GatewayContext,
  info: GraphQLResolveInfo,
  page: PageArguments,
  { binding, findOrganization, sourcesOf, ...rest }: PageSpecification<Node>,
): Promise<Connection<Node>> => {
  checkPageArguments(page, rest.order, binding, limits);
  const organizationId = await findOrganization();
  const read = await readConnectionPage<Node>({
    ...rest,
    sources: sourcesOf(organizationId),
    binding: { ...binding, organizationId },
    page,
    limits,
    select: selectedParts(selectedFields(info)),
    onSurprise: (_source, kind) => onSurprise(kind),
    onBug: (platform, error) => onBug(platform, error),
  });
  onScan(read.readItems);
  // Equal pages under many aliases are read together. Without this, they would be completed in one step of the event loop.
  if (read.edges.length > smallPageEdges) await waitForTurn();
  return toConnection(read);
};
