import { entityKey } from '../global-id.ts';
import { countLookupCalls, type FieldPrice } from '../pricing/price.ts';
import type { TokenConnection } from '../queries/enrollment-tokens.ts';
import type { SchemaParts } from '../schema-parts.ts';
import { createdAtOptions, updatedAtOptions } from './timestamps.ts';
import { fieldsWithoutLookup, readUserField } from './user-of-token.ts';

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
      email: t.string({
        nullable: true,
        description: 'The e-mail address. It is unique in the organization.',
        resolve: readUserField('email'),
      }),
      name: t.string({
        nullable: true,
        description: 'The first and last name.',
        resolve: readUserField('name'),
      }),
      tags: t.stringList({
        nullable: true,
        description: 'Labels that administrators gave to the user.',
        resolve: readUserField('tags'),
      }),
      language: t.string({
        nullable: true,
        description: 'The language of e-mails to the user, e.g. `es`.',
        resolve: readUserField('language'),
      }),
      managedAppleId: t.string({
        nullable: true,
        description: 'The Managed Apple Account. Null if the user has none.',
        resolve: readUserField('managedAppleId'),
      }),
      createdAt: t.field({ ...createdAtOptions, resolve: readUserField('createdAt') }),
      updatedAt: t.field({ ...updatedAtOptions, resolve: readUserField('updatedAt') }),
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
