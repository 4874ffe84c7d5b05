import { z } from 'zod';
import { NotFoundError, UpstreamUnavailableError } from '../tokens/errors.ts';
import type { OrganizationId } from '../tokens/organization.ts';
import type { Platform, PolicyAssignmentDraft, TokenChange } from '../tokens/platform.ts';
import { type Operation, withCause } from '../tokens/ports.ts';
import { type EnrollmentToken, type TokenId, toTokenId } from '../tokens/token.ts';
import { searchToken } from '../tokens/token-search.ts';
import type { GatewayContext } from './context.ts';
import {
  assignmentsInput,
  displayNameInput,
  inputLimits,
  readInput,
  segmentIdInput,
  tagsInput,
} from './create-input.ts';
import type { Entities } from './entity.ts';
import type { SchemaParts } from './schema-parts.ts';
import { selectedFields } from './selection.ts';
import { toUserErrors, type UserError } from './user-errors.ts';

/** What an update or a revocation answers. */
interface TokenPayload {
  readonly enrollmentToken: EnrollmentToken | null;
  readonly userErrors: readonly UserError[];
}

/** A token that a mutation names, and who answers for it. */
interface Subject {
  readonly platform: Platform;
  readonly organizationId: OrganizationId;
  readonly id: TokenId;
}

const idPath = ['input', 'id'] as const;

const subjectOf = (context: GatewayContext, entities: Entities, id: string): Subject => {
  const reference = entities.decodeKind('token', id, idPath);
  const platform = context.platforms.find(({ key }) => key === reference.platform);
  if (!platform) throw new TypeError(`No platform ${reference.platform} is registered.`);
  return {
    platform,
    organizationId: reference.organizationId,
    id: toTokenId(reference.sourceId),
  };
};

/** Expected failures as data; what is not found is the token that the input names. */
const settle = async (run: () => Promise<EnrollmentToken | null>): Promise<TokenPayload> => {
  try {
    return { enrollmentToken: await run(), userErrors: [] };
  } catch (error) {
    const path = error instanceof NotFoundError ? idPath : null;
    return { enrollmentToken: null, userErrors: toUserErrors(error, path) };
  }
};

/** The weakest place for an assignment that the API keeps without a priority and takes back only with one. */
const weakest = inputLimits.priority;

const currentChange = (token: EnrollmentToken): TokenChange => {
  const legacy = token.policyAssignments.find(({ priority }) => priority === null);
  const assignments: readonly PolicyAssignmentDraft[] = token.policyAssignments
    .filter((assignment) => assignment !== legacy)
    .map(({ policyId, priority }) => ({ policyId, priority: priority ?? weakest }));
  return {
    displayName: token.displayName,
    tags: token.tags,
    legacyPolicyId: legacy?.policyId ?? null,
    policyAssignments: assignments,
    segmentId: token.segmentId,
  };
};

const changeSchema = (entities: Entities, { platform, organizationId }: Subject) =>
  z.object({
    displayName: displayNameInput.nullish(),
    tags: tagsInput.nullish(),
    policyAssignments: assignmentsInput({
      entities,
      platform: platform.key,
      organizationId,
    }).nullish(),
    segmentId: segmentIdInput.nullish(),
  });

type Change = z.output<ReturnType<typeof changeSchema>>;

/** The root segment: a token is always in one. */
const rootSegment = 0;

const overlay = (current: TokenChange, change: Change): TokenChange => ({
  displayName: change.displayName === undefined ? current.displayName : change.displayName,
  tags: change.tags === undefined ? current.tags : (change.tags ?? []),
  segmentId: change.segmentId === undefined ? current.segmentId : (change.segmentId ?? rootSegment),
  ...(change.policyAssignments === undefined
    ? {
        legacyPolicyId: current.legacyPolicyId,
        policyAssignments: current.policyAssignments,
      }
    : { legacyPolicyId: null, policyAssignments: change.policyAssignments ?? [] }),
});

const hasLegacyPolicy = (token: EnrollmentToken): boolean =>
  token.policyAssignments.some(({ priority }) => priority === null);

const update = async (
  context: GatewayContext,
  entities: Entities,
  input: { readonly id: string },
): Promise<EnrollmentToken> => {
  const subject = subjectOf(context, entities, input.id);
  const { platform, organizationId, id } = subject;
  const [given] = readInput(input, changeSchema(entities, subject), z.object({}));
  const write = withCause(context.operation, 'write');
  const current = await platform.getToken(
    withCause(context.operation, 'lookup'),
    organizationId,
    id,
  );
  const change = overlay(currentChange(current), given);
  try {
    const updated = await platform.updateToken(write, organizationId, id, change);
    if (change.legacyPolicyId !== null || !hasLegacyPolicy(updated)) return updated;
    // Whether a PUT clears what it leaves out is not documented (CONTRACT 7, row 21): this API keeps it.
    return await platform.updateToken(write, organizationId, id, {
      ...change,
      clearsLegacyPolicy: true,
    });
  } finally {
    await context.loaders.token.clear({ platform: platform.key, organizationId, id });
  }
};

/** The token among those that are revoked, too; NotFoundError where it never was. */
const findRevoked = async (
  { limits }: GatewayContext,
  operation: Operation,
  { platform, organizationId, id }: Subject,
): Promise<EnrollmentToken> => {
  try {
    return await platform.getToken(operation, organizationId, id);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    // Whether get-one shows revoked tokens is not documented (CONTRACT 6); the list does, when asked.
    const bounds = { limit: limits.maxLimit, maxItems: limits.maxScanItems };
    return searchToken(platform.listTokens, bounds, operation, organizationId, id);
  }
};

const revoke = async (
  context: GatewayContext,
  entities: Entities,
  input: { readonly id: string },
  showsToken: boolean,
): Promise<EnrollmentToken | null> => {
  const subject = subjectOf(context, entities, input.id);
  const { platform, organizationId, id } = subject;
  const reading = withCause(context.operation, 'read-back');
  try {
    await platform.revokeToken(withCause(context.operation, 'write'), organizationId, id);
  } catch (error) {
    const mayBeDone =
      error instanceof NotFoundError ||
      (error instanceof UpstreamUnavailableError && error.mayHaveArrived);
    if (!mayBeDone) throw error;
    const token = await findRevoked(context, reading, subject);
    if (token.state !== 'DELETED') throw error;
    return token;
  } finally {
    await context.loaders.token.clear({ platform: platform.key, organizationId, id });
  }
  return showsToken ? findRevoked(context, reading, subject) : null;
};

const definePayload = ({ builder, refs }: SchemaParts, name: string, description: string) =>
  builder.objectRef<TokenPayload>(name).implement({
    description,
    fields: (t) => ({
      enrollmentToken: t.field({
        type: refs.token,
        nullable: true,
        description: 'The token as it is now; null where userErrors says why.',
        resolve: (payload) => payload.enrollmentToken,
      }),
      userErrors: t.field({
        type: [refs.userError],
        description: 'What went wrong, for the caller to act on; empty where all is well.',
        resolve: (payload) => payload.userErrors,
      }),
    }),
  });

/** Adds the mutations that are the same for every platform. */
export const defineTokenMutations = (parts: SchemaParts): void => {
  const { builder, entities, inputs } = parts;
  const updateInput = builder.inputType('UpdateEnrollmentTokenInput', {
    description:
      'What is left out stays as it is; null or an empty list clears; tags and policyAssignments are replaced whole, and giving policyAssignments drops a legacy single policy. The API has no versions: the last writer wins.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'An EnrollmentToken id.' }),
      displayName: t.string({ description: 'At most 128 characters.' }),
      tags: t.stringList({ description: 'Each at most 128 characters.' }),
      policyAssignments: t.field({
        type: [inputs.policyAssignment],
        description: 'The policies that the device gets when it enrolls.',
      }),
      segmentId: t.int({ description: '0 or more; 0 is the root segment, as is null.' }),
    }),
  });
  const revokeInput = builder.inputType('RevokeEnrollmentTokenInput', {
    description: 'Which token to revoke.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'An EnrollmentToken id.' }),
    }),
  });
  const updatePayload = definePayload(
    parts,
    'UpdateEnrollmentTokenPayload',
    'What became of the update.',
  );
  const revokePayload = definePayload(
    parts,
    'RevokeEnrollmentTokenPayload',
    'What became of the revocation.',
  );
  builder.mutationFields((t) => ({
    updateEnrollmentToken: t.field({
      type: updatePayload,
      description:
        'Changes a token that is not used yet. Two upstream calls: it reads the token and sends it back changed.',
      args: {
        input: t.arg({ type: updateInput, required: true, description: 'What to change.' }),
      },
      resolve: (_root, { input }, context) => settle(() => update(context, entities, input)),
    }),
    revokeEnrollmentToken: t.field({
      type: revokePayload,
      description:
        'Revokes a token, so that no device can enroll with it; revoking it again is a success. One upstream call, and one more where the token is selected.',
      args: {
        input: t.arg({ type: revokeInput, required: true, description: 'Which token.' }),
      },
      resolve: (_root, { input }, context, info) =>
        settle(() => revoke(context, entities, input, selectedFields(info).has('enrollmentToken'))),
    }),
  }));
};
