import { createPlatformFactory } from '../../applivery/platform/platform.ts';
import type { PlatformSlice } from '../../applivery/platform/slice.ts';
import { type RequestBody, withoutAbsent } from '../../applivery/platform/token-requests.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import { applePolicyPresence, toApplePolicy } from './policy-adapter.ts';
import { toAppleApplications, toAppleProfile, toAppleVppLocation } from './profile-adapter.ts';
import {
  type AppleApplicationDraft,
  type AppleEnrollmentToken,
  type ApplePolicy,
  type AppleTokenDraft,
  appleKey,
} from './token.ts';
import {
  type ApplePolicyWire,
  type AppleTokenWire,
  applePolicyWire,
  appleTokenWire,
} from './wire.ts';

const extendToken = (token: EnrollmentToken, wire: AppleTokenWire): AppleEnrollmentToken =>
  // Spreading the token into a new object would take longer than reading it.
  Object.assign(token, {
    enroll: wire.enroll,
    vppLocation: wire.admVppLocation === null ? null : toAppleVppLocation(wire.admVppLocation),
    profiles: wire.profiles.map(toAppleProfile),
    applications: toAppleApplications(wire.applications),
    configuration: wire.configuration,
  });

const toApplicationBody = ({
  applicationId,
  iosApp,
  scripts,
  ...application
}: AppleApplicationDraft): RequestBody =>
  withoutAbsent({
    admApplication: applicationId,
    iOSApp: iosApp,
    ...application,
    scripts: scripts === undefined ? undefined : withoutAbsent(scripts),
  });

/** Apple in the REST API: its names, its schemas and how they are read. */
export const appleSlice: PlatformSlice<
  AppleTokenDraft,
  AppleTokenWire,
  ApplePolicyWire,
  ApplePolicy
> = {
  key: appleKey,
  pathName: 'apple',
  requestNames: {
    policyFilter: 'adm-policy',
    // Documented for Windows only and assumed here. Requests call it `policyId`, answers `admPolicy`.
    legacyPolicy: 'policyId',
    policyAssignments: 'admPolicyAssignments',
    assignedPolicyId: 'admPolicyId',
  },
  tokenSchema: appleTokenWire,
  policySchema: applePolicyWire,
  readTokenFields: (wire) => ({
    organizationId: wire.organization,
    enterpriseId: wire.admEnterprise,
    deviceId: wire.admDevice,
    legacyPolicy: wire.admPolicy,
    policyAssignments: wire.admPolicyAssignments.map(({ admPolicyId, admPolicy, priority }) => ({
      policyId: admPolicyId,
      policy: admPolicy,
      priority,
    })),
  }),
  extendToken,
  toPolicy: toApplePolicy,
  policyPresence: applePolicyPresence,
  extraDraftBody: ({ profileIds, applications, vppLocationId }) =>
    withoutAbsent({
      profiles: profileIds,
      applications: applications?.map(toApplicationBody),
      admVppLocationId: vppLocationId === '' ? undefined : vppLocationId,
    }),
};

/** Creates the port of Apple over a transport. */
export const createApplePlatform = createPlatformFactory(appleSlice);
