import { InputRejectedError, NotFoundError } from '../../domain/errors.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { GatewayContext } from '../context.ts';

/**
 * The organization that an `organizationId` argument names, or the configured default. No call for an id; a slug is
 * looked up once and remembered.
 */
export const resolveOrganization = async (
  { organizations, operation, defaultOrganization }: GatewayContext,
  name: string | null | undefined,
): Promise<OrganizationId> => {
  const organization = name ?? defaultOrganization;
  if (organization === undefined) {
    const message =
      'organizationId is needed: this gateway has no default organization. Give its id or slug.';
    throw new InputRejectedError([{ path: ['organizationId'], message }]);
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
