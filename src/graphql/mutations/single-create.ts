import { z } from 'zod';
import { readBackCreated } from '../../creation/read-back.ts';
import { NotFoundError } from '../../domain/errors.ts';
import { afterWrite, withCause } from '../../domain/operation.ts';
import type { TokenDraft } from '../../domain/platform.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { GatewayContext } from '../context.ts';
import type { Entities } from '../types/entity.ts';
import type { UserError } from '../user-errors.ts';
import type { ReportOrganization } from './audit.ts';
import {
  draftInputSchemas,
  dropUndefined,
  memoizeByOrganization,
  readInput,
  singleInputSchemas,
} from './create-input.ts';
import {
  type CreateInput,
  explainFailedCreate,
  findPlatform,
  type PlatformCreates,
  readCreateRequest,
  toCreationKey,
  toReadingErrors,
} from './create-request.ts';
import { findMissingReferences } from './missing-references.ts';
import type { CreatePayload } from './mutation-types.ts';
import { readAnyToken, type TokenTarget } from './token-target.ts';

/** The current state of the token that the first call with an idempotency key created. */
const readReplayed = async (
  context: GatewayContext,
  target: TokenTarget,
): Promise<EnrollmentToken> => {
  try {
    return await readAnyToken(withCause(context.operation, 'read-back'), target);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    throw new NotFoundError(
      'The token that the first call with this idempotencyKey created does not exist any more, or the credential may not see it. Use a new idempotencyKey to create another.',
      { cause: error },
    );
  }
};

const toFailedPayload = (userErrors: readonly UserError[]): CreatePayload => ({
  enrollmentToken: null,
  userErrors,
  replayed: false,
});

/** Creates the resolver of one platform's single create. */
export const createSingleResolver = (entities: Entities, creates: PlatformCreates) => {
  const { platform: key, title } = creates;
  const schemaOf = memoizeByOrganization((organizationId) => {
    const scope = { entities, platform: key, organizationId };
    return z.object({ ...singleInputSchemas(scope), ...draftInputSchemas(scope) });
  });

  return async (
    context: GatewayContext,
    input: CreateInput,
    reportOrganization: ReportOrganization,
  ): Promise<CreatePayload> => {
    try {
      const { organizationId, parsed } = await readCreateRequest(
        context,
        input,
        reportOrganization,
        (given, organization) => readInput(given, schemaOf(organization), creates.extraInput),
      );
      const [{ userId, idempotencyKey, validateOnly, organizationId: _name, ...shared }, extra] =
        parsed;
      const draft: TokenDraft = { ...dropUndefined(shared), ...extra };
      const policyAssignments = draft.policyAssignments ?? [];
      const references = { platform: key, organizationId, userId, policyAssignments };
      if (validateOnly) return toFailedPayload(await findMissingReferences(context, references));
      const { operation } = context;
      const platform = findPlatform(context, key);
      try {
        const { token, replayed } = await context.creations.createOnce({
          key: toCreationKey(context, organizationId, `create${title}`, idempotencyKey),
          input: { userId, draft },
          signal: operation.signal,
          send: () =>
            platform.createToken(withCause(operation, 'write'), organizationId, userId, draft),
          readBack: (sentAtMs) =>
            readBackCreated(
              platform,
              afterWrite(operation),
              {
                organizationId,
                userId,
                draft,
                matchesPlatform: (candidate) => creates.matchesExtra(candidate, draft),
              },
              sentAtMs,
            ),
          readAgain: (id) => readReplayed(context, { platform, organizationId, id }),
        });
        return { enrollmentToken: token, userErrors: [], replayed };
      } catch (error) {
        return toFailedPayload(await explainFailedCreate(context, references, error));
      }
    } catch (error) {
      return toFailedPayload(toReadingErrors(error));
    }
  };
};
