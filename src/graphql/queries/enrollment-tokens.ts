import type { GraphQLResolveInfo } from 'graphql';
import type { SortDirection } from '../../domain/list.ts';
import type { MdmUser } from '../../domain/mdm-user.ts';
import { withCause } from '../../domain/operation.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { Platform } from '../../domain/platform.ts';
import type { Policy } from '../../domain/policy.ts';
import type { EnrollmentToken, TokenOrderField } from '../../domain/token.ts';
import type { KeyComparison, PageArguments, Source } from '../../paging/types.ts';
import type { GatewayContext } from '../context.ts';
import type { SchemaParts } from '../schema-parts.ts';
import { loadToken } from '../types/entity.ts';
import { type Connection, readPage } from './connection.ts';
import { resolveOrganization } from './organization-argument.ts';
import {
  canonicalFilter,
  checkFilterOrganization,
  defineTokenFilter,
  matcherOf,
  narrowFilter,
  readTokenFilter,
  soughtRange,
  type TokenFilter,
  type TokenFilterInput,
} from './token-filter.ts';

/** What the connection hangs on: the root, or the user or policy whose tokens they are. */
export type TokenListOwner =
  | { readonly of: 'organization'; readonly organization: string | null | undefined }
  | { readonly of: 'user'; readonly user: MdmUser }
  | { readonly of: 'policy'; readonly policy: Policy };

interface TokenOrderInput {
  readonly field: TokenOrderField;
  readonly direction: SortDirection;
}

interface TokenConnectionArguments extends PageArguments {
  readonly filter?: TokenFilterInput | null | undefined;
  readonly orderBy?: TokenOrderInput | null | undefined;
}

const defineTokenOrder = ({ builder }: SchemaParts) => {
  const field = builder.enumType('EnrollmentTokenOrderField', {
    description:
      'Nulls come where the API sorts them: first ascending, last descending. CREATED_AT never changes, so paging by it is exact; by the others a token whose key changes meanwhile may be missed or come twice.',
    values: {
      CREATED_AT: { value: 'createdAt', description: 'When the token was created.' },
      UPDATED_AT: { value: 'updatedAt', description: 'When it last changed.' },
      EXPIRES_AT: { value: 'expiresAt', description: 'When it can no longer be used.' },
      DISPLAY_NAME: {
        value: 'displayName',
        description:
          "In the API's own collation within a platform; between platforms by code point. Best effort.",
      },
    } as const,
  });
  const direction = builder.enumType('MdmOrderDirection', {
    description: 'Which end comes first.',
    values: {
      ASC: { value: 'ascending', description: 'Smallest or oldest first.' },
      DESC: { value: 'descending', description: 'Largest or newest first.' },
    } as const,
  });
  return builder.inputType('EnrollmentTokenOrder', {
    description: 'How tokens are ordered. Ties are ordered by platform, then by id.',
    fields: (t) => ({
      field: t.field({
        type: field,
        required: true,
        defaultValue: 'createdAt',
        description: 'What to order by.',
      }),
      direction: t.field({
        type: direction,
        required: true,
        defaultValue: 'descending',
        description: 'Which end comes first.',
      }),
    }),
  });
};

const newestFirst: TokenOrderInput = { field: 'createdAt', direction: 'descending' };

const organizationOf = async (
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

const narrowed = (filter: TokenFilter, owner: TokenListOwner): TokenFilter => {
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

const tokenSource = (
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
    return {
      ...answer,
      items: answer.items.map(
        (token) => token && { id: token.sourceId, key: token.sortKeys[field], node: token },
      ),
    };
  },
});

const comparisons: Readonly<Record<TokenOrderField, KeyComparison>> = {
  createdAt: 'time',
  updatedAt: 'time',
  expiresAt: 'time-or-null',
  displayName: 'name',
};

/** Every connection of tokens, at the root and below users and policies: the same arguments, the same reading. */
export const createTokenConnection = (parts: SchemaParts) => {
  const { builder, entities } = parts;
  const filterType = defineTokenFilter(parts);
  const orderType = defineTokenOrder(parts);
  const args = builder.args((t) => ({
    ...t.connectionArgs(),
    filter: t.field({ type: filterType, description: 'Only tokens for which all of this holds.' }),
    orderBy: t.field({ type: orderType, description: 'Newest first where left out.' }),
  }));

  const read = async (
    context: GatewayContext,
    info: GraphQLResolveInfo,
    given: TokenConnectionArguments,
    owner: TokenListOwner,
  ): Promise<Connection<EnrollmentToken>> => {
    const { field, direction } = given.orderBy ?? newestFirst;
    const asked = readTokenFilter(entities, given.filter);
    const filter = narrowed(asked, owner);
    const { platforms } = filter;
    const page = await readPage(context, info, given, {
      findOrganization: async () => {
        const organizationId = await organizationOf(context, owner);
        checkFilterOrganization(asked, organizationId);
        return organizationId;
      },
      sourcesOf: (organizationId) =>
        context.platforms
          .filter(({ key }) => platforms === null || platforms.has(key))
          .map((platform) => tokenSource(context, platform, organizationId, field, filter)),
      order: { field, direction, comparison: comparisons[field] },
      subject: { connection: 'enrollmentTokens', filter: canonicalFilter(filter) },
      matches: matcherOf(filter, field),
      keyRange: soughtRange(filter, field),
    });
    for (const { node } of page.edges) {
      for (const { embeddedPolicy: whole } of node.policyAssignments)
        if (whole) context.loaders.policy.prime(whole);
    }
    return page;
  };

  return { args, read };
};

export type TokenConnection = ReturnType<typeof createTokenConnection>;

/** Adds Query.enrollmentTokens and Query.enrollmentToken. */
export const defineTokenQueries = (
  { builder, refs, entities }: SchemaParts,
  { args, read }: TokenConnection,
): void => {
  builder.queryFields((t) => ({
    enrollmentTokens: t.field({
      type: refs.tokenConnection,
      description:
        'The enrollment tokens of every platform in one list, newest first where orderBy is left out. One upstream call a platform and page, at any depth.',
      args: {
        organizationId: t.arg.id({
          description: 'Id or slug; the configured default where left out.',
        }),
        ...args,
      },
      resolve: (_root, given, context, info) =>
        read(context, info, given, { of: 'organization', organization: given.organizationId }),
    }),
    enrollmentToken: t.field({
      type: refs.token,
      nullable: true,
      description: 'One token by its id; null where there is none. One upstream call.',
      args: { id: t.arg.id({ required: true, description: 'An EnrollmentToken id.' }) },
      resolve: async (_root, { id }, context) =>
        loadToken(context, entities.decodeKind('token', id, ['id'])),
    }),
  }));
};
