import { z } from 'zod';
import { readBulkResults } from '../tokens/bulk-results.ts';
import type { CreationKey } from '../tokens/creation.ts';
import { CreationFailedError, InputRejectedError, NotFoundError } from '../tokens/errors.ts';
import type { MdmUserId } from '../tokens/mdm-user.ts';
import type { OrganizationId } from '../tokens/organization.ts';
import type { PlatformKey, TokenDraft } from '../tokens/platform.ts';
import { withCause } from '../tokens/ports.ts';
import { readBackCreated } from '../tokens/read-back.ts';
import type { EnrollmentToken } from '../tokens/token.ts';
import type { ObjectType } from './builder.ts';
import { planBulk } from './bulk-check.ts';
import type { GatewayContext } from './context.ts';
import {
  bulkInput,
  draftInput,
  type InputScope,
  present,
  readInput,
  singleInput,
} from './create-input.ts';
import { missingReferences } from './missing-references.ts';
import { inputOrganization, knownOrganization } from './mutation-organization.ts';
import {
  type BulkCreatePayload,
  type CreatePayload,
  defineBulkPayload,
  defineCreateInputs,
  defineCreatePayload,
  type ExtraFields,
} from './mutation-types.ts';
import { outliving } from './operation.ts';
import type { SchemaParts } from './schema-parts.ts';
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

type Input = Readonly<Record<string, unknown>> & {
  readonly organizationId?: string | null | undefined;
};

interface Call<Parsed> {
  readonly organizationId: OrganizationId;
  readonly parsed: Parsed;
}

/**
 * Reads an input within its organization. All faults are named at once; only where the organization is a slug that has
 * to be looked up first, ids of another organization are told of afterwards.
 */
const readCall = async <Parsed>(
  context: GatewayContext,
  input: Input,
  parse: (organizationId: OrganizationId | null) => Parsed,
): Promise<Call<Parsed>> => {
  const known = knownOrganization(context, input.organizationId);
  const parsed = parse(known);
  if (known !== null) return { organizationId: known, parsed };
  const organizationId = await inputOrganization(context, input.organizationId);
  return { organizationId, parsed: parse(organizationId) };
};

const keyOf = (
  context: GatewayContext,
  organizationId: OrganizationId,
  mutation: string,
  idempotencyKey: string | undefined,
): CreationKey | null =>
  idempotencyKey === undefined
    ? null
    : { caller: context.creations.caller(), organizationId, mutation, idempotencyKey };

/** Why a create was refused: what it names and does not exist, where that is the reason, else what the API said. */
const explainRefusal = async (
  context: GatewayContext,
  platform: PlatformKey,
  organizationId: OrganizationId,
  userId: MdmUserId | null,
  draft: TokenDraft,
  error: unknown,
): Promise<readonly UserError[]> => {
  const refusals = [NotFoundError, CreationFailedError, InputRejectedError];
  if (!refusals.some((refusal) => error instanceof refusal)) return toUserErrors(error);
  const missing = await missingReferences(context, platform, organizationId, userId, draft);
  const known = missing.filter(({ code }) => code === 'NOT_FOUND');
  return known.length > 0 ? known : toUserErrors(error);
};

const platformOf = ({ platforms }: GatewayContext, key: PlatformKey) => {
  const platform = platforms.find((candidate) => candidate.key === key);
  if (!platform) throw new TypeError(`No platform ${key} is registered.`);
  return platform;
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

  const createOne = async (context: GatewayContext, input: Input): Promise<CreatePayload> => {
    const failed = (userErrors: readonly UserError[]): CreatePayload => ({
      enrollmentToken: null,
      userErrors,
      replayed: false,
    });
    try {
      const { organizationId, parsed } = await readCall(context, input, (organization) => {
        const scope = scopeOf(organization);
        const call = z.object({ ...singleInput(scope), ...draftInput(scope) });
        return readInput(input, call, creates.extraInput);
      });
      const [{ userId, idempotencyKey, validateOnly, organizationId: _name, ...shared }, extra] =
        parsed;
      const draft: TokenDraft = { ...present(shared), ...extra };
      if (validateOnly) {
        return failed(await missingReferences(context, key, organizationId, userId, draft));
      }
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
              outliving(operation),
              {
                organizationId,
                userId,
                draft,
                matchesPlatform: (candidate) => creates.matchesExtra(candidate, draft),
              },
              sentAtMs,
            ),
          readAgain: (id) =>
            platform.getToken(withCause(operation, 'read-back'), organizationId, id),
        });
        return { enrollmentToken: token, userErrors: [], replayed };
      } catch (error) {
        return failed(await explainRefusal(context, key, organizationId, userId, draft, error));
      }
    } catch (error) {
      return failed(toUserErrors(error));
    }
  };

  const createMany = async (context: GatewayContext, input: Input): Promise<BulkCreatePayload> => {
    const nothing = (userErrors: readonly UserError[]): BulkCreatePayload => ({
      total: 0,
      success: 0,
      fail: 0,
      results: async () => [],
      userErrors,
      replayed: false,
    });
    try {
      const { organizationId, parsed } = await readCall(context, input, (organization) => {
        const call = z.object({ ...bulkInput(), ...draftInput(scopeOf(organization)) });
        return readInput(input, call, creates.extraInput);
      });
      const [
        { userEmails, idempotencyKey, validateOnly, organizationId: _name, ...shared },
        extra,
      ] = parsed;
      const draft: TokenDraft = { ...present(shared), ...extra };
      if (validateOnly) {
        const missing = await missingReferences(context, key, organizationId, null, draft);
        return planBulk(userEmails, missing);
      }
      const { operation, creations, limits } = context;
      const platform = platformOf(context, key);
      try {
        const bulk = await creations.bulkCreateOnce({
          key: keyOf(context, organizationId, `bulkCreate${title}`, idempotencyKey),
          input: draft,
          emails: userEmails,
          chunkSize: creations.bulkChunkSize,
          signal: operation.signal,
          send: (emails) =>
            platform.bulkCreateTokens(withCause(operation, 'write'), organizationId, emails, draft),
        });
        const sent = {
          organizationId,
          draft,
          matchesPlatform: (token: EnrollmentToken) => creates.matchesExtra(token, draft),
          maximumLimit: limits.maxLimit,
        };
        return {
          total: bulk.total,
          success: bulk.success,
          fail: bulk.fail,
          results: () => readBulkResults(platform, outliving(operation), sent, bulk),
          userErrors: bulk.errors.flatMap((error) => toUserErrors(error)),
          replayed: bulk.replayed,
        };
      } catch (error) {
        return nothing(await explainRefusal(context, key, organizationId, null, draft, error));
      }
    } catch (error) {
      return nothing(toUserErrors(error));
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
      resolve: (_root, { input }, context) => createOne(context, input),
    }),
    [`bulkCreate${title}EnrollmentTokens`]: t.field({
      type: bulkPayload,
      description: `Creates a ${title} enrollment token for each of up to 1000 users. One upstream call for every BULK_CHUNK_SIZE addresses, one after another; safe to repeat with an idempotencyKey.`,
      args: {
        input: t.arg({ type: inputs.bulk, required: true, description: 'What to create.' }),
      },
      resolve: (_root, { input }, context) => createMany(context, input),
    }),
  }));
};
