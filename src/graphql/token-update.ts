import { z } from 'zod';
import { InputRejectedError, NotFoundError } from '../tokens/errors.ts';
import type { PlatformKey, PolicyAssignmentDraft, TokenChange } from '../tokens/platform.ts';
import { type Operation, withCause } from '../tokens/ports.ts';
import type { EnrollmentToken } from '../tokens/token.ts';
import type { GatewayContext } from './context.ts';
import {
  assignmentsInput,
  byOrganization,
  displayNameInput,
  inputLimits,
  readInput,
  segmentIdInput,
  tagsInput,
} from './create-input.ts';
import type { Entities } from './entity.ts';
import { missingReferences } from './missing-references.ts';
import { stateRejected, type TokenPayload, type TokenSubject } from './token-subject.ts';
import { toUserErrors, type UserError } from './user-errors.ts';

/** The weakest place for an assignment that the API keeps without a priority and takes back only with one. */
const weakest = inputLimits.priority;

/** The root segment: a token is always in one. */
const rootSegment = 0;

/** The schemas of changes by platform and organization, each made once: make it once for a GraphQL schema. */
export const createChangeSchemas = (entities: Entities) => {
  const schemaFor = (platform: PlatformKey) =>
    byOrganization((organizationId) =>
      z.object({
        displayName: displayNameInput.nullish(),
        tags: tagsInput.nullish(),
        policyAssignments: assignmentsInput({ entities, platform, organizationId }).nullish(),
        segmentId: segmentIdInput.nullish(),
      }),
    );
  const byPlatform = new Map<PlatformKey, ReturnType<typeof schemaFor>>();
  return ({ platform: { key }, organizationId }: TokenSubject) => {
    const schema = byPlatform.get(key) ?? schemaFor(key);
    byPlatform.set(key, schema);
    return schema(organizationId);
  };
};

type ChangeSchemas = ReturnType<typeof createChangeSchemas>;
type Change = z.output<ReturnType<ChangeSchemas>>;
/** What a change has beside `id`, which was read before. */
const nothingElse = z.object({});

const hasLegacyPolicy = ({ policyAssignments }: EnrollmentToken): boolean =>
  policyAssignments.some(({ priority }) => priority === null);

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

const overlay = (current: TokenChange, change: Change): TokenChange => ({
  displayName: change.displayName === undefined ? current.displayName : change.displayName,
  tags: change.tags === undefined ? current.tags : (change.tags ?? []),
  segmentId: change.segmentId === undefined ? current.segmentId : (change.segmentId ?? rootSegment),
  ...(change.policyAssignments === undefined
    ? { legacyPolicyId: current.legacyPolicyId, policyAssignments: current.policyAssignments }
    : { legacyPolicyId: null, policyAssignments: change.policyAssignments ?? [] }),
});

/** Why the API refused a change: a policy that is not there, a token that is no longer pending, or what it said. */
const explainRefusal = async (
  context: GatewayContext,
  { platform, organizationId }: TokenSubject,
  current: EnrollmentToken,
  change: TokenChange,
  error: unknown,
): Promise<readonly UserError[]> => {
  if (!(error instanceof NotFoundError) && !(error instanceof InputRejectedError)) throw error;
  const missing = await missingReferences(context, {
    platform: platform.key,
    organizationId,
    userId: null,
    policyAssignments: change.policyAssignments,
  });
  const known = missing.filter(({ code }) => code === 'NOT_FOUND');
  if (known.length > 0) return known;
  throw current.state === 'PENDING' ? error : stateRejected('change', current.state, error);
};

/** The second half of a change: this API keeps a legacy policy that a PUT leaves out (CONTRACT 7, row 21). */
const dropLegacyPolicy = async (
  write: Operation,
  { platform, organizationId, id }: TokenSubject,
  updated: EnrollmentToken,
  change: TokenChange,
): Promise<TokenPayload> => {
  try {
    const cleared = { ...change, clearsLegacyPolicy: true } as const;
    const token = await platform.updateToken(write, organizationId, id, cleared);
    return { enrollmentToken: token, userErrors: [] };
  } catch (error) {
    const userErrors = toUserErrors(error).map((userError) => ({
      ...userError,
      path: ['input', 'policyAssignments'],
      message: `The change was made, but the legacy single policy could not be dropped and stays beside the new assignments. ${userError.message}`,
    }));
    return { enrollmentToken: updated, userErrors };
  }
};

/** Reads the token, lays the change over it and sends it whole; the last writer wins. Two upstream calls, rarely three. */
export const updateToken = async (
  context: GatewayContext,
  changeSchemaOf: ChangeSchemas,
  subject: TokenSubject,
  input: unknown,
): Promise<TokenPayload> => {
  const { platform, organizationId, id } = subject;
  const [given] = readInput(input, changeSchemaOf(subject), nothingElse);
  const write = withCause(context.operation, 'write');
  const reading = withCause(context.operation, 'lookup');
  const current = await platform.getToken(reading, organizationId, id);
  const change = overlay(currentChange(current), given);
  try {
    const updated = await platform.updateToken(write, organizationId, id, change);
    return change.legacyPolicyId === null && hasLegacyPolicy(updated)
      ? await dropLegacyPolicy(write, subject, updated, change)
      : { enrollmentToken: updated, userErrors: [] };
  } catch (error) {
    const userErrors = await explainRefusal(context, subject, current, change, error);
    return { enrollmentToken: null, userErrors };
  } finally {
    await context.loaders.token.clear({ platform: platform.key, organizationId, id });
  }
};
