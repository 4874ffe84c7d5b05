import { InputRejectedError } from '../../domain/errors.ts';
import type { MdmUser } from '../../domain/mdm-user.ts';
import { withCause } from '../../domain/operation.ts';
import { toPlatformKey } from '../../domain/platform-key.ts';
import { limitedInputs, limitOf } from '../input-limits.ts';
import { countEmailCalls } from '../pricing/price.ts';
import type { SchemaParts } from '../schema-parts.ts';
import { newestFirst, pagePrice, readPage, toSourcePage } from './connection.ts';
import {
  organizationArgument,
  organizationCalls,
  resolveOrganization,
} from './organization-argument.ts';

/** The key of the only list of users, which belong to no platform. */
const userSource = toPlatformKey('SHARED');

const checkLength = (argument: 'search' | 'email', text: string): void => {
  const schema = limitedInputs[argument];
  if (schema.safeParse(text).success) return;
  const message = `${argument} must be ${limitOf(schema)}; it has ${text.length}.`;
  throw new InputRejectedError([{ path: [argument], message }]);
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
          description: 'The number of matching users, as the REST API counts them.',
        }),
      }),
    },
    { name: 'MdmUserEdge', description: 'A user and its place in the list.' },
  );
  builder.queryFields((t) => ({
    mdmUsers: t.field({
      type: connection,
      description:
        'The users that tokens can be created for, newest first. One upstream call for each page.',
      args: {
        organizationId: t.arg.id(organizationArgument),
        search: t.arg.string({
          description: `Only users with this text in the e-mail address, the name or another identifying field, by the search of the REST API; ${limitOf(limitedInputs.search)}.`,
        }),
        ...t.arg.connectionArgs(),
      },
      extensions: {
        price: (question) => ({
          ...pagePrice(question, { lists: 1 }),
          once: organizationCalls(question.args.organizationId),
        }),
      },
      resolve: async (_root, { organizationId: name, search, ...given }, context, info) => {
        const text = search?.trim() || null;
        if (text !== null) checkLength('search', text);
        return readPage<MdmUser>(context, info, given, {
          findOrganization: () => resolveOrganization(context, name),
          sourcesOf: (organizationId) => [
            {
              key: userSource,
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
                return toSourcePage(answer, ({ createdAt }) => createdAt);
              },
            },
          ],
          order: newestFirst,
          binding: { connection: 'mdmUsers', filter: { search: text } },
        });
      },
    }),
    mdmUser: t.field({
      type: refs.user,
      nullable: true,
      description:
        'One user by e-mail address; case does not matter. Null if there is none. One upstream call for each full page of users whose addresses contain this one, at most ten. If there are more pages, the field is an error, because the user may exist.',
      args: {
        organizationId: t.arg.id(organizationArgument),
        email: t.arg.string({
          required: true,
          description: `The e-mail address; ${limitOf(limitedInputs.email)}.`,
        }),
      },
      extensions: {
        price: ({ args, bounds }) => ({
          calls: countEmailCalls(args.email.trim(), bounds),
          objects: 1,
          once: organizationCalls(args.organizationId),
        }),
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
