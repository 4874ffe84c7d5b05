import type { MdmUser, MdmUserReference } from '../../domain/mdm-user.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { GatewayContext } from '../context.ts';
import { entityKey } from '../global-id.ts';
import { countLookupCalls, type FieldPrice } from '../pricing/price.ts';
import type { TokenConnection } from '../queries/enrollment-tokens.ts';
import type { SchemaParts } from '../schema-parts.ts';
import { nullIfMissing } from './missing-lookup.ts';
import { createdAtOptions, updatedAtOptions } from './timestamps.ts';

/** The fields that need no lookup of the user: they come from the id, or take upstream calls of their own. */
const fieldsWithoutLookup: ReadonlySet<string> = new Set([
  '__typename',
  'id',
  'sourceId',
  'organizationId',
  'enrollmentTokens',
]);

const embeddedUser = (
  token: EnrollmentToken,
  { sourceId, embeddedFields }: MdmUserReference,
): MdmUser => ({
  email: null,
  name: null,
  tags: null,
  language: null,
  managedAppleId: null,
  createdAt: null,
  updatedAt: null,
  ...embeddedFields,
  organizationId: token.organizationId,
  sourceId,
});

/** Resolves a token's user. If the token embeds all selected fields, no lookup is needed. */
export const resolveUser = (
  context: GatewayContext,
  token: EnrollmentToken,
  selected: ReadonlySet<string>,
): MdmUser | null | Promise<MdmUser | null> => {
  if (!token.user) return null;
  const { embeddedFields, sourceId } = token.user;
  if ([...selected].every((name) => name in embeddedFields || fieldsWithoutLookup.has(name))) {
    context.operation.onSaved?.('embedded', 1);
    return embeddedUser(token, token.user);
  }
  const { organizationId } = token;
  return nullIfMissing(
    context,
    'user',
    context.loaders.user.load({ organizationId, id: sourceId }),
  );
};

/** The price of a token's user. Tokens embed the e-mail address. */
export const userPrice: FieldPrice = ({ objects, selected, bounds }) => {
  const isEmbedded = [...selected].every(
    (name) => name === 'email' || fieldsWithoutLookup.has(name),
  );
  return { calls: isEmbedded ? 0 : countLookupCalls('user', objects, bounds), objects };
};

/** Adds MdmUser. */
export const defineMdmUser = (parts: SchemaParts, tokenConnection: TokenConnection): void => {
  const { builder, refs } = parts;
  builder.node(refs.user, {
    description:
      'A person in the organization who owns devices. Other subgraphs refer to a user by organizationId (id or slug) and email.',
    id: {
      description: 'The opaque global id. It encodes the organization and sourceId.',
      resolve: entityKey,
    },
    directives: [
      { name: 'key', args: { fields: 'id' } },
      { name: 'key', args: { fields: 'organizationId email' } },
    ],
    fields: (t) => ({
      sourceId: t.exposeID('sourceId', { description: 'The id in the REST API.' }),
      organizationId: t.exposeID('organizationId', {
        description: "The organization's 24-digit id.",
      }),
      email: t.exposeString('email', {
        nullable: true,
        description: 'The e-mail address. It is unique in the organization.',
      }),
      name: t.exposeString('name', { nullable: true, description: 'The first and last name.' }),
      tags: t.stringList({
        nullable: true,
        description: 'Labels that administrators gave to the user.',
        resolve: ({ tags }) => tags,
      }),
      language: t.exposeString('language', {
        nullable: true,
        description: 'The language of e-mails to the user, e.g. `es`.',
      }),
      managedAppleId: t.exposeString('managedAppleId', {
        nullable: true,
        description: 'The Managed Apple Account. Null if the user has none.',
      }),
      createdAt: t.expose('createdAt', createdAtOptions),
      updatedAt: t.expose('updatedAt', updatedAtOptions),
      enrollmentTokens: t.field({
        type: refs.tokenConnection,
        description:
          "The user's tokens on all platforms. One upstream call for each platform and page: the REST API filters by user.",
        args: tokenConnection.args,
        extensions: { price: tokenConnection.priceFor('user') },
        resolve: (user, args, context, info) =>
          tokenConnection.read(context, info, args, { of: 'user', user }),
      }),
    }),
  });
};
