import type { OrganizationId } from './organization.ts';
import type { PlatformKey } from './platform-key.ts';

declare const policyId: unique symbol;

/** A policy's id in the REST API; it belongs to one platform. */
export type PolicyId = string & { readonly [policyId]: true };

/** Brands a policy's id, as the API or a caller gave it. */
export const toPolicyId = (value: string): PolicyId => value.toLowerCase() as PolicyId;

/**
 * The fields of a policy on every platform. A platform's own policy type extends it. Timestamps are ISO 8601 in UTC
 * with milliseconds.
 */
export interface Policy {
  readonly platform: PlatformKey;
  readonly organizationId: OrganizationId;
  readonly sourceId: PolicyId;
  readonly name: string | null;
  readonly version: number | null;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
  readonly enterpriseId: string | null;
}

/** A policy that a token assigns, with the fields of it that are embedded in the token. */
export interface PolicyAssignment {
  readonly policyId: PolicyId;
  /** 0 to 10000; the lowest wins. Null for the legacy single policy, and if the API sent no number. */
  readonly priority: number | null;
  /** Whether it is the legacy single policy, which has a field of its own in the API and outranks every number. */
  readonly isLegacy: boolean;
  /** A key that is present is known, even if its value is null. */
  readonly embeddedFields: Partial<Policy>;
  /** The policy, if it was embedded with every field. It can then be used wherever the policy is needed. */
  readonly embeddedPolicy: Policy | null;
}
