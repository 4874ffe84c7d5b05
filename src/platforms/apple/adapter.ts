import { createPlatformFactory } from '../../applivery/platform/platform.ts';
import type { PlatformSlice } from '../../applivery/platform/slice.ts';
import { type RequestBody, withoutAbsent } from '../../applivery/platform/token-requests.ts';
import type { AppleApplicationDraft, AppleTokenDraft } from './draft.ts';
import {
  type AppleEnrollmentToken,
  type AppleTokenWire,
  appleKey,
  applePolicyFields,
  appleTokenWire,
} from './wire.ts';

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
const appleSlice: PlatformSlice<AppleTokenDraft, AppleTokenWire> = {
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
  readTokenFields: (wire) => ({
    organizationId: wire.organization,
    enterpriseId: wire.admEnterprise,
    deviceId: wire.admDevice,
    legacyPolicy: wire.admPolicy,
    policyAssignments: wire.admPolicyAssignments,
  }),
  // Spreading the token into a new object would take longer than reading it.
  extendToken: (token, wire): AppleEnrollmentToken =>
    Object.assign(token, {
      enroll: wire.enroll,
      vppLocation: wire.admVppLocation,
      profiles: wire.profiles,
      applications: wire.applications,
      configuration: wire.configuration,
    }),
  policyFields: applePolicyFields,
  extraDraftParts: ({ profileIds, applications, vppLocationId }) => ({
    profileIds: { profiles: profileIds },
    applications: { applications: applications?.map(toApplicationBody) },
    vppLocationId: { admVppLocationId: vppLocationId === '' ? undefined : vppLocationId },
  }),
};

/** Creates the port of Apple over a transport. */
export const createApplePlatform = createPlatformFactory(appleSlice);
