import type { z } from 'zod';
import { isEntityId, type OrganizationId, toOrganizationId } from '../../domain/organization.ts';
import type { PlatformKey } from '../../domain/platform-key.ts';
import { type Policy, toPolicyId } from '../../domain/policy.ts';
import { type FieldPresence, sent } from '../fields/embedded-object.ts';
import { itemId, lenientInteger, lenientString, lenientTimestamp } from '../fields/fields.ts';
import { shapeOf } from '../fields/shape.ts';

/** The fields that a policy has under the same name on every platform (CONTRACT 5.1). */
export const policyWireShape = {
  id: itemId,
  name: lenientString,
  version: lenientInteger,
  createdAt: lenientTimestamp,
  updatedAt: lenientTimestamp,
};

/** The parsed fields of policyWireShape. */
interface CommonPolicyWire {
  readonly id: string;
  readonly name: string | null;
  readonly version: number | null;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
}

/** The fields of a policy that each platform names in its own way. */
export interface PlatformPolicyFields {
  readonly organizationId: string | null;
  readonly enterpriseId: string | null;
}

/** The organization that an object names, or else the one that was asked. */
export const organizationOf = (sentId: string | null, asked: OrganizationId): OrganizationId =>
  sentId !== null && isEntityId(sentId) ? toOrganizationId(sentId) : asked;

/** Reads the fields that every platform's policy has. `asked` is used if the policy names no organization. */
export const readPolicy = (
  platform: PlatformKey,
  asked: OrganizationId,
  wire: CommonPolicyWire,
  { organizationId, enterpriseId }: PlatformPolicyFields,
): Policy => ({
  platform,
  organizationId: organizationOf(organizationId, asked),
  sourceId: toPolicyId(wire.id),
  name: wire.name,
  version: wire.version,
  createdAt: wire.createdAt,
  updatedAt: wire.updatedAt,
  enterpriseId,
});

/** The presence of the fields that every platform's policy has. An embedded policy takes its organization from the token. */
export const commonPolicyPresence = (enterpriseKey: string): FieldPresence<Policy> => ({
  platform: sent('id'),
  organizationId: sent('id'),
  sourceId: sent('id'),
  name: sent('name'),
  version: sent('version'),
  createdAt: sent('createdAt'),
  updatedAt: sent('updatedAt'),
  enterpriseId: sent(enterpriseKey),
});

/** Reads embedded policies of one platform. */
export interface PolicyReader<PlatformPolicy extends Policy> {
  /** Null if the object has no usable id. `organizationId` is used if the object names no organization. */
  readonly read: (organizationId: OrganizationId, object: unknown) => PlatformPolicy | null;
  readonly presence: FieldPresence<PlatformPolicy>;
}

interface PolicyFormat<PolicyWire, PlatformPolicy extends Policy> {
  readonly policySchema: z.ZodType<PolicyWire>;
  readonly toPolicy: (organizationId: OrganizationId, wire: PolicyWire) => PlatformPolicy;
  readonly policyPresence: FieldPresence<PlatformPolicy>;
}

/** Creates the reader of a platform's embedded policies. */
export const createPolicyReader = <PolicyWire, PlatformPolicy extends Policy>({
  policySchema,
  toPolicy,
  policyPresence,
}: PolicyFormat<PolicyWire, PlatformPolicy>): PolicyReader<PlatformPolicy> => ({
  read: (organizationId, object) => {
    const parsed = policySchema.safeParse(object);
    return parsed.success ? toPolicy(organizationId, parsed.data) : null;
  },
  presence: policyPresence,
});

/** A hash of the fields of a platform's policies. If it changes, cached policies of the old shape are not found. */
export const policyShapeOf = ({
  policySchema,
  policyPresence,
}: {
  readonly policySchema: z.ZodType;
  readonly policyPresence: object;
}): string => shapeOf(policySchema, Object.keys(policyPresence));
