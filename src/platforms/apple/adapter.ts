import type { OnSurprise } from '../../applivery/envelope.ts';
import {
  createEnterprisePlatform,
  type PlatformOptions,
} from '../../applivery/platform/platform.ts';
import { readToken } from '../../applivery/platform/token-reader.ts';
import {
  changeBody,
  draftBody,
  type RequestBody,
  withoutAbsent,
} from '../../applivery/platform/token-requests.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { Platform, PolicyAssignmentDraft, TokenChange } from '../../domain/platform.ts';
import type { Transport } from '../../rest/transport.ts';
import { createAppleEndpoints } from './endpoints.ts';
import { applePolicyReader, toApplePolicy } from './policy-adapter.ts';
import { toAppleApplications, toAppleProfile, toAppleVppLocation } from './profile-adapter.ts';
import {
  type AppleApplicationDraft,
  type AppleEnrollmentToken,
  type AppleTokenDraft,
  appleKey,
} from './token.ts';
import type { AppleTokenWire } from './wire.ts';

const toAppleToken = (
  organizationId: OrganizationId,
  wire: AppleTokenWire,
  onSurprise: OnSurprise,
): AppleEnrollmentToken => {
  const token = readToken(
    { platform: appleKey, organizationId, policies: applePolicyReader, onSurprise },
    wire,
    {
      organizationId: wire.organization,
      enterpriseId: wire.admEnterprise,
      deviceId: wire.admDevice,
      legacyPolicy: wire.admPolicy,
      policyAssignments: wire.admPolicyAssignments.map(({ admPolicyId, admPolicy, priority }) => ({
        policyId: admPolicyId,
        policy: admPolicy,
        priority,
      })),
    },
  );
  // Spreading so many fields takes longer than reading them.
  return Object.assign(token, {
    enroll: wire.enroll,
    vppLocation: wire.admVppLocation === null ? null : toAppleVppLocation(wire.admVppLocation),
    profiles: wire.profiles.map(toAppleProfile),
    applications: toAppleApplications(wire.applications),
    configuration: wire.configuration,
  });
};

const toSentAssignments = (
  assignments: readonly PolicyAssignmentDraft[] | undefined,
): readonly RequestBody[] | undefined =>
  assignments?.map(({ policyId, priority }) => ({ admPolicyId: policyId, priority }));

const toSentApplication = ({
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

const toBody = (draft: AppleTokenDraft): RequestBody => ({
  ...draftBody(draft),
  ...withoutAbsent({
    admPolicyAssignments: toSentAssignments(draft.policyAssignments),
    profiles: draft.profileIds,
    applications: draft.applications?.map(toSentApplication),
    admVppLocationId: draft.vppLocationId === '' ? undefined : draft.vppLocationId,
  }),
});

const toChangeBody = (change: TokenChange): RequestBody => ({
  ...changeBody(change),
  // By analogy with Windows. Requests call it `policyId`, answers `admPolicy`; left out where there is none, since an
  // update documents 24 digits only and `""` could cost the whole change.
  ...withoutAbsent({
    policyId: change.clearsLegacyPolicy ? '' : (change.legacyPolicyId ?? undefined),
  }),
  admPolicyAssignments: toSentAssignments(change.policyAssignments),
});

/** The port of Apple over the REST API. */
export const createApplePlatform = (
  transport: Transport,
  options: PlatformOptions = {},
): Platform<AppleTokenDraft> => {
  const onSurprise = options.onSurprise ?? (() => {});
  return createEnterprisePlatform(
    {
      key: appleKey,
      endpoints: createAppleEndpoints(transport, onSurprise),
      policyFilter: 'adm-policy',
      toToken: (organizationId, wire) => toAppleToken(organizationId, wire, onSurprise),
      toPolicy: toApplePolicy,
      draftBody: toBody,
      changeBody: toChangeBody,
    },
    options,
  );
};
