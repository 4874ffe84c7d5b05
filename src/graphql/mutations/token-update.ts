import { z } from 'zod';
import { matchesChange } from '../../creation/read-back.ts';
import { InputRejectedError, NotFoundError } from '../../domain/errors.ts';
import { type Operation, withCause } from '../../domain/operation.ts';
import type { PolicyAssignmentDraft, TokenChange } from '../../domain/platform.ts';
import type { PlatformKey } from '../../domain/platform-key.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { GatewayContext } from '../context.ts';
import { inputLimits } from '../input-limits.ts';
import type { Entities } from '../types/entity.ts';
import { toUserErrors, type UserError } from '../user-errors.ts';
import {
  assignmentsInput,
  displayNameInput,
  memoizeByOrganization,
  readInput,
  segmentIdInput,
  tagsInput,
} from './create-input.ts';
import { isAnswerLost, readAfterLostAnswer } from './lost-answer.ts';
import { findMissingReferences } from './missing-references.ts';
import { createStateError, type TokenPayload, type TokenTarget } from './token-target.ts';

/** The priority that is sent for an assignment without one: the API accepts no assignment without a priority. */
const lowestPriority = inputLimits.priority;

/** The segment of a token whose `segmentId` is cleared: every token is in a segment. */
const rootSegment = 0;

/** The fields that an update's input can set. It changes the legacy policy only through `policyAssignments`. */
export type ChangeField = Exclude<keyof TokenChange, 'legacyPolicyId' | 'clearsLegacyPolicy'>;

/** Creates the input schemas of updates, one for each platform and organization. Call it once for a GraphQL schema. */
export const createChangeSchemas = (entities: Entities) => {
  const schemaFor = (platform: PlatformKey) =>
    memoizeByOrganization((organizationId) =>
      z.object({
        displayName: displayNameInput.nullish(),
        tags: tagsInput.nullish(),
        policyAssignments: assignmentsInput({ entities, platform, organizationId }).nullish(),
        segmentId: segmentIdInput.nullish(),
      } satisfies Record<ChangeField, z.ZodType>),
    );
  const byPlatform = new Map<PlatformKey, ReturnType<typeof schemaFor>>();
  return ({ platform: { key }, organizationId }: TokenTarget) => {
    const schema = byPlatform.get(key) ?? schemaFor(key);
    byPlatform.set(key, schema);
    return schema(organizationId);
  };
};

type ChangeSchemas = ReturnType<typeof createChangeSchemas>;
type Change = z.output<ReturnType<ChangeSchemas>>;
/** A second schema for `readInput` without fields: an update has no fields of its platform. */
const noOtherFields = z.object({});

const toAssignmentDrafts = ({
  policyAssignments,
}: EnrollmentToken): readonly PolicyAssignmentDraft[] =>
  policyAssignments
    .filter(({ isLegacy }) => !isLegacy)
    .map(({ policyId, priority }) => ({ policyId, priority: priority ?? lowestPriority }));

/** The change that keeps a token as it is. */
const currentChange = (token: EnrollmentToken): TokenChange => ({
  displayName: token.displayName,
  tags: token.tags,
  legacyPolicyId: token.legacyPolicyId,
  policyAssignments: toAssignmentDrafts(token),
  segmentId: token.segmentId,
});

const mergeChange = (current: TokenChange, change: Change): TokenChange => ({
  displayName: change.displayName === undefined ? current.displayName : change.displayName,
  tags: change.tags === undefined ? current.tags : (change.tags ?? []),
  segmentId: change.segmentId === undefined ? current.segmentId : (change.segmentId ?? rootSegment),
  ...(change.policyAssignments === undefined
    ? { legacyPolicyId: current.legacyPolicyId, policyAssignments: current.policyAssignments }
    : { legacyPolicyId: null, policyAssignments: change.policyAssignments ?? [] }),
});

/**
 * The reasons of a refused update: policies that do not exist. Otherwise throws an error: that the token is not pending, or
 * the API's own.
 */
const explainFailedUpdate = async (
  context: GatewayContext,
  { platform, organizationId }: TokenTarget,
  current: EnrollmentToken,
  change: TokenChange,
  error: unknown,
): Promise<readonly UserError[]> => {
  if (!(error instanceof NotFoundError) && !(error instanceof InputRejectedError)) throw error;
  const missing = await findMissingReferences(context, {
    platform: platform.key,
    organizationId,
    userId: null,
    policyAssignments: change.policyAssignments,
  });
  const notFound = missing.filter(({ code }) => code === 'NOT_FOUND');
  if (notFound.length > 0) return notFound;
  throw current.state === 'PENDING' ? error : createStateError('change', current.state, error);
};

/**
 * Sends a change. If the answer is lost, the token is read again. If the token does not show the change, throws the error of
 * the write, which may still take effect. Throws OutcomeUnknownError if the token cannot be read.
 */
const sendChange = async (
  operation: Operation,
  target: TokenTarget,
  change: TokenChange,
): Promise<EnrollmentToken> => {
  const { platform, organizationId, id } = target;
  try {
    return await platform.updateToken(withCause(operation, 'write'), organizationId, id, change);
  } catch (error) {
    if (!isAnswerLost(error)) throw error;
    const token = await readAfterLostAnswer(
      operation,
      target,
      "The API's answer was lost, and the token could not be read again: the change may have been made. Read the token before you repeat the update.",
    );
    if (matchesChange(token, change)) return token;
    throw error;
  }
};

/** Sends a change a second time to drop the legacy policy: the API keeps one that a PUT leaves out (CONTRACT 7, row 21). */
const dropLegacyPolicy = async (
  operation: Operation,
  target: TokenTarget,
  updated: EnrollmentToken,
  change: TokenChange,
): Promise<TokenPayload> => {
  try {
    const cleared = { ...change, clearsLegacyPolicy: true } as const;
    const token = await sendChange(operation, target, cleared);
    return { enrollmentToken: token, userErrors: [] };
  } catch (error) {
    const problem = isAnswerLost(error)
      ? 'it is not known whether the legacy single policy was dropped.'
      : 'the legacy single policy could not be dropped and is still assigned in addition to the new policies.';
    const userErrors = toUserErrors(error).map((userError) => ({
      ...userError,
      path: ['input', 'policyAssignments'],
      message: `The change was made, but ${problem} ${userError.message}`,
    }));
    return { enrollmentToken: updated, userErrors };
  }
};

/**
 * Reads the token, merges the change and sends the whole token; the last write wins. Two upstream calls, and a third to drop
 * a legacy policy.
 */
export const updateToken = async (
  context: GatewayContext,
  changeSchemaOf: ChangeSchemas,
  target: TokenTarget,
  input: unknown,
): Promise<TokenPayload> => {
  const { platform, organizationId, id } = target;
  const [given] = readInput(input, changeSchemaOf(target), noOtherFields);
  const reading = withCause(context.operation, 'lookup');
  const current = await platform.getToken(reading, organizationId, id);
  const change = mergeChange(currentChange(current), given);
  try {
    const updated = await sendChange(context.operation, target, change);
    return change.legacyPolicyId === null && updated.legacyPolicyId !== null
      ? await dropLegacyPolicy(context.operation, target, updated, change)
      : { enrollmentToken: updated, userErrors: [] };
  } catch (error) {
    const userErrors = await explainFailedUpdate(context, target, current, change, error);
    return { enrollmentToken: null, userErrors };
  }
};
