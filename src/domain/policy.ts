import type { OrganizationId } from './organization.ts';
import type { PlatformKey } from './platform-key.ts';

declare const policyId: unique symbol;

/** A policy's id in the REST API; it belongs to one platform. */
export type PolicyId = string & { readonly [policyId]: true };

/** Brands a string that came as a policy's id. */
export const toPolicyId = (value: string): PolicyId => value.toLowerCase() as PolicyId;

/** What every platform's policy has; a platform's own policy type extends it. Timestamps are ISO 8601 in UTC with milliseconds. */
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

/**
 * One policy that a token assigns, and the fields of it that were embedded: a key of `known` that is present is known,
 * even as null. `whole` is a policy that was embedded with every field, fit to answer for the policy anywhere.
 */
export interface PolicyAssignment {
  readonly policyId: PolicyId;
  /** 0 to 10000, the lowest wins; null for the legacy single policy, and if the API sent no number. */
  readonly priority: number | null;
  /** Whether it is the legacy single policy, which has a field of its own in the API and outranks every number. */
  readonly isLegacy: boolean;
  readonly known: Partial<Policy>;
  readonly whole: Policy | null;
}
