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
 * How far the API's clock may be behind this process's clock, and by how much it may round. With a larger value, a
 * token made just before the create can be taken for its effect. With a smaller one, a host whose clock is not
 * synchronized gets OUTCOME_UNKNOWN.
 */
const clockToleranceMs = 2_000;

/** A POST is assumed to have its effect within this time. An equal token created later belongs to another POST. */
const latestEffectMs = 600_000;

/** Tokens to read back: more than are created for one user between a POST and its lost answer. */
const readBackLimit = 100;

/** The tokens that a create whose answer was lost may have made. */
export interface ReadBack<Token> {
  /** Tokens created since the POST was sent that equal the draft in every field sent, newest first. */
  readonly candidates: readonly Token[];
  /** Whether no other token can be a candidate. */
  readonly isComplete: boolean;
}

/** A create whose answer was lost. */
export interface LostCreate {
  readonly organizationId: OrganizationId;
  readonly userId: MdmUserId;
  readonly draft: TokenDraft;
  /** Compares the fields that only this platform's drafts have. */
  readonly matchesPlatform: (token: EnrollmentToken) => boolean;
}

/** Whether a POST sent at this time (milliseconds since 1970) may have made the token. */
export const isNewSince = (token: EnrollmentToken, sentAtMs: number): boolean => {
  const createdAtMs = Date.parse(token.createdAt ?? '');
  return createdAtMs >= sentAtMs - clockToleranceMs && createdAtMs <= sentAtMs + latestEffectMs;
};

/** Whether a token was made before a POST sent at this time. In a list with the newest first, so were all after it. */
export const isOlderThan = (token: EnrollmentToken, sentAtMs: number): boolean =>
  Date.parse(token.createdAt ?? '') < sentAtMs - clockToleranceMs;

/**
 * The tokens dated after the POST was sent, or all tokens if none is. The tolerance is for an API whose clock is behind
 * or rounds. It must not add candidates if the clock is right.
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
 * Whether a token assigns the same policies as a draft, in any order. A create never sends a legacy single policy, and
 * the API can leave out the number of an assignment.
 */
const sameAssignments = (
  assignments: readonly PolicyAssignment[],
  draft: readonly PolicyAssignmentDraft[],
): boolean => {
  const others = [...draft];
  const takeEqual = (isEqual: (other: PolicyAssignmentDraft) => boolean): boolean => {
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
      takeEqual((other) => other.policyId === policyId && other.priority === priority),
    ) &&
    unnumbered.every(({ policyId }) => takeEqual((other) => other.policyId === policyId)) &&
    others.length === 0
  );
};

const livesFor = (token: EnrollmentToken, durationSeconds: number): boolean => {
  // If a date is missing, this is NaN, and the comparison is false.
  const livesMs = Date.parse(token.expiresAt ?? '') - Date.parse(token.createdAt ?? '');
  return Math.abs(livesMs - durationSeconds * 1_000) <= clockToleranceMs;
};

/** Whether a token shows what was sent, by the key of what was sent. A new key does not compile without its comparison. */
type Comparisons<Sent> = {
  readonly [Key in keyof Required<Sent>]: (token: EnrollmentToken, sent: Sent) => boolean;
};

const draftComparisons: Comparisons<TokenDraft> = {
  // The API can leave out any field of an answer.
  sendEmail: (token, { sendEmail }) => token.sendEmail === null || token.sendEmail === sendEmail,
  // Empty texts are not sent.
  displayName: (token, { displayName }) => !displayName || token.displayName === displayName,
  emailText: (token, { emailText }) => !emailText || token.emailText === emailText,
  // Tokens do not show the language of the e-mail.
  language: () => true,
  tags: (token, { tags }) => tags === undefined || sameTexts(token.tags, tags),
  segmentId: (token, { segmentId }) => segmentId === undefined || token.segmentId === segmentId,
  durationSeconds: (token, { durationSeconds }) =>
    durationSeconds === undefined || livesFor(token, durationSeconds),
  policyAssignments: (token, { policyAssignments }) =>
    policyAssignments === undefined || sameAssignments(token.policyAssignments, policyAssignments),
};

/** Whether a token equals a draft in every field that was sent and that tokens show. The user is not compared. */
export const matchesDraft = (token: EnrollmentToken, draft: TokenDraft): boolean =>
  Object.values(draftComparisons).every((matches) => matches(token, draft));

const changeComparisons: Comparisons<TokenChange> = {
  displayName: (token, { displayName }) => (token.displayName ?? '') === (displayName ?? ''),
  tags: (token, { tags }) => sameTexts(token.tags, tags),
  segmentId: (token, { segmentId }) => segmentId === null || token.segmentId === segmentId,
  // If the change does not send a legacy policy, it is not compared, since some APIs keep it then.
  legacyPolicyId: (token, { legacyPolicyId, clearsLegacyPolicy }) =>
    (legacyPolicyId === null && !clearsLegacyPolicy) || token.legacyPolicyId === legacyPolicyId,
  // Says how legacyPolicyId is sent.
  clearsLegacyPolicy: () => true,
  policyAssignments: (token, { policyAssignments }) =>
    sameAssignments(token.policyAssignments, policyAssignments),
};

/** Whether a token has the fields that a change sets. */
export const matchesChange = (token: EnrollmentToken, change: TokenChange): boolean =>
  Object.values(changeComparisons).every((matches) => matches(token, change));

/**
 * Reads the tokens that a POST sent at this time (milliseconds since 1970) may have made. Makes one upstream call. If
 * none is found, that proves nothing, since the POST can still have its effect.
 */
export const readBackCreated = async (
  platform: Pick<Platform, 'listTokens'>,
  operation: Operation,
  lost: LostCreate,
  sentAtMs: number,
): Promise<ReadBack<EnrollmentToken>> => {
  const { organizationId, userId, draft, matchesPlatform } = lost;
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
      // A token without a user passed the API's filter by user.
      (token.user === null || token.user.sourceId === userId) &&
      isNewSince(token, sentAtMs) &&
      matchesDraft(token, draft) &&
      matchesPlatform(token),
  );
  return {
    candidates: latestOf(equal, sentAtMs),
    isComplete:
      !page.items.includes(null) &&
      (!page.hasNextPage || (oldest !== undefined && isOlderThan(oldest, sentAtMs))),
  };
};
