import type { MdmUserReference } from './mdm-user.ts';
import type { OrganizationId } from './organization.ts';
import type { PlatformKey } from './platform-key.ts';
import type { PolicyAssignment, PolicyId } from './policy.ts';

declare const tokenId: unique symbol;

/** A token's id in the REST API. */
export type TokenId = string & { readonly [tokenId]: true };

/** Brands a string that came as a token's id. */
export const toTokenId = (value: string): TokenId => value.toLowerCase() as TokenId;

export const tokenStates = ['PENDING', 'DONE', 'EXPIRED', 'DELETED', 'UNRECOGNIZED'] as const;

/** The life of a token; UNRECOGNIZED where the API answered a state unknown here. */
export type TokenState = (typeof tokenStates)[number];

/** The keys a token list can be ordered by. */
export const tokenOrderFields = ['createdAt', 'updatedAt', 'expiresAt', 'displayName'] as const;
export type TokenOrderField = (typeof tokenOrderFields)[number];

/**
 * What every platform's token has; a platform's own token type extends it. Timestamps are ISO 8601 in UTC with
 * milliseconds, null where absent or unreadable.
 */
export interface EnrollmentToken {
  readonly platform: PlatformKey;
  readonly organizationId: OrganizationId;
  readonly sourceId: TokenId;
  readonly displayName: string | null;
  readonly tags: readonly string[];
  readonly state: TokenState;
  readonly type: string | null;
  readonly subType: string | null;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
  /** Null: it never expires, but for hasUnreadableExpiry. May come from the API's computed summary, which it does not sort by: see sortKeys. */
  readonly expiresAt: string | null;
  /** Present if the API sent an expiry that cannot be read: expiresAt is null then, and it may be over. */
  readonly hasUnreadableExpiry?: true;
  /** What the API sorts by, as it sends it; undefined if it cannot be read. */
  readonly sortKeys: Readonly<Record<TokenOrderField, string | null | undefined>>;
  /** A credential. */
  readonly enrollmentLink: string | null;
  /** A credential. */
  readonly enrollmentCode: string | null;
  readonly user: MdmUserReference | null;
  /** Strongest first: a legacy single policy, then by priority number, ties by policy id; those without a number last. */
  readonly policyAssignments: readonly PolicyAssignment[];
  /** The legacy single policy as the API's own field names it, also if an assignment names the same policy. */
  readonly legacyPolicyId: PolicyId | null;
  /** The id in the platform's own device endpoints; null before a device enrolled. */
  readonly deviceId: string | null;
  readonly sendEmail: boolean | null;
  readonly emailText: string | null;
  readonly segmentId: number | null;
  readonly config: Readonly<Record<string, unknown>> | null;
  readonly enterpriseId: string | null;
}

/** Whether a token could still be used at a moment (milliseconds since the epoch). */
export const isUsable = (token: EnrollmentToken, nowMs: number): boolean => {
  if (token.state !== 'PENDING' || token.hasUnreadableExpiry) return false;
  return token.expiresAt === null || Date.parse(token.expiresAt) > nowMs;
};
