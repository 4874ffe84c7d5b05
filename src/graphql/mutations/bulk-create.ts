import { z } from 'zod';
import { countResults, readBulkResults } from '../../creation/bulk-results.ts';
import { afterWrite, withCause } from '../../domain/operation.ts';
import type { TokenDraft } from '../../domain/platform.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { GatewayContext } from '../context.ts';
import type { Entities } from '../types/entity.ts';
import type { UserError } from '../user-errors.ts';
import type { ReportOrganization } from './audit.ts';
import {
  bulkInputSchemas,
  draftInputSchemas,
  dropUndefined,
  memoizeByOrganization,
  readInput,
} from './create-input.ts';
import {
  type CreateInput,
  explainFailedChunks,
  explainFailedCreate,
  findPlatform,
  type PlatformCreates,
  readCreateRequest,
  toCreationKey,
  toReadingErrors,
} from './create-request.ts';
import { findMissingReferences } from './missing-references.ts';
import type { BulkCreatePayload } from './mutation-types.ts';
import { createUnsentPayload } from './unsent-bulk.ts';

const toEmptyPayload = (userErrors: readonly UserError[]): BulkCreatePayload => ({
  total: 0,
  success: 0,
  fail: 0,
  results: [],
  userErrors,
  replayed: false,
});

/** Creates the resolver of one platform's bulk create. */
export const createBulkResolver = (entities: Entities, creates: PlatformCreates) => {
  const { platform: key, title } = creates;
  const schemaOf = memoizeByOrganization((organizationId) =>
    z.object({
      ...bulkInputSchemas,
      ...draftInputSchemas({ entities, platform: key, organizationId }),
    }),
  );

  return async (
    context: GatewayContext,
    input: CreateInput,
    reportOrganization: ReportOrganization,
    areResultsWanted: boolean,
  ): Promise<BulkCreatePayload> => {
    try {
      const { organizationId, parsed } = await readCreateRequest(
        context,
        input,
        reportOrganization,
        (given, organization) => readInput(given, schemaOf(organization), creates.extraInput),
      );
      const [
        { userEmails, idempotencyKey, validateOnly, organizationId: _name, ...shared },
        extra,
      ] = parsed;
      const draft: TokenDraft = { ...dropUndefined(shared), ...extra };
      const policyAssignments = draft.policyAssignments ?? [];
      const references = { platform: key, organizationId, userId: null, policyAssignments };
      if (validateOnly) {
        return createUnsentPayload(userEmails, await findMissingReferences(context, references));
      }
      const { operation, creations, limits } = context;
      const platform = findPlatform(context, key);
      try {
        const bulk = await creations.bulkCreateOnce({
          key: toCreationKey(context, organizationId, `bulkCreate${title}`, idempotencyKey),
          input: draft,
          emails: userEmails,
          chunkSize: creations.bulkChunkSize,
          signal: creations.bulkSignal(operation),
          send: (emails) =>
            platform.bulkCreateTokens(withCause(operation, 'write'), organizationId, emails, draft),
        });
        const sent = {
          organizationId,
          draft,
          matchesPlatform: (token: EnrollmentToken) => creates.matchesExtra(token, draft),
          maxLimit: limits.maxLimit,
        };
        const results = areResultsWanted
          ? await readBulkResults(platform, afterWrite(operation), sent, bulk)
          : null;
        const { total, success, fail } = results === null ? bulk : countResults(results);
        return {
          total,
          success,
          fail,
          results: results ?? [],
          userErrors: await explainFailedChunks(context, references, bulk.errors),
          replayed: bulk.replayed,
        };
      } catch (error) {
        const userErrors = await explainFailedCreate(context, references, error);
        return createUnsentPayload(userEmails, userErrors, error);
      }
    } catch (error) {
      return toEmptyPayload(toReadingErrors(error));
    }
  };
};
