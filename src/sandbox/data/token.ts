import type { Document, Json, JsonObject } from '../json.ts';
import type { Organization, PlatformStore } from '../organization.ts';
import type { Owner, PlatformSandbox } from '../platform.ts';
import type { Random } from './random.ts';

/** One assigned policy. Without `policy`, no field of it is embedded. */
export interface Assignment {
  readonly policyId: string;
  readonly policy?: Json | undefined;
  readonly priority: number;
}

/** The values of a token under platform-neutral names. Dates are ISO 8601. */
export interface TokenFacts {
  readonly id: string;
  readonly owner: Owner;
  readonly user: JsonObject | null;
  readonly deviceId?: string | undefined;
  readonly displayName?: string | undefined;
  readonly tags: readonly string[];
  readonly state: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** When it expires; null: never. */
  readonly expiresAt: string | null;
  /** Whether `expireAt` is left out, so that only the summary has the expiry. */
  readonly expiryInSummaryOnly?: boolean;
  readonly legacyPolicy?: Document | undefined;
  readonly assignments: readonly Assignment[];
  readonly sendEmail: boolean;
  readonly emailText?: string | undefined;
  readonly segmentId?: Json | undefined;
  readonly extras: JsonObject;
  /** For the enrollment code and link. */
  readonly random: Random;
}

/** Letters and digits that do not look alike. */
const codeAlphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';

export const renderAssignments = (
  { words }: PlatformSandbox,
  assignments: readonly Assignment[],
): Json =>
  assignments.map(({ policyId, policy, priority }) => ({
    [words.policyId]: policyId,
    [words.policy]: policy,
    priority,
  }));

/** Returns a token as the platform's API answers it. */
export const renderToken = (platform: PlatformSandbox, facts: TokenFacts): Document => {
  const { words } = platform;
  const { owner, expiresAt, random } = facts;
  return {
    id: facts.id,
    [words.organization]: owner.organizationId,
    [words.enterprise]: owner.enterpriseId,
    [words.device]: facts.deviceId,
    mdmUser: facts.user,
    displayName: facts.displayName,
    tags: facts.tags,
    state: facts.state,
    config: {},
    type: platform.tokenType,
    subType: 'standard',
    updatedAt: facts.updatedAt,
    createdAt: facts.createdAt,
    expireAt: facts.expiryInSummaryOnly === true ? undefined : expiresAt,
    enrollmentLink: platform.enrollmentLink(random.hex(32)),
    enrollCode: random.text(codeAlphabet, 9),
    [words.legacyPolicy]: platform.legacyPolicy(facts.legacyPolicy, random),
    [words.assignments]: renderAssignments(platform, facts.assignments),
    summary: expiresAt === null ? {} : { expirationTimestamp: expiresAt },
    sendEmail: facts.sendEmail,
    emailText: facts.emailText,
    segmentId: facts.segmentId,
    ...platform.tokenExtras(facts.extras, owner, expiresAt ?? facts.createdAt),
  };
};

/** The id and name of a policy, as most tokens embed it. */
export const nameOf = (policy: Document): JsonObject => ({ id: policy.id, name: policy['name'] });

/** A pending token of the first user with the first policy. It was created now and expires in a day. */
export const cleanToken = (
  organization: Organization,
  store: PlatformStore,
  now: Date,
): Document => {
  const { platform, owner } = store;
  const [user] = organization.users.all();
  const [policy] = store.policies.all();
  const createdAt = now.toISOString();
  return renderToken(platform, {
    id: organization.random.id(now.getTime()),
    owner,
    user: user === undefined ? null : { id: user.id, email: user['email'] },
    displayName: 'Added by a test',
    tags: [],
    state: 'PENDING',
    createdAt,
    updatedAt: createdAt,
    expiresAt: new Date(now.getTime() + 86_400_000).toISOString(),
    assignments:
      policy === undefined ? [] : [{ policyId: policy.id, policy: nameOf(policy), priority: 100 }],
    sendEmail: false,
    segmentId: 0,
    extras: {},
    random: organization.random,
  });
};
