import { createPlatformFactory } from '../../applivery/platform/platform.ts';
import type { PlatformSlice } from '../../applivery/platform/slice.ts';
import type { TokenDraft } from '../../domain/platform.ts';
import { toWindowsPolicy, windowsPolicyPresence } from './policy-adapter.ts';
import { type WindowsPolicy, windowsKey } from './token.ts';
import {
  type WindowsPolicyWire,
  type WindowsTokenWire,
  windowsPolicyWire,
  windowsTokenWire,
} from './wire.ts';

/** Windows in the REST API: its names, its schemas and how they are read. */
export const windowsSlice: PlatformSlice<
  TokenDraft,
  WindowsTokenWire,
  WindowsPolicyWire,
  WindowsPolicy
> = {
  key: windowsKey,
  pathName: 'windows',
  requestNames: {
    policyFilter: 'win-policy',
    legacyPolicy: 'winPolicyId',
    policyAssignments: 'winPolicyAssignments',
    assignedPolicyId: 'winPolicyId',
  },
  tokenSchema: windowsTokenWire,
  policySchema: windowsPolicyWire,
  readTokenFields: (wire) => ({
    organizationId: wire.organizationId,
    enterpriseId: wire.winEnterpriseId,
    deviceId: wire.winDeviceId,
    legacyPolicy: wire.winPolicyId,
    policyAssignments: wire.winPolicyAssignments.map(({ winPolicyId, winPolicy, priority }) => ({
      policyId: winPolicyId,
      policy: winPolicy,
      priority,
    })),
  }),
  extendToken: (token) => token,
  toPolicy: toWindowsPolicy,
  policyPresence: windowsPolicyPresence,
  extraDraftBody: () => ({}),
};

/** Creates the port of Windows over a transport. */
export const createWindowsPlatform = createPlatformFactory(windowsSlice);
