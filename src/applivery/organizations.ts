import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import {
  CostLimitError,
  GatewayError,
  InputRejectedError,
  NotFoundError,
  UpstreamUnavailableError,
} from '../domain/errors.ts';
import type { Operation } from '../domain/operation.ts';
import {
  isEntityId,
  isOrganizationName,
  type OrganizationId,
  type Organizations,
  toOrganizationId,
} from '../domain/organization.ts';
import type { Transport } from '../rest/transport.ts';

const maxRemembered = 10_000;
/** A slug can be given to another organization. */
const rememberedMs = 3_600_000;

const organizationSchema = z.object({ id: z.string().refine(isEntityId) });

const concernsCallerOnly = (error: unknown): boolean =>
  error instanceof CostLimitError ||
  (error instanceof UpstreamUnavailableError &&
    (error.reason === 'aborted' || error.reason === 'timeout'));

/** Resolves slugs by the API, once for each credential: what one may see says nothing of what another may. */
export const createOrganizations = (transport: Transport): Organizations => {
  const remembered = new LRUCache<string, Promise<OrganizationId>>({
    // As a size: for a count the cache takes room for all its entries when it is made.
    maxSize: maxRemembered,
    sizeCalculation: () => 1,
    ttl: rememberedMs,
  });

  const ask = async (operation: Operation, slug: string): Promise<OrganizationId> => {
    const { id } = await transport.exchange(
      operation,
      {
        method: 'GET',
        path: '/organizations/{organizationId}',
        parameters: { organizationId: slug },
      },
      organizationSchema,
    );
    return toOrganizationId(id);
  };

  const resolveSlug = async (operation: Operation, slug: string): Promise<OrganizationId> => {
    const caller = createHash('sha256').update(operation.credential).digest('base64');
    const key = `${caller} ${slug}`;
    const known = remembered.get(key);
    if (known !== undefined) {
      try {
        return await known;
      } catch (error) {
        // Whoever asked first is gone or out of time; this operation may not be.
        if (!concernsCallerOnly(error)) throw error;
        return await resolveSlug(operation, slug);
      }
    }
    const asked = ask(operation, slug);
    remembered.set(key, asked);
    try {
      return await asked;
    } catch (error) {
      remembered.delete(key);
      throw error;
    }
  };

  return {
    resolve: async (operation, name) => {
      if (isEntityId(name)) return toOrganizationId(name);
      if (!isOrganizationName(name)) {
        throw new InputRejectedError([
          {
            path: ['organizationId'],
            message:
              'organizationId must be 24 hexadecimal digits, or a slug of three or more letters, digits and hyphens.',
          },
        ]);
      }
      return resolveSlug(operation, name);
    },

    exists: async (operation, id) => {
      try {
        await ask(operation, id);
        return true;
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
        return !(error instanceof NotFoundError);
      }
    },
  };
};
