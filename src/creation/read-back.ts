import type { MdmUserId } from '../domain/mdm-user.ts';
import { type Operation, withCause } from '../domain/operation.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type {
  Platform,
  PolicyAssignmentDraft,
  TokenChange,
  TokenDraft,
} from '../domain/platform.ts';
import type { PolicyAssignment } from '../domain/policy.ts';
import type { EnrollmentToken } from '../domain/token.ts';

/**
 * How far the API's clock may lag behind this process's, and by how much it may round. More would take a token made
 * just before the create for its effect; less costs an OUTCOME_UNKNOWN on a host whose clock is not kept in time.
 */
const clockToleranceMs = 2_000;

/** The latest that a POST is taken to have its effect: an equal token after that was made by another one. */
const latestEffectMs = 600_000;

/** Tokens read back: more than anyone makes for one user between a POST and its lost answer. */
const readBackLimit = 100;

/** What a create whose answer was lost may have made. */
export interface ReadBack<Token> {
  /** New since the send, and equal in every field sent; newest first. */
  readonly candidates: readonly Token[];
  /** Whether nothing else can be a candidate. */
  readonly complete: boolean;
}

/** The create that is looked for. */
export interface LostCreate {
  readonly organizationId: OrganizationId;
  readonly userId: MdmUserId;
  readonly draft: TokenDraft;
  /** Compares the fields that only this platform's drafts have; true where left out. */
  readonly matchesPlatform?: (token: EnrollmentToken) => boolean;
}

/** Whether a token appeared when a POST sent at that moment (milliseconds since the epoch) may have made it. */
export const isNewSince = (token: EnrollmentToken, sentAtMs: number): boolean => {
  const createdAtMs = Date.parse(token.createdAt ?? '');
  return createdAtMs >= sentAtMs - clockToleranceMs && createdAtMs <= sentAtMs + latestEffectMs;
};

/** Whether a token was made before a POST sent at that moment: so, newest first, were all after it. */
export const isOlderThan = (token: EnrollmentToken, sentAtMs: number): boolean =>
  Date.parse(token.createdAt ?? '') < sentAtMs - clockToleranceMs;

/**
 * Without those dated before the send, where others are dated after it: the tolerance is for an API whose clock lags or
 * rounds, not to doubt one that is in time.
 */
export const latestOf = (
  tokens: readonly EnrollmentToken[],
  sentAtMs: number,
): readonly EnrollmentToken[] => {
  const after = tokens.filter(({ createdAt }) => Date.parse(createdAt ?? '') >= sentAtMs);
  return after.length > 0 ? after : tokens;
};

const sameTexts = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((text, index) => text === right[index]);

/**
 * Whether a token assigns what a draft does, in any order. A legacy single policy is never sent by a create, and the API
 * may leave the number of an assignment out.
 */
const sameAssignments = (
  assignments: readonly PolicyAssignment[],
  draft: readonly PolicyAssignmentDraft[],
): boolean => {
  const others = [...draft];
  const takeOther = (isEqual: (other: PolicyAssignmentDraft) => boolean): boolean => {
    const index = others.findIndex(isEqual);
    if (index < 0) return false;
    others.splice(index, 1);
    return true;
  };
  const sent = assignments.filter(({ isLegacy }) => !isLegacy);
  const numbered = sent.flatMap(({ policyId, priority }) =>
    priority === null ? [] : [{ policyId, priority }],
  );
  const unnumbered = sent.filter(({ priority }) => priority === null);
  return (
    numbered.every(({ policyId, priority }) =>
      takeOther((other) => other.policyId === policyId && other.priority === priority),
    ) &&
    unnumbered.every(({ policyId }) => takeOther((other) => other.policyId === policyId)) &&
    others.length === 0
  );
};

const livesFor = (token: EnrollmentToken, durationSeconds: number): boolean => {
  // Where a date is missing this is NaN, which is within no bounds.
  const livesMs = Date.parse(token.expiresAt ?? '') - Date.parse(token.createdAt ?? '');
  return Math.abs(livesMs - durationSeconds * 1_000) <= clockToleranceMs;
};

/**
 * Whether a token equals a draft in every field that was sent and that tokens show; the language of the e-mail is
 * shown by none. Who it is for is not compared.
 */
export const matchesDraft = (token: EnrollmentToken, draft: TokenDraft): boolean =>
  // The API may leave any field of an answer out; a token that does not say whether it was mailed is not another one.
  (token.sendEmail === null || token.sendEmail === draft.sendEmail) &&
  // An empty text is not sent.
  (!draft.displayName || token.displayName === draft.displayName) &&
  (!draft.emailText || token.emailText === draft.emailText) &&
  (draft.tags === undefined || sameTexts(token.tags, draft.tags)) &&
  (draft.segmentId === undefined || token.segmentId === draft.segmentId) &&
  (draft.durationSeconds === undefined || livesFor(token, draft.durationSeconds)) &&
  (draft.policyAssignments === undefined ||
    sameAssignments(token.policyAssignments, draft.policyAssignments));

/**
 * Whether a token is as a change leaves it. A legacy policy that the change merely does not send is not compared, since
 * some APIs keep it then.
 */
export const matchesChange = (token: EnrollmentToken, change: TokenChange): boolean =>
  (token.displayName ?? '') === (change.displayName ?? '') &&
  sameTexts(token.tags, change.tags) &&
  (change.segmentId === null || token.segmentId === change.segmentId) &&
  ((change.legacyPolicyId === null && !change.clearsLegacyPolicy) ||
    token.legacyPolicyId === change.legacyPolicyId) &&
  sameAssignments(token.policyAssignments, change.policyAssignments);

/**
 * Reads back what a POST sent at that moment (milliseconds since the epoch) may have made: one upstream call. Nothing
 * found is no proof that nothing was made: the POST may still have its effect.
 */
export const readBackCreated = async (
  platform: Pick<Platform, 'listTokens'>,
  operation: Operation,
  lost: LostCreate,
  sentAtMs: number,
): Promise<ReadBack<EnrollmentToken>> => {
  const { organizationId, userId, draft, matchesPlatform = () => true } = lost;
  const page = await platform.listTokens(withCause(operation, 'read-back'), organizationId, {
    page: 1,
    limit: readBackLimit,
    sort: { field: 'createdAt', direction: 'descending' },
    filter: { userId, includeDeleted: false },
  });
  const tokens = page.items.filter((token) => token !== null);
  const oldest = tokens.at(-1);
  const equal = tokens.filter(
    (token) =>
      // The filter vouches for a token that does not say whose it is.
      (token.user === null || token.user.sourceId === userId) &&
      isNewSince(token, sentAtMs) &&
      matchesDraft(token, draft) &&
      matchesPlatform(token),
  );
  return {
    candidates: latestOf(equal, sentAtMs),
    complete:
      !page.items.includes(null) &&
      (!page.hasNextPage || (oldest !== undefined && isOlderThan(oldest, sentAtMs))),
  };
};
