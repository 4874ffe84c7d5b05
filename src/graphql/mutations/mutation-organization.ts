import { InputRejectedError, NotFoundError } from '../../domain/errors.ts';
import { isEntityId, type OrganizationId, toOrganizationId } from '../../domain/organization.ts';
import type { GatewayContext } from '../context.ts';
import { resolveOrganization } from '../queries/organization-argument.ts';

export const organizationPath = ['input', 'organizationId'] as const;

/** The organization of that name where it is known without a call; null for a slug, and for none. */
export const knownOrganization = (name: string | undefined): OrganizationId | null =>
  name !== undefined && isEntityId(name) ? toOrganizationId(name) : null;

export const organizationMissing = (cause: unknown): NotFoundError =>
  new NotFoundError(
    'The organization does not exist, or the key may not see it. Give its id or slug as organizationId.',
    { cause },
  );

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
    throw error instanceof NotFoundError ? organizationMissing(error) : error;
  }
};
