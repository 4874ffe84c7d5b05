import { withCause } from '../../domain/operation.ts';
import { toPlatformKey } from '../../domain/platform-key.ts';
import type { Policy } from '../../domain/policy.ts';
import type { SchemaParts } from '../schema-parts.ts';
import { newestFirst, pagePrice, readPage, toSourcePage } from './connection.ts';
import {
  organizationArgument,
  organizationCalls,
  resolveOrganization,
} from './organization-argument.ts';

/** Adds Query.mdmPolicies. */
export const definePolicyQueries = ({ builder, refs }: SchemaParts): void => {
  const connection = builder.connectionObject(
    {
      type: refs.policy,
      name: 'MdmPolicyConnection',
      description: 'A page of the policies of all platforms, newest first.',
      fields: (t) => ({
        totalCount: t.exposeInt('totalCount', {
          nullable: true,
          description: 'The number of policies on the platforms that answered.',
        }),
        sources: t.field({
          type: [refs.source],
          description: 'The answer of each platform.',
          resolve: ({ sources }) => sources,
        }),
      }),
    },
    { name: 'MdmPolicyEdge', description: 'A policy and its place in the list.' },
  );
  builder.queryField('mdmPolicies', (t) =>
    t.field({
      type: connection,
      description:
        'The policies of all platforms that tokens can assign, newest first. One upstream call for each platform and page.',
      args: {
        organizationId: t.arg.id(organizationArgument),
        platform: t.arg({
          type: refs.platformInput,
          description: 'Only policies of this platform.',
        }),
        ...t.arg.connectionArgs(),
      },
      extensions: {
        price: (question) => {
          const { args, bounds } = question;
          return {
            ...pagePrice(question, { lists: args.platform == null ? bounds.platforms : 1 }),
            once: organizationCalls(args.organizationId),
          };
        },
      },
      resolve: async (_root, { organizationId: name, platform, ...given }, context, info) => {
        const only = platform == null ? null : toPlatformKey(platform);
        return readPage<Policy>(context, info, given, {
          findOrganization: () => resolveOrganization(context, name),
          sourcesOf: (organizationId) =>
            context.platforms
              .filter(({ key }) => only === null || key === only)
              .map((source) => ({
                key: source.key,
                read: async ({ page, limit, direction }, cause) => {
                  const answer = await source.listPolicies(
                    withCause(context.operation, cause),
                    organizationId,
                    { page, limit, sort: { field: 'createdAt', direction } },
                  );
                  return toSourcePage(answer, ({ createdAt }) => createdAt);
                },
              })),
          order: newestFirst,
          binding: { connection: 'mdmPolicies', filter: { platform: only } },
        });
      },
    }),
  );
};
