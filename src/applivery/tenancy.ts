import { ForbiddenError, NotFoundError } from '../domain/errors.ts';
import type { Operation } from '../domain/operation.ts';
import { isEntityId, isOrganizationName, type Organizations } from '../domain/organization.ts';
import type { Transport } from '../rest/transport.ts';

const refusal =
  'This gateway does not serve this organization, or not under this name. Use one that it serves.';

/** Refuses requests for organizations that are not allowed, before they are sent. */
export interface Tenancy {
  readonly organizations: Organizations;
  readonly restrict: (transport: Transport) => Transport;
}

/**
 * Allows the organizations that are named here by id or slug, or any organization if `allowed` is null. If an
 * organization is allowed by its slug, its id is allowed too: the slug is looked up once and cached.
 */
export const createTenancy = (
  allowed: readonly string[] | null,
  organizations: Organizations,
): Tenancy => {
  if (allowed === null) return { organizations, restrict: (transport) => transport };
  const names = new Set(allowed.map((name) => name.toLowerCase()));
  const slugs = [...names].filter((name) => !isEntityId(name));

  const isIdOf = async (operation: Operation, slug: string, id: string): Promise<boolean> => {
    try {
      return (await organizations.resolve(operation, slug)) === id;
    } catch (error) {
      if (error instanceof NotFoundError || error instanceof ForbiddenError) return false;
      throw error;
    }
  };

  /** Throws ForbiddenError if the organization is not allowed. */
  const check = async (operation: Operation, given: string): Promise<void> => {
    const name = given.toLowerCase();
    if (names.has(name)) return;
    if (isEntityId(name)) {
      for (const slug of slugs) if (await isIdOf(operation, slug, name)) return;
    }
    throw new ForbiddenError(refusal);
  };

  return {
    organizations: {
      resolve: async (operation, name) => {
        if (isOrganizationName(name)) await check(operation, name);
        return organizations.resolve(operation, name);
      },
      exists: async (operation, id) => {
        await check(operation, id);
        return organizations.exists(operation, id);
      },
    },
    restrict: (transport) => ({
      exchange: async (operation, request, schema) => {
        const name = request.parameters['organizationId'];
        if (name !== undefined) await check(operation, name);
        return transport.exchange(operation, request, schema);
      },
    }),
  };
};
