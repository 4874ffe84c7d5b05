import { InputRejectedError } from '../../domain/errors.ts';
import type { MdmUser } from '../../domain/mdm-user.ts';
import { withCause } from '../../domain/operation.ts';
import { toPlatformKey } from '../../domain/platform-key.ts';
import type { SchemaParts } from '../schema-parts.ts';
import { readPage } from './connection.ts';
import { resolveOrganization } from './organization-argument.ts';

/** Users belong to no platform: their list is a connection with a single source. */
const sharedSource = toPlatformKey('SHARED');

/** The longest text that the API searches for, and the longest address that it knows. */
const longestText = 128;

const checkLength = (argument: 'search' | 'email', text: string): void => {
  if (text.length > longestText) {
    const message = `${argument} must be at most ${longestText} characters; it has ${text.length}.`;
    throw new InputRejectedError([{ path: [argument], message }]);
  }
};

/** Adds Query.mdmUsers and Query.mdmUser. */
export const defineUserQueries = ({ builder, refs }: SchemaParts): void => {
  const connection = builder.connectionObject(
    {
      type: refs.user,
      name: 'MdmUserConnection',
      description: 'A page of users, newest first.',
      fields: (t) => ({
        totalCount: t.exposeInt('totalCount', {
          nullable: true,
          description: 'Matching users, as the API counts them.',
        }),
      }),
    },
    { name: 'MdmUserEdge', description: 'A user and its place in the list.' },
  );
  const organizationArgument = {
    description: 'Id or slug; the configured default where left out.',
  };

  builder.queryFields((t) => ({
    mdmUsers: t.field({
      type: connection,
      description: 'The people that tokens can be for, newest first. One upstream call a page.',
      args: {
        organizationId: t.arg.id(organizationArgument),
        search: t.arg.string({
          description:
            'Looks in e-mail, name and other identifying fields, as the API does; at most 128 characters.',
        }),
        ...t.arg.connectionArgs(),
      },
      resolve: async (_root, { organizationId: name, search, ...given }, context, info) => {
        const text = search?.trim() || null;
        if (text !== null) checkLength('search', text);
        return readPage<MdmUser>(context, info, given, {
          findOrganization: () => resolveOrganization(context, name),
          sourcesOf: (organizationId) => [
            {
              key: sharedSource,
              read: async ({ page, limit, direction }, cause) => {
                const answer = await context.users.list(
                  withCause(context.operation, cause),
                  organizationId,
                  {
                    page,
                    limit,
                    sort: { field: 'createdAt', direction },
                    ...(text === null ? {} : { search: text }),
                  },
                );
                return {
                  ...answer,
                  items: answer.items.map(
                    (user) => user && { id: user.sourceId, key: user.createdAt, node: user },
                  ),
                };
              },
            },
          ],
          order: { field: 'createdAt', direction: 'descending', comparison: 'time' },
          subject: { connection: 'mdmUsers', filter: { search: text } },
        });
      },
    }),
    mdmUser: t.field({
      type: refs.user,
      nullable: true,
      description:
        'One user by e-mail address, compared without case; null where there is none. One upstream call for each full page of users whose addresses hold this one, at most ten: past them it is an error, as the user may exist.',
      args: {
        organizationId: t.arg.id(organizationArgument),
        email: t.arg.string({ required: true, description: 'At most 128 characters.' }),
      },
      resolve: async (_root, { organizationId: name, email: given }, context) => {
        const email = given.trim();
        checkLength('email', email);
        const organizationId = await resolveOrganization(context, name);
        return context.loaders.userByEmail.load({ organizationId, email });
      },
    }),
  }));
};
