import type { MdmUserReference } from './mdm-user.ts';
import type { OrganizationId } from './organization.ts';
import type { PlatformKey } from './platform-key.ts';
import type { PolicyAssignment, PolicyId } from './policy.ts';

declare const tokenId: unique symbol;

/** A token's id in the REST API. */
export type TokenId = string & { readonly [tokenId]: true };

/** Brands a token's id, as the API or a caller gave it. */
export const toTokenId = (value: string): TokenId => value.toLowerCase() as TokenId;

export const tokenStates = ['PENDING', 'DONE', 'EXPIRED', 'DELETED', 'UNRECOGNIZED'] as const;

/** The state of a token. UNRECOGNIZED if the API answered a state that the gateway does not know. */
export type TokenState = (typeof tokenStates)[number];

/** The fields that a token list can be sorted by. */
export type TokenOrderField = 'createdAt' | 'updatedAt' | 'expiresAt' | 'displayName' | 'state';

/**
 * The fields of a token on every platform. A platform's own token type extends it. Timestamps are ISO 8601 in UTC with
 * milliseconds; null if absent or unreadable.
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
  /**
   * Null if the token never expires, or with hasUnreadableExpiry. The value can come from a summary that the API
   * computes and does not sort by. See sortKeys.
   */
  readonly expiresAt: string | null;
  /** Present if the API sent an expiry that cannot be read. Then expiresAt is null, and the token may have expired. */
  readonly hasUnreadableExpiry?: true;
  /** The values that the API sorts by, as it sends them; undefined if a value cannot be read. */
  readonly sortKeys: Readonly<Record<TokenOrderField, string | null | undefined>>;
  /** A credential. */
  readonly enrollmentLink: string | null;
  /** A credential. */
  readonly enrollmentCode: string | null;
  readonly user: MdmUserReference | null;
  /**
   * In order of precedence: the legacy single policy, then by priority number and policy id, then those without a
   * number.
   */
  readonly policyAssignments: readonly PolicyAssignment[];
  /** The legacy single policy by the API's own field, even if an assignment names the same policy. */
  readonly legacyPolicyId: PolicyId | null;
  /** The id in the platform's own device endpoints; null until a device has enrolled. */
  readonly deviceId: string | null;
  readonly sendEmail: boolean | null;
  readonly emailText: string | null;
  readonly segmentId: number | null;
  readonly config: Readonly<Record<string, unknown>> | null;
  readonly enterpriseId: string | null;
}

/** Whether a token can still be used at a time, given in milliseconds since 1970. */
export const isUsable = (token: EnrollmentToken, nowMs: number): boolean => {
  if (token.state !== 'PENDING' || token.hasUnreadableExpiry) return false;
  return token.expiresAt === null || Date.parse(token.expiresAt) > nowMs;
};
