import { InputRejectedError, NotFoundError } from '../../domain/errors.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { GatewayContext } from '../context.ts';
import { resolveOrganization } from '../queries/organization-argument.ts';

/** The path of a mutation's organization in its arguments. */
export const organizationPath = ['input', 'organizationId'] as const;

/** The error for an organization that does not exist. */
export const createOrganizationError = (cause: unknown): NotFoundError =>
  new NotFoundError(
    'The organization does not exist, or the credential may not see it. Give its id or slug as organizationId.',
    { cause },
  );

/** Resolves the organization of an input. Faults carry its path in the input. One upstream call for an unknown slug. */
export const resolveInputOrganization = async (
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
    throw error instanceof NotFoundError ? createOrganizationError(error) : error;
  }
};
