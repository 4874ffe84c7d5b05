import { z } from 'zod';
import { countResults, readBulkResults } from '../../creation/bulk-results.ts';
import { readBackCreated } from '../../creation/read-back.ts';
import { NotFoundError } from '../../domain/errors.ts';
import { afterWrite, withCause } from '../../domain/operation.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { TokenDraft } from '../../domain/platform.ts';
import type { PlatformKey } from '../../domain/platform-key.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { ObjectType } from '../builder.ts';
import type { GatewayContext } from '../context.ts';
import { missingReferences } from '../federation/missing-references.ts';
import type { SchemaParts } from '../schema-parts.ts';
import { selectedFields } from '../selection.ts';
import { audited, type NoteOrganization } from './audit.ts';
import { unsentBulk } from './bulk-check.ts';
import {
  type CreateInput,
  explainRefusal,
  explainRefusals,
  keyOf,
  platformOf,
  readCall,
} from './create-call.ts';
import {
  bulkInput,
  byOrganization,
  draftInput,
  type InputScope,
  present,
  readInput,
  singleInput,
} from './create-input.ts';
import { organizationPath } from './mutation-organization.ts';
import {
  type BulkCreatePayload,
  type CreatePayload,
  defineBulkPayload,
  defineCreateInputs,
  defineCreatePayload,
  type ExtraFields,
} from './mutation-types.ts';
import { readAnyToken, type TokenSubject } from './token-subject.ts';
import { toUserErrors, type UserError } from './user-errors.ts';

/** What one platform's creates have of their own. */
export interface PlatformCreates {
  readonly platform: PlatformKey;
  /** The platform's name in the names of types and fields, e.g. `Solaris`. */
  readonly title: string;
  readonly token: ObjectType<EnrollmentToken>;
  readonly extraFields: ExtraFields;
  /** Reads the extra fields into the platform's own draft, without keys that were not given. */
  readonly extraInput: z.ZodType<object>;
  /** Whether a token equals a draft in the extra fields. */
  readonly matchesExtra: (token: EnrollmentToken, draft: TokenDraft) => boolean;
}

/** Why an input could not be read; what is not found then is its organization. */
const readingErrors = (error: unknown): readonly UserError[] =>
  toUserErrors(error, error instanceof NotFoundError ? organizationPath : null);

/** The token that the first call with a key created, as it is now. */
const readReplayed = async (
  context: GatewayContext,
  subject: TokenSubject,
): Promise<EnrollmentToken> => {
  try {
    return await readAnyToken(withCause(context.operation, 'read-back'), subject);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    throw new NotFoundError(
      'The token that the first call with this idempotencyKey created does not exist any more, or the key may not see it. Use a new idempotencyKey to create another.',
      { cause: error },
    );
  }
};

/** Adds one platform's create mutations. */
export const defineCreateMutations = (parts: SchemaParts, creates: PlatformCreates): void => {
  const { builder, entities } = parts;
  const { platform: key, title } = creates;
  const inputs = defineCreateInputs(parts, title, creates.extraFields);
  const scopeOf = (organizationId: OrganizationId | null): InputScope => ({
    entities,
    platform: key,
    organizationId,
  });
  const singleSchema = byOrganization((organizationId) => {
    const scope = scopeOf(organizationId);
    return z.object({ ...singleInput(scope), ...draftInput(scope) });
  });
  const bulkSchema = byOrganization((organizationId) =>
    z.object({ ...bulkInput(), ...draftInput(scopeOf(organizationId)) }),
  );

  const createOne = async (
    context: GatewayContext,
    input: CreateInput,
    note: NoteOrganization,
  ): Promise<CreatePayload> => {
    const failed = (userErrors: readonly UserError[]): CreatePayload => ({
      enrollmentToken: null,
      userErrors,
      replayed: false,
    });
    try {
      const { organizationId, parsed } = await readCall(
        context,
        input,
        note,
        (given, organization) => readInput(given, singleSchema(organization), creates.extraInput),
      );
      const [{ userId, idempotencyKey, validateOnly, organizationId: _name, ...shared }, extra] =
        parsed;
      const draft: TokenDraft = { ...present(shared), ...extra };
      const policyAssignments = draft.policyAssignments ?? [];
      const references = { platform: key, organizationId, userId, policyAssignments };
      if (validateOnly) return failed(await missingReferences(context, references));
      const { operation } = context;
      const platform = platformOf(context, key);
      try {
        const { token, replayed } = await context.creations.createOnce({
          key: keyOf(context, organizationId, `create${title}`, idempotencyKey),
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
        return failed(await explainRefusal(context, references, error));
      }
    } catch (error) {
      return failed(readingErrors(error));
    }
  };

  const createMany = async (
    context: GatewayContext,
    input: CreateInput,
    note: NoteOrganization,
    areResultsWanted: boolean,
  ): Promise<BulkCreatePayload> => {
    const nothing = (userErrors: readonly UserError[]): BulkCreatePayload => ({
      total: 0,
      success: 0,
      fail: 0,
      results: [],
      userErrors,
      replayed: false,
    });
    try {
      const { organizationId, parsed } = await readCall(
        context,
        input,
        note,
        (given, organization) => readInput(given, bulkSchema(organization), creates.extraInput),
      );
      const [
        { userEmails, idempotencyKey, validateOnly, organizationId: _name, ...shared },
        extra,
      ] = parsed;
      const draft: TokenDraft = { ...present(shared), ...extra };
      const policyAssignments = draft.policyAssignments ?? [];
      const references = { platform: key, organizationId, userId: null, policyAssignments };
      if (validateOnly) return unsentBulk(userEmails, await missingReferences(context, references));
      const { operation, creations, limits } = context;
      const platform = platformOf(context, key);
      try {
        const bulk = await creations.bulkCreateOnce({
          key: keyOf(context, organizationId, `bulkCreate${title}`, idempotencyKey),
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
          ...{ total, success, fail },
          results: results ?? [],
          userErrors: await explainRefusals(context, references, bulk.errors),
          replayed: bulk.replayed,
        };
      } catch (error) {
        return unsentBulk(userEmails, await explainRefusal(context, references, error), error);
      }
    } catch (error) {
      return nothing(readingErrors(error));
    }
  };

  const payload = defineCreatePayload(parts, title, creates.token);
  const bulkPayload = defineBulkPayload(parts, title);
  builder.mutationFields((t) => ({
    [`create${title}EnrollmentToken`]: t.field({
      type: payload,
      description: `Creates a ${title} enrollment token for one user. One upstream call; safe to repeat with an idempotencyKey.`,
      args: {
        input: t.arg({ type: inputs.single, required: true, description: 'What to create.' }),
      },
      resolve: (_root, { input }, context, { fieldName }) =>
        audited(context, fieldName, input, (note) => createOne(context, input, note)),
    }),
    [`bulkCreate${title}EnrollmentTokens`]: t.field({
      type: bulkPayload,
      description: `Creates a ${title} enrollment token for each of up to 1000 users. One upstream call for every BULK_CHUNK_SIZE addresses, one after another; safe to repeat with an idempotencyKey.`,
      args: {
        input: t.arg({ type: inputs.bulk, required: true, description: 'What to create.' }),
      },
      resolve: (_root, { input }, context, info) =>
        audited(context, info.fieldName, input, (note) =>
          createMany(context, input, note, selectedFields(info).has('results')),
        ),
    }),
  }));
};
