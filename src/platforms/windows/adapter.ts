import { createPlatformFactory } from '../../applivery/platform/platform.ts';
import type { PlatformSlice } from '../../applivery/platform/slice.ts';
import type { TokenDraft } from '../../domain/platform.ts';
import {
  type WindowsTokenWire,
  windowsKey,
  windowsPolicyFields,
  windowsTokenWire,
} from './wire.ts';

/** Windows in the REST API: its names, its schemas and how they are read. */
const windowsSlice: PlatformSlice<TokenDraft, WindowsTokenWire> = {
  key: windowsKey,
  pathName: 'windows',
  requestNames: {
    policyFilter: 'win-policy',
    legacyPolicy: 'winPolicyId',
    policyAssignments: 'winPolicyAssignments',
    assignedPolicyId: 'winPolicyId',
  },
  tokenSchema: windowsTokenWire,
  readTokenFields: (wire) => ({
    organizationId: wire.organizationId,
    enterpriseId: wire.winEnterpriseId,
    deviceId: wire.winDeviceId,
    legacyPolicy: wire.winPolicyId,
    policyAssignments: wire.winPolicyAssignments,
  }),
  extendToken: (token) => token,
  policyFields: windowsPolicyFields,
  extraDraftParts: () => ({}),
};

/** Creates the port of Windows over a transport. */
export const createWindowsPlatform = createPlatformFactory(windowsSlice);
