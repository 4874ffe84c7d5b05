import type { z } from 'zod';
import { isEntityId, type OrganizationId, toOrganizationId } from '../../domain/organization.ts';
import type { PlatformKey } from '../../domain/platform-key.ts';
import { type Policy, toPolicyId } from '../../domain/policy.ts';
import { itemId, lenientInteger, lenientString, lenientTimestamp } from '../fields/fields.ts';
import { objectOf, type Presence, presenceOf, renamed } from '../fields/object.ts';
import { reference } from './token-wire.ts';

/** The fields that every platform's policy has (CONTRACT 5.1). `keys` are the platform's own keys of two of them. */
export const policyFields = (keys: {
  readonly organizationId: string;
  readonly enterpriseId: string;
}) => ({
  sourceId: renamed('id', itemId),
  organizationId: renamed(keys.organizationId, reference),
  enterpriseId: renamed(keys.enterpriseId, reference),
  name: lenientString,
  version: lenientInteger,
  createdAt: lenientTimestamp,
  updatedAt: lenientTimestamp,
});

export type PolicyFields = ReturnType<typeof policyFields>;
type PolicyWire = z.output<z.ZodObject<PolicyFields>>;

/** The organization that an object names, or else the one that was asked. */
export const organizationOf = (sentId: string | null, asked: OrganizationId): OrganizationId =>
  sentId !== null && isEntityId(sentId) ? toOrganizationId(sentId) : asked;

/** Makes a policy of what was read, and returns the same object. `asked` is used if the policy names no organization. */
export const readPolicy = (
  platform: PlatformKey,
  asked: OrganizationId,
  wire: PolicyWire,
): Policy =>
  Object.assign(wire, {
    platform,
    organizationId: organizationOf(wire.organizationId, asked),
    sourceId: toPolicyId(wire.sourceId),
  });

/** Reads embedded policies of one platform. */
export interface PolicyReader {
  /** Null if the object has no usable id. `organizationId` is used if the object names no organization. */
  readonly read: (organizationId: OrganizationId, object: unknown) => Policy | null;
  readonly presence: Presence;
}

/** Creates the reader of a platform's embedded policies. An embedded policy takes its organization from the token. */
export const createPolicyReader = (platform: PlatformKey, fields: PolicyFields): PolicyReader => {
  const schema = objectOf(fields);
  return {
    read: (organizationId, object) => {
      const parsed = schema.safeParse(object);
      return parsed.success ? readPolicy(platform, organizationId, parsed.data) : null;
    },
    presence: presenceOf(fields, ['platform', 'organizationId']),
  };
};
