import type { GraphQLResolveInfo } from 'graphql';
import type { OrganizationId } from '../../domain/organization.ts';
import { checkPageArguments, readConnectionPage } from '../../paging/connection-page.ts';
import type {
  ConnectionPage,
  PageArguments,
  PageRequest,
  PartialCursorBinding,
  Source,
  SourceReport,
} from '../../paging/types.ts';
import type { GatewayContext } from '../context.ts';
import { toUserErrors } from '../mutations/user-errors.ts';
import type { SchemaParts } from '../schema-parts.ts';
import { selectedFields } from '../selection.ts';

/** What every connection type of this schema reads; not each shows its sources. */
export interface Connection<Node> {
  readonly edges: { readonly cursor: string; readonly node: Node }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly totalCount: number | null;
  readonly sources: readonly SourceReport[];
}

/** A page in the shape that connection types read. */
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

/** What of a connection an operation selects: its items cost calls, and so do its totals. */
const selectedParts = (info: GraphQLResolveInfo) => {
  const selected = selectedFields(info);
  const any = (...names: readonly string[]) => names.some((name) => selected.has(name));
  return {
    items: any('edges', 'nodes'),
    pageInfo: any('pageInfo'),
    totals: any('totalCount', 'sources'),
  };
};

interface PageSubject<Node> extends Pick<PageRequest<Node>, 'order' | 'matches' | 'keyRange'> {
  readonly subject: PartialCursorBinding;
  /** May cost a call, where the organization is given by its slug. */
  readonly findOrganization: () => Promise<OrganizationId>;
  readonly sourcesOf: (organizationId: OrganizationId) => readonly Source<Node>[];
}

/** A larger page takes some milliseconds to complete. */
const fewEdges = 20;

/** Reads the page that a connection's arguments ask for, and of it what the operation selects. */
export const readPage = async <Node>(
  { limits, onSurprise, onBug, onScan, takeTurn }: GatewayContext,
  info: GraphQLResolveInfo,
  page: PageArguments,
  { subject, findOrganization, sourcesOf, ...rest }: PageSubject<Node>,
): Promise<Connection<Node>> => {
  checkPageArguments(page, rest.order, subject, limits);
  const organizationId = await findOrganization();
  const read = await readConnectionPage<Node>({
    ...rest,
    sources: sourcesOf(organizationId),
    binding: { ...subject, organizationId },
    page,
    limits,
    select: selectedParts(info),
    onSurprise: (_source, kind) => onSurprise(kind),
    onBug: (platform, error) => onBug(platform, error),
  });
  onScan(read.readItems);
  // Equal pages under many aliases are read at once, and would be completed in one piece.
  if (read.edges.length > fewEdges) await takeTurn();
  return toConnection(read);
};

/** Adds MdmSource: how one platform answered. */
export const defineSource = ({ builder, refs }: SchemaParts): void => {
  const status = builder.enumType('MdmSourceStatus', {
    description: 'Whether a platform is on the page, and if not, why.',
    values: {
      OK: { description: 'It answered.' },
      FORBIDDEN: {
        description:
          'The key may not read it, or the plan has no such platform. It counts as empty: paging ends without it.',
      },
      UNAVAILABLE: {
        description:
          'It did not answer. Its place is kept in the cursor: its tokens follow when it is back.',
      },
      SCAN_LIMIT: {
        description:
          'The page ended at MAX_SCAN_ITEMS or MAX_UPSTREAM_CALLS: go on from endCursor.',
      },
    },
  });
  refs.source.implement({
    description: 'How one platform answered for one connection.',
    fields: (t) => ({
      platform: t.field({
        type: refs.platform,
        description: 'Which platform this is about.',
        resolve: ({ key }) => key,
      }),
      status: t.field({
        type: status,
        description: 'Whether it answered.',
        resolve: (source) => source.status,
      }),
      totalCount: t.exposeInt('totalCount', {
        nullable: true,
        description:
          'Matching items there; null where it did not answer, or only a scan could tell.',
      }),
      error: t.field({
        type: refs.userError,
        nullable: true,
        description: 'Why the platform is missing from the page; null where status is OK.',
        resolve: ({ error }) => (error ? (toUserErrors(error)[0] ?? null) : null),
      }),
    }),
  });
};
