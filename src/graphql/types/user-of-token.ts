import { UnauthenticatedError } from '../../domain/errors.ts';
import type { MdmUser, MdmUserReference } from '../../domain/mdm-user.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { GatewayContext } from '../context.ts';
import { reportIfMissing } from './missing-lookup.ts';

/** A user, which may be known only as far as a token embeds it. */
export interface UserOfToken extends MdmUser {
  /** Present if the lookup of the user failed. It rejects with the error of each field that the token does not embed. */
  readonly failedLookup?: {
    readonly user: Promise<MdmUser>;
    readonly embeddedFields: MdmUserReference['embeddedFields'];
  };
}

/** The fields that need no lookup of the user: they come from the id, or take upstream calls of their own. */
export const fieldsWithoutLookup: ReadonlySet<string> = new Set([
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

/**
 * Resolves a token's user. If the token embeds all selected fields, no lookup is needed. If the lookup fails, the user has
 * what the token embeds, because its id and address are still useful: routers join by them.
 */
export const resolveUser = (
  context: GatewayContext,
  token: EnrollmentToken,
  selected: ReadonlySet<string>,
): UserOfToken | null | Promise<UserOfToken> => {
  const { user, organizationId } = token;
  if (!user) return null;
  const { embeddedFields, sourceId } = user;
  if ([...selected].every((name) => name in embeddedFields || fieldsWithoutLookup.has(name))) {
    context.operation.onSaved?.('embedded', 1);
    return embeddedUser(token, user);
  }
  const lookup = context.loaders.user.load({ organizationId, id: sourceId });
  return lookup.catch((error: unknown): UserOfToken => {
    // The whole operation fails with a refused credential.
    if (error instanceof UnauthenticatedError) throw error;
    const known = embeddedUser(token, user);
    return reportIfMissing(context, 'user', error)
      ? known
      : { ...known, failedLookup: { user: lookup, embeddedFields } };
  });
};

/**
 * Creates the resolver of a field that a lookup reads. If the lookup failed, the field is null with an error at its own
 * path. After the operation's limit of failures, it is null only.
 */
export const readUserField =
  <Name extends keyof MdmUser>(name: Name) =>
  (
    user: UserOfToken,
    _args: unknown,
    { failures }: GatewayContext,
  ): MdmUser[Name] | Promise<MdmUser[Name] | null> => {
    const { failedLookup } = user;
    if (failedLookup === undefined || name in failedLookup.embeddedFields) return user[name];
    return failures.run(async () => (await failedLookup.user)[name]);
  };
