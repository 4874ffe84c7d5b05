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
import type {
  Platform,
  PolicyAssignmentDraft,
  TokenChange,
  TokenDraft,
} from '../../domain/platform.ts';
import type { Transport } from '../../rest/transport.ts';
import { createWindowsEndpoints } from './endpoints.ts';
import { toWindowsPolicy, windowsPolicyReader } from './policy-adapter.ts';
import { type WindowsEnrollmentToken, windowsKey } from './token.ts';
import type { WindowsTokenWire } from './wire.ts';

const toWindowsToken = (
  organizationId: OrganizationId,
  wire: WindowsTokenWire,
  onSurprise: OnSurprise,
): WindowsEnrollmentToken =>
  readToken(
    { platform: windowsKey, organizationId, policies: windowsPolicyReader, onSurprise },
    wire,
    {
      organizationId: wire.organizationId,
      enterpriseId: wire.winEnterpriseId,
      deviceId: wire.winDeviceId,
      legacyPolicy: wire.winPolicyId,
      policyAssignments: wire.winPolicyAssignments.map(({ winPolicyId, winPolicy, priority }) => ({
        policyId: winPolicyId,
        policy: winPolicy,
        priority,
      })),
    },
  );

const toSentAssignments = (
  assignments: readonly PolicyAssignmentDraft[] | undefined,
): readonly RequestBody[] | undefined =>
  assignments?.map(({ policyId, priority }) => ({ winPolicyId: policyId, priority }));

const toBody = (draft: TokenDraft): RequestBody => ({
  ...draftBody(draft),
  ...withoutAbsent({ winPolicyAssignments: toSentAssignments(draft.policyAssignments) }),
});

const toChangeBody = (change: TokenChange): RequestBody => ({
  ...changeBody(change),
  // Left out where there is none: an update documents 24 digits only, and `""` could cost the whole change.
  ...withoutAbsent({
    winPolicyId: change.clearsLegacyPolicy ? '' : (change.legacyPolicyId ?? undefined),
  }),
  winPolicyAssignments: toSentAssignments(change.policyAssignments),
});

/** The port of Windows over the REST API. */
export const createWindowsPlatform = (
  transport: Transport,
  options: PlatformOptions = {},
): Platform => {
  const onSurprise = options.onSurprise ?? (() => {});
  return createEnterprisePlatform(
    {
      key: windowsKey,
      endpoints: createWindowsEndpoints(transport, onSurprise),
      policyFilter: 'win-policy',
      toToken: (organizationId, wire) => toWindowsToken(organizationId, wire, onSurprise),
      toPolicy: toWindowsPolicy,
      draftBody: toBody,
      changeBody: toChangeBody,
    },
    options,
  );
};
