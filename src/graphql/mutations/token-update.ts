import { z } from 'zod';
import { matchesChange } from '../../creation/read-back.ts';
import { InputRejectedError, NotFoundError } from '../../domain/errors.ts';
import { type Operation, withCause } from '../../domain/operation.ts';
import type { PolicyAssignmentDraft, TokenChange } from '../../domain/platform.ts';
import type { PlatformKey } from '../../domain/platform-key.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { GatewayContext } from '../context.ts';
import type { Entities } from '../types/entity.ts';
import { toUserErrors, type UserError } from '../user-errors.ts';
import {
  assignmentsInput,
  byOrganization,
  displayNameInput,
  inputLimits,
  readInput,
  segmentIdInput,
  tagsInput,
} from './create-input.ts';
import { isAnswerLost, readAfterLostWrite } from './lost-answer.ts';
import { missingReferences } from './missing-references.ts';
import { stateRejected, type TokenPayload, type TokenSubject } from './token-target.ts';

/** What an assignment without a number is sent with: the API takes none without one. */
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

const assignmentsOf = ({ policyAssignments }: EnrollmentToken): readonly PolicyAssignmentDraft[] =>
  policyAssignments
    .filter(({ isLegacy }) => !isLegacy)
    .map(({ policyId, priority }) => ({ policyId, priority: priority ?? weakest }));

/** The change that leaves a token as it is. */
const currentChange = (token: EnrollmentToken): TokenChange => ({
  displayName: token.displayName,
  tags: token.tags,
  legacyPolicyId: token.legacyPolicyId,
  policyAssignments: assignmentsOf(token),
  segmentId: token.segmentId,
});

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

/**
 * Sends a change. If the answer is lost, the token is read again; if it does not show the change, what was lost is
 * thrown, as the change may land yet. OutcomeUnknownError if the token cannot be read.
 */
const sendChange = async (
  operation: Operation,
  subject: TokenSubject,
  change: TokenChange,
): Promise<EnrollmentToken> => {
  const { platform, organizationId, id } = subject;
  try {
    return await platform.updateToken(withCause(operation, 'write'), organizationId, id, change);
  } catch (error) {
    if (!isAnswerLost(error)) throw error;
    const token = await readAfterLostWrite(
      operation,
      subject,
      "The API's answer was lost, and the token could not be read again: the change may have been made. Read the token before you repeat the update.",
    );
    if (matchesChange(token, change)) return token;
    throw error;
  }
};

/** The second half of a change: this API keeps a legacy policy that a PUT leaves out (CONTRACT 7, row 21). */
const dropLegacyPolicy = async (
  operation: Operation,
  subject: TokenSubject,
  updated: EnrollmentToken,
  change: TokenChange,
): Promise<TokenPayload> => {
  try {
    const cleared = { ...change, clearsLegacyPolicy: true } as const;
    const token = await sendChange(operation, subject, cleared);
    return { enrollmentToken: token, userErrors: [] };
  } catch (error) {
    const what = isAnswerLost(error)
      ? 'it is not known whether the legacy single policy was dropped.'
      : 'the legacy single policy could not be dropped and stays beside the new assignments.';
    const userErrors = toUserErrors(error).map((userError) => ({
      ...userError,
      path: ['input', 'policyAssignments'],
      message: `The change was made, but ${what} ${userError.message}`,
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
  const reading = withCause(context.operation, 'lookup');
  const current = await platform.getToken(reading, organizationId, id);
  const change = overlay(currentChange(current), given);
  try {
    const updated = await sendChange(context.operation, subject, change);
    return change.legacyPolicyId === null && updated.legacyPolicyId !== null
      ? await dropLegacyPolicy(context.operation, subject, updated, change)
      : { enrollmentToken: updated, userErrors: [] };
  } catch (error) {
    const userErrors = await explainRefusal(context, subject, current, change, error);
    return { enrollmentToken: null, userErrors };
  }
};
