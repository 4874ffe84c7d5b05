import { type FieldPresence, sent } from '../../applivery/fields/embedded-object.ts';
import { shapeOf } from '../../applivery/fields/shape.ts';
import type { PolicyReader } from '../../applivery/platform/policy-assignments.ts';
import { organizationOf } from '../../applivery/platform/token-reader.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import { toPolicyId } from '../../domain/policy.ts';
import { toAppleApplications, toAppleProfile } from './profile-adapter.ts';
import { type ApplePolicy, appleKey } from './token.ts';
import { type ApplePolicyWire, applePolicyWire } from './wire.ts';

/** The domain's policy; `asked` is the organization that answers where the policy names none. */
export const toApplePolicy = (asked: OrganizationId, wire: ApplePolicyWire): ApplePolicy => ({
  platform: appleKey,
  organizationId: organizationOf(wire.organization, asked),
  sourceId: toPolicyId(wire.id),
  name: wire.name,
  version: wire.version,
  createdAt: wire.createdAt,
  updatedAt: wire.updatedAt,
  enterpriseId: wire.admEnterprise,
  targetType: wire.targetType,
  attachedProfile: wire.attachedProfile === null ? null : toAppleProfile(wire.attachedProfile),
  profiles: wire.profiles.map(toAppleProfile),
  applications: toAppleApplications(wire.applications),
  scripts: wire.scripts,
  books: wire.books,
  bookmarks: wire.bookmarks,
  assets: wire.assets,
  agentConfiguration: wire.agentConfiguration,
  segmentId: wire.segmentId,
  exposedToChildren: wire.exposeToChildren,
});

/** An embedded policy is whole with these keys; its organization follows from the token's. */
const presence: FieldPresence<ApplePolicy> = {
  platform: sent('id'),
  organizationId: sent('id'),
  sourceId: sent('id'),
  name: sent('name'),
  version: sent('version'),
  createdAt: sent('createdAt'),
  updatedAt: sent('updatedAt'),
  enterpriseId: sent('admEnterprise'),
  targetType: sent('targetType'),
  attachedProfile: sent('attachedProfile'),
  profiles: sent('profiles'),
  applications: sent('applications'),
  scripts: sent('scripts'),
  books: sent('books'),
  bookmarks: sent('bookmarks'),
  assets: sent('assets'),
  agentConfiguration: sent('agentConfiguration'),
  segmentId: sent('segmentId'),
  exposedToChildren: sent('exposeToChildren'),
};

export const applePolicyReader: PolicyReader<ApplePolicy> = {
  read: (organizationId, object) => {
    const parsed = applePolicyWire.safeParse(object);
    return parsed.success ? toApplePolicy(organizationId, parsed.data) : null;
  },
  presence,
};

/** Changes with the fields of a policy: cached ones of another shape are not found. */
export const applePolicyShape = shapeOf(applePolicyWire, Object.keys(presence));
