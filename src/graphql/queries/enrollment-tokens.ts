import type { GraphQLResolveInfo } from 'graphql';
import type { MdmUser } from '../../domain/mdm-user.ts';
import { withCause } from '../../domain/operation.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { Platform } from '../../domain/platform.ts';
import type { Policy } from '../../domain/policy.ts';
import type { EnrollmentToken, TokenOrderField } from '../../domain/token.ts';
import type { PageArguments, Source } from '../../paging/types.ts';
import type { GatewayContext } from '../context.ts';
import { primeEmbeddedPolicies } from '../embedded-policies.ts';
import { orSourceId } from '../global-id.ts';
import type { Price, PriceQuestion } from '../pricing/price.ts';
import type { SchemaParts } from '../schema-parts.ts';
import { loadToken } from '../types/entity.ts';
import { type Connection, newestFirst, pagePrice, readPage, toSourcePage } from './connection.ts';
import {
  organizationArgument,
  organizationCalls,
  resolveOrganization,
} from './organization-argument.ts';
import { readTokenArguments } from './token-argument.ts';
import {
  createTokenTest,
  findKeyRange,
  narrowFilter,
  type TokenFilter,
  toCanonicalFilter,
} from './token-filter.ts';
import {
  checkFilterOrganization,
  defineTokenFilter,
  readTokenFilter,
  type TokenFilterInput,
} from './token-filter-input.ts';
import { comparisons, defineTokenOrder, type TokenOrderInput } from './token-order.ts';

/** The parent of the connection: the root, or the user or policy that the tokens belong to. */
type TokenListOwner =
  | { readonly of: 'organization'; readonly organization: string | null | undefined }
  | { readonly of: 'user'; readonly user: MdmUser }
  | { readonly of: 'policy'; readonly policy: Policy };

interface TokenConnectionArguments extends PageArguments {
  readonly organizationId?: string | null | undefined;
  readonly filter?: TokenFilterInput | null | undefined;
  readonly orderBy?: TokenOrderInput | null | undefined;
}

const findOrganization = async (
  context: GatewayContext,
  owner: TokenListOwner,
): Promise<OrganizationId> => {
  switch (owner.of) {
    case 'organization':
      return resolveOrganization(context, owner.organization);
    case 'user':
      return owner.user.organizationId;
    case 'policy':
      return owner.policy.organizationId;
    default:
      return owner satisfies never;
  }
};

const narrowToOwner = (filter: TokenFilter, owner: TokenListOwner): TokenFilter => {
  switch (owner.of) {
    case 'organization':
      return filter;
    case 'user':
      return narrowFilter(filter, { userId: owner.user.sourceId });
    case 'policy':
      return narrowFilter(filter, {
        policyId: owner.policy.sourceId,
        platform: owner.policy.platform,
      });
    default:
      return owner satisfies never;
  }
};

const createSource = (
  { operation }: GatewayContext,
  platform: Platform,
  organizationId: OrganizationId,
  field: TokenOrderField,
  filter: TokenFilter,
): Source<EnrollmentToken> => ({
  key: platform.key,
  read: async ({ page, limit, direction }, cause) => {
    const answer = await platform.listTokens(withCause(operation, cause), organizationId, {
      page,
      limit,
      sort: { field, direction },
      filter: filter.upstream,
    });
    return toSourcePage(answer, ({ sortKeys }) => sortKeys[field]);
  },
});

/** Creates the arguments, the resolver and the price that every connection of tokens has: at the root, and below users and policies. */
export const createTokenConnection = (parts: SchemaParts) => {
  const { builder, entities } = parts;
  const filterType = defineTokenFilter(parts);
  const orderType = defineTokenOrder(parts);
  const args = builder.args((t) => ({
    ...t.connectionArgs(),
    filter: t.field({
      type: filterType,
      description: 'Only tokens that meet all of these conditions.',
    }),
    orderBy: t.field({ type: orderType, description: 'Default: newest first.' }),
  }));

  const read = async (
    context: GatewayContext,
    info: GraphQLResolveInfo,
    given: TokenConnectionArguments,
    owner: TokenListOwner,
  ): Promise<Connection<EnrollmentToken>> => {
    const { field, direction } = given.orderBy ?? newestFirst;
    const asked = readTokenFilter(entities, given.filter, owner.of === 'policy');
    const filter = narrowToOwner(asked, owner);
    const { platforms } = filter;
    const page = await readPage(context, info, given, {
      findOrganization: async () => {
        const organizationId = await findOrganization(context, owner);
        checkFilterOrganization(asked, organizationId);
        return organizationId;
      },
      sourcesOf: (organizationId) =>
        context.platforms
          .filter(({ key }) => platforms === null || platforms.has(key))
          .map((platform) => createSource(context, platform, organizationId, field, filter)),
      order: { field, direction, comparison: comparisons[field] },
      binding: { connection: 'enrollmentTokens', filter: toCanonicalFilter(filter) },
      matches: createTokenTest(filter, field),
      keyRange: findKeyRange(filter, field),
    });
    for (const { node } of page.edges) primeEmbeddedPolicies(context, node);
    return page;
  };

  /** The price of a page of one owner's tokens. All tokens of a policy are on its platform. */
  const priceFor =
    (owner: TokenListOwner['of']) =>
    (question: PriceQuestion<TokenConnectionArguments>): Price => {
      const { args: given, bounds } = question;
      const { field } = given.orderBy ?? newestFirst;
      const filter = readTokenFilter(entities, given.filter, owner === 'policy');
      const lists = filter.platforms?.size ?? bounds.platforms;
      const page = pagePrice(question, {
        lists: owner === 'policy' ? Math.min(1, lists) : lists,
        isSearched: findKeyRange(filter, field) !== undefined,
        isScanned: createTokenTest(filter, field) !== undefined,
        hasLargeTies: field === 'state',
      });
      return { ...page, once: organizationCalls(given.organizationId) };
    };

  return { args, read, priceFor };
};

/** The arguments, the resolver and the price of `createTokenConnection`. */
export type TokenConnection = ReturnType<typeof createTokenConnection>;

/** Adds Query.enrollmentTokens and Query.enrollmentToken. */
export const defineTokenQueries = (
  { builder, refs, entities }: SchemaParts,
  { args, read, priceFor }: TokenConnection,
): void => {
  builder.queryFields((t) => ({
    enrollmentTokens: t.field({
      type: refs.tokenConnection,
      description:
        'The enrollment tokens of all platforms in one list, newest first by default. One upstream call for each platform and page, also deep in the list.',
      args: {
        organizationId: t.arg.id(organizationArgument),
        ...args,
      },
      extensions: { price: priceFor('organization') },
      resolve: (_root, given, context, info) =>
        read(context, info, given, { of: 'organization', organization: given.organizationId }),
    }),
    enrollmentToken: t.field({
      type: refs.token,
      nullable: true,
      description:
        'One token by its id, or by its id in the REST API together with its platform. Null if it does not exist. One upstream call.',
      args: {
        id: t.arg.id({
          required: true,
          description: `The id of an EnrollmentToken, ${orSourceId}.`,
        }),
        platform: t.arg({
          type: refs.platformInput,
          description:
            'The platform of the token. It is needed with an id of the REST API. The id of an EnrollmentToken contains it.',
        }),
        organizationId: t.arg.id({
          description:
            'The id or slug of the organization of an id of the REST API. Default: the configured organization. The id of an EnrollmentToken contains it.',
        }),
      },
      extensions: {
        price: ({ args: { organizationId } }) => ({
          calls: 1,
          objects: 1,
          once: organizationCalls(organizationId),
        }),
      },
      resolve: async (_root, given, context) =>
        loadToken(context, await readTokenArguments(context, entities, given)),
    }),
  }));
};
