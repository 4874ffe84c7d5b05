import { InputRejectedError, NotFoundError } from '../../domain/errors.ts';
import { isEntityId, type OrganizationId, toOrganizationId } from '../../domain/organization.ts';
import type { GatewayContext } from '../context.ts';
import type { Price } from '../pricing/price.ts';

/** The description of every `organizationId` argument and input field. */
export const organizationArgument = {
  description: 'The id or slug of the organization. Default: the configured organization.',
};

/** The error message if neither the caller nor the configuration names an organization. */
export const organizationNeeded =
  'organizationId is needed: this gateway has no default organization. Give its id or slug.';

/** The organization that a name gives without an upstream call; null if the name is a slug or missing. */
export const findKnownOrganization = (name: string | null | undefined): OrganizationId | null =>
  name != null && isEntityId(name) ? toOrganizationId(name) : null;

/** The calls of `resolveOrganization`, for a price: one for a slug, which an operation looks up once. */
export const organizationCalls = (name: string | null | undefined): NonNullable<Price['once']> =>
  name == null || isEntityId(name) ? {} : { [`organization ${name.toLowerCase()}`]: 1 };

/**
 * Resolves the organization that an `organizationId` argument names, or the configured default. An id takes no upstream
 * call; a slug takes one, unless it was looked up before.
 */
export const resolveOrganization = async (
  { organizations, operation, defaultOrganization }: GatewayContext,
  name: string | null | undefined,
): Promise<OrganizationId> => {
  const organization = name ?? defaultOrganization;
  if (organization === undefined) {
    throw new InputRejectedError([{ path: ['organizationId'], message: organizationNeeded }]);
  }
  try {
    return await organizations.resolve(operation, organization);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    throw new NotFoundError(
      `There is no organization "${organization}", or the credential may not see it. Check organizationId.`,
      { cause: error },
    );
  }
};
