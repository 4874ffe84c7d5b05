import { type FieldPresence, sent } from '../../applivery/fields/embedded-object.ts';
import { commonPolicyPresence, readPolicy } from '../../applivery/platform/policy-reader.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import { toAppleApplications, toAppleProfile } from './profile-adapter.ts';
import { type ApplePolicy, appleKey } from './token.ts';
import type { ApplePolicyWire } from './wire.ts';

/** Reads a policy. `asked` is its organization if the policy names none. */
export const toApplePolicy = (asked: OrganizationId, wire: ApplePolicyWire): ApplePolicy =>
  Object.assign(
    readPolicy(appleKey, asked, wire, {
      organizationId: wire.organization,
      enterpriseId: wire.admEnterprise,
    }),
    {
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
    },
  );

/** An embedded policy with all of these keys is complete. */
export const applePolicyPresence: FieldPresence<ApplePolicy> = {
  ...commonPolicyPresence('admEnterprise'),
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
