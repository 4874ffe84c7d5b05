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

/** A create whose tokens are looked for. */
export interface SentDraft {
  readonly organizationId: OrganizationId;
  readonly draft: TokenDraft;
  /** Compares the fields that only this platform's drafts have. */
  readonly matchesPlatform: (token: EnrollmentToken) => boolean;
}

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

const createdAtMs = ({ createdAt }: EnrollmentToken): number => Date.parse(createdAt ?? '');

/**
 * The tokens that a POST sent at this time (milliseconds since 1970) may have made: they are new, and they equal the draft
 * in every field that was sent and that tokens show. The user is not compared. If some are dated after the POST was sent,
 * only these: the tolerance is for an API whose clock is behind or rounds, and must add no candidates if the clock is right.
 */
export const findCandidates = (
  tokens: readonly EnrollmentToken[],
  { draft, matchesPlatform }: SentDraft,
  sentAtMs: number,
): readonly EnrollmentToken[] => {
  const equal = tokens.filter(
    (token) =>
      createdAtMs(token) >= sentAtMs - clockToleranceMs &&
      createdAtMs(token) <= sentAtMs + latestEffectMs &&
      Object.values(draftComparisons).every((matches) => matches(token, draft)) &&
      matchesPlatform(token),
  );
  const after = equal.filter((token) => createdAtMs(token) >= sentAtMs);
  return after.length > 0 ? after : equal;
};

/** Reads a page of an organization's newest tokens, of one user or of all. Makes one upstream call. */
export const readNewestTokens = async (
  platform: Pick<Platform, 'listTokens'>,
  operation: Operation,
  organizationId: OrganizationId,
  { page, limit, ...user }: { page: number; limit: number; userId?: MdmUserId },
  sentAtMs: number,
) => {
  const reading = withCause(operation, 'read-back');
  const { items, hasNextPage } = await platform.listTokens(reading, organizationId, {
    page,
    limit,
    sort: { field: 'createdAt', direction: 'descending' },
    filter: { ...user, includeDeleted: false },
  });
  const tokens = items.filter((token) => token !== null);
  const oldest = tokens.at(-1);
  return {
    tokens,
    isReadable: tokens.length === items.length,
    /** Whether no later page has a token created since the POST was sent. */
    isLast:
      !hasNextPage || (oldest !== undefined && createdAtMs(oldest) < sentAtMs - clockToleranceMs),
  };
};

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
  sent: SentDraft & { readonly userId: MdmUserId },
  sentAtMs: number,
): Promise<ReadBack<EnrollmentToken>> => {
  const { userId } = sent;
  const page = { page: 1, limit: readBackLimit, userId };
  const read = await readNewestTokens(platform, operation, sent.organizationId, page, sentAtMs);
  // A token without a user passed the API's filter by user.
  const own = read.tokens.filter(({ user }) => user === null || user.sourceId === userId);
  return {
    candidates: findCandidates(own, sent, sentAtMs),
    isComplete: read.isReadable && read.isLast,
  };
};
