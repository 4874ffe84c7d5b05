import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { GatewayError, NotFoundError, UpstreamUnavailableError } from '../domain/errors.ts';
import type { Operation } from '../domain/operation.ts';
import {
  isEntityId,
  isOrganizationName,
  type OrganizationId,
  type Organizations,
  toOrganizationId,
} from '../domain/organization.ts';
import { createOrganizationNameError } from '../rest/request.ts';
import type { Transport } from '../rest/transport.ts';
import { abandonedError } from '../sharing/shared-reads.ts';
import { createSharedWork } from '../sharing/shared-work.ts';

/** The least recently used slugs are looked up again. */
const maxCached = 10_000;
/** Limited, since a slug can be given to another organization. */
const cachedMs = 3_600_000;

const organizationSchema = z.object({ id: z.string().refine(isEntityId) });

/**
 * Creates the port of the organizations. A slug is looked up once for each credential, since two credentials may see
 * different organizations.
 */
export const createOrganizations = (transport: Transport): Organizations => {
  const cached = new LRUCache<string, OrganizationId>({
    // As a size, since the cache allocates all its entries at once if it is given a count.
    maxSize: maxCached,
    sizeCalculation: () => 1,
    ttl: cachedMs,
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

  const shareLookup = createSharedWork<string, Operation, OrganizationId>({
    starterLeaves: false,
    leaveError: abandonedError,
    // At the end of its time, the starter can fail before its signal is aborted.
    startsAgain: (error) => error instanceof UpstreamUnavailableError && error.reason === 'timeout',
  });

  const resolveSlug = async (operation: Operation, slug: string): Promise<OrganizationId> => {
    const caller = createHash('sha256').update(operation.credential).digest('base64');
    const key = `${caller} ${slug}`;
    const known = cached.get(key);
    if (known !== undefined) return known;
    return shareLookup(key, operation, async () => {
      const id = await ask(operation, slug);
      cached.set(key, id);
      return id;
    });
  };

  return {
    resolve: async (operation, name) => {
      if (isEntityId(name)) return toOrganizationId(name);
      if (!isOrganizationName(name)) {
        throw createOrganizationNameError();
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
