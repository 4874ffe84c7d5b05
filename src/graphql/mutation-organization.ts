import { InputRejectedError, NotFoundError } from '../tokens/errors.ts';
import { isEntityId, type OrganizationId, toOrganizationId } from '../tokens/organization.ts';
import type { GatewayContext } from './context.ts';
import { resolveOrganization } from './organization-argument.ts';

export const organizationPath = ['input', 'organizationId'] as const;

/** The organization of an input where it is known without a call; null for a slug. */
export const knownOrganization = (
  { defaultOrganization }: GatewayContext,
  name: string | null | undefined,
): OrganizationId | null => {
  const given = name ?? defaultOrganization;
  return given !== undefined && isEntityId(given) ? toOrganizationId(given) : null;
};

/** The organization of an input; faults carry its path there. */
export const inputOrganization = async (
  context: GatewayContext,
  name: string | null | undefined,
): Promise<OrganizationId> => {
  try {
    return await resolveOrganization(context, name);
  } catch (error) {
    if (error instanceof InputRejectedError) {
      throw new InputRejectedError(
        error.faults.map(({ message }) => ({ path: organizationPath, message })),
      );
    }
    if (error instanceof NotFoundError) {
      throw new NotFoundError('The organization does not exist, or the key may not see it.', {
        cause: error,
      });
    }
    throw error;
  }
};
