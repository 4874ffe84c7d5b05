import type { MdmUser, MdmUserReference } from '../../domain/mdm-user.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { GatewayContext } from '../context.ts';
import { defineUserEntity } from '../federation/federation.ts';
import { entityKey } from '../global-id.ts';
import { nullWhereMissing } from '../missing-lookup.ts';
import type { TokenConnection } from '../queries/enrollment-tokens.ts';
import type { SchemaParts } from '../schema-parts.ts';

/** Answered from the id alone, or by calls of their own. */
const knownOfEveryUser = new Set([
  '__typename',
  'id',
  'sourceId',
  'organizationId',
  'enrollmentTokens',
]);

const embeddedUser = (
  token: EnrollmentToken,
  { sourceId, embeddedFields: known }: MdmUserReference,
): MdmUser => ({
  email: null,
  name: null,
  tags: null,
  language: null,
  managedAppleId: null,
  createdAt: null,
  updatedAt: null,
  ...known,
  organizationId: token.organizationId,
  sourceId,
});

/** A token's user: at once from what the token embeds where that holds all that is selected, else by one lookup. */
export const resolveUser = (
  context: GatewayContext,
  token: EnrollmentToken,
  selected: ReadonlySet<string>,
): MdmUser | null | Promise<MdmUser | null> => {
  if (!token.user) return null;
  const { embeddedFields: known, sourceId } = token.user;
  if ([...selected].every((name) => name in known || knownOfEveryUser.has(name))) {
    context.operation.onSaved?.('embedded', 1);
    return embeddedUser(token, token.user);
  }
  const { organizationId } = token;
  return nullWhereMissing(
    context,
    'user',
    context.loaders.user.load({ organizationId, id: sourceId }),
  );
};

/** Adds MdmUser. */
export const defineMdmUser = (parts: SchemaParts, tokenConnection: TokenConnection): void => {
  const { builder, refs } = parts;
  defineUserEntity(parts);
  builder.node(refs.user, {
    description:
      'A person in the organization whom devices belong to. Other subgraphs reach it by organizationId (id or slug) and email.',
    id: {
      description: 'Opaque and global: it encodes organization and sourceId.',
      resolve: entityKey,
    },
    fields: (t) => ({
      sourceId: t.exposeID('sourceId', { description: 'The id in the REST API.' }),
      organizationId: t.exposeID('organizationId', {
        description: "The organization's 24-digit id.",
      }),
      email: t.exposeString('email', {
        nullable: true,
        description: 'Unique in the organization.',
      }),
      name: t.exposeString('name', { nullable: true, description: 'First and last name.' }),
      tags: t.stringList({
        nullable: true,
        description: 'Labels that administrators gave.',
        resolve: ({ tags }) => tags,
      }),
      language: t.exposeString('language', {
        nullable: true,
        description: 'The language that e-mails are written in, e.g. `es`.',
      }),
      managedAppleId: t.exposeString('managedAppleId', {
        nullable: true,
        description: 'The Managed Apple Account, where there is one.',
      }),
      createdAt: t.expose('createdAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When the user was created.',
      }),
      updatedAt: t.expose('updatedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When the user last changed.',
      }),
      enrollmentTokens: t.field({
        type: refs.tokenConnection,
        description:
          "The user's tokens on every platform. One upstream call a platform and page: the API filters by user.",
        args: tokenConnection.args,
        resolve: (user, args, context, info) =>
          tokenConnection.read(context, info, args, { of: 'user', user }),
      }),
    }),
  });
};
