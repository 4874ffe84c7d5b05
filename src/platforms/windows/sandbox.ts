import { z } from 'zod';
import { nameOf } from '../../sandbox/data/token.ts';
import { listOf } from '../../sandbox/json.ts';
import type { PlatformSandbox, PolicySeed } from '../../sandbox/platform.ts';
import {
  assignmentList,
  changeFields,
  draftFields,
  entityId,
  optionalId,
  priority,
  renamePolicies,
} from '../../sandbox/routes/bodies.ts';

const assignment = z.strictObject({ winPolicyId: entityId, priority });
const policyFields = {
  winPolicyId: optionalId,
  winPolicyAssignments: assignmentList('winPolicyId', assignment).optional(),
};
const renameFields = renamePolicies('winPolicyId', 'winPolicyAssignments');

const seedPolicy = ({ random, organizationId, enterpriseId, ...seed }: PolicySeed) => ({
  id: seed.id,
  organizationId,
  winEnterpriseId: enterpriseId,
  name: seed.name,
  config: {
    BitLocker: { RequireDeviceEncryption: random.chance(0.7) },
    DeviceLock: { MinDevicePasswordLength: 8 + random.below(5) },
  },
  applications: Array.from({ length: random.below(3) }, () => ({
    winApplicationId: random.hex(24),
    configuration: {},
    action: random.pick(['forceInstall', 'available']),
  })),
  applicationsInfo: [],
  scripts: random.chance(0.4)
    ? [
        {
          type: random.pick(['once', 'loop', 'onDemand']),
          id: random.hex(24),
          loopTime: 3_600,
          resetDate: seed.createdAt,
          arguments: '',
          argumentsProcessed: '',
          name: 'Collect diagnostics',
          description: 'Uploads the event log of the last day.',
          runner: 'powershell',
        },
      ]
    : [],
  scriptsInfo: [],
  admxConfigs: random.chance(0.3) ? [{ winAdmxConfigId: random.hex(24) }] : [],
  admxConfigsInfo: [],
  assets: [],
  assetsInfo: [],
  agentConfiguration: {
    enabled: true,
    buildTag: 'stable',
    allowLocation: random.chance(0.5),
    allowNetworkStatus: true,
    allowPackageTime: true,
    allowPackageTransfer: random.chance(0.5),
  },
  version: seed.version,
  updatedAt: seed.updatedAt,
  createdAt: seed.createdAt,
});

/** The sandbox of Windows. */
export const windowsSandbox: PlatformSandbox = {
  key: 'windows',
  words: {
    organization: 'organizationId',
    enterprise: 'winEnterpriseId',
    device: 'winDeviceId',
    tokenId: 'winEnrollmentTokenId',
    policyId: 'winPolicyId',
    policy: 'winPolicy',
    assignments: 'winPolicyAssignments',
    legacyPolicy: 'winPolicyId',
    policyFilter: 'win-policy',
  },
  tokenType: 'enrollment',
  draftBody: z
    .strictObject({ ...draftFields, ...policyFields })
    .transform((draft) => ({ ...renameFields(draft), extras: {} })),
  changeBody: z.strictObject({ ...changeFields, ...policyFields }).transform(renameFields),
  creationFailure: { code: 5145, message: 'Error creating winEnrollmentToken' },
  targetTypes: [],
  embedPolicy: nameOf,
  legacyPolicy: (policy) => policy?.id,
  enrollmentLink: (secret) => `https://mdm.example.com/enroll?token=${secret}`,
  tokenExtras: () => ({}),
  seedExtras: () => ({}),
  seedPolicy,
  summarize: ({ applications, agentConfiguration }) => ({
    counts: {
      devices: 0,
      applications: listOf(applications).length,
      properties: 2,
    },
    targetType: 'device',
    agentConfiguration,
  }),
  policyNames: [
    'Security baseline',
    'Office standard',
    'Engineering',
    'Sales',
    'Warehouse',
    'Point of sale',
    'Field service',
    'Executives',
    'Contractors',
    'Front desk',
    'BitLocker and firewall',
    'Updates, early ring',
    'Updates, broad ring',
    'Browser settings',
    'Wi-Fi and VPN',
    'Printers, Madrid',
    'Printers, Lyon',
    'Kiosk, single app',
    'Developer mode',
    'Loaner pool',
  ],
  deviceModels: [
    'Surface Laptop 6',
    'Surface Pro 10',
    'ThinkPad X1 Carbon',
    'ThinkPad T14',
    'Latitude 7450',
    'OptiPlex 7020',
    'EliteBook 840',
    'ZBook Fury 16',
    'Dynabook Tecra A40',
    'Expertbook B9',
  ],
};
