import { z } from 'zod';
import type { Random } from '../../sandbox/data/random.ts';
import { nameOf } from '../../sandbox/data/token.ts';
import { isObject, type Json, type JsonObject, listOf } from '../../sandbox/json.ts';
import type { Owner, PlatformSandbox, PolicySeed } from '../../sandbox/platform.ts';
import {
  anyObject,
  assignmentList,
  changeFields,
  draftFields,
  entityId,
  flag,
  optionalId,
  priority,
  renamePolicies,
} from '../../sandbox/routes/bodies.ts';

const assignment = z.strictObject({ admPolicyId: entityId, priority });
const policyFields = {
  policyId: optionalId,
  admPolicyAssignments: assignmentList('admPolicyId', assignment).optional(),
};
const renameFields = renamePolicies('policyId', 'admPolicyAssignments');

const script = z.string().optional();
const action = z.enum(['forceInstall', 'available']).optional();
const application = z.strictObject({
  admApplication: entityId,
  managed: flag.optional(),
  vpp: flag.optional(),
  iOSApp: flag.optional(),
  configuration: anyObject.optional(),
  action,
  actionStatus: action,
  scripts: z
    .strictObject({
      preInstall: script,
      postInstall: script,
      audit: script,
      enforce: script,
      runner: script,
    })
    .optional(),
  updatePolicy: anyObject.optional(),
});

/** Profiles and locations are not stored: the digits of any id choose one. */
const choose = <Item>(items: readonly Item[], id: string): Item | undefined =>
  items[Number.parseInt(id.slice(-4), 16) % items.length];

const profileNames = [
  'Wi-Fi, offices',
  'VPN, always on',
  'Mail, corporate',
  'Restrictions, kiosk',
  'Certificates, internal',
] as const;

const locations = [
  { name: 'Lumen Logistics Spain', country: 'ES' },
  { name: 'Lumen Logistics France', country: 'FR' },
  { name: 'Lumen Logistics Germany', country: 'DE' },
] as const;

const profileDate = '2025-03-04T08:15:00.000Z';

const renderProfile = (id: string, { organizationId, enterpriseId }: Owner): JsonObject => ({
  id,
  organization: organizationId,
  admEnterprise: enterpriseId,
  admPolicy: null,
  targetType: 'device',
  name: choose(profileNames, id),
  config: {},
  certificates: [
    {
      mdmAssetId: `${id.slice(12)}${id.slice(0, 12)}`,
      format: { uuid: 'uuid', base64: 'base64' },
      location: 'certificates',
      password: `sandbox-secret-${id.slice(-6)}`,
      allowAllAppsAccess: false,
      keyIsExtractable: false,
    },
  ],
  type: 'attached',
  UUID: `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(12, 15)}-8${id.slice(15, 18)}-${id.slice(12)}`,
  version: 1,
  updatedAt: profileDate,
  createdAt: profileDate,
  assignedTo: { policies: [], devices: [] },
  useCustomFileVaultCertificates: false,
  parentAdmProfileId: null,
});

const renderLocation = (id: Json | undefined): Json => {
  const location = typeof id === 'string' ? choose(locations, id) : undefined;
  if (location === undefined) return null;
  const { name, country } = location;
  return {
    id,
    name,
    config: { countryISO2ACode: country, defaultPlatform: 'ios', locationName: `${name} store` },
  };
};

const tokenExtras = (extras: JsonObject, owner: Owner, expiresAt: string): JsonObject => ({
  enroll: { serverExpirationDate: expiresAt, mobileConfigSigned: true },
  admVppLocation: renderLocation(extras['admVppLocationId']),
  profiles: listOf(extras['profiles']).map((id) => renderProfile(String(id), owner)),
  applications: listOf(extras['applications'])
    .filter(isObject)
    .map((one) => ({ actionStatus: 'forceInstall', ...one })),
  configuration: { skipPersonalInfo: true },
});

/** Few tokens have profiles or applications, to keep lists small. */
const seedExtras = (random: Random): JsonObject => ({
  ...(random.chance(0.3) ? { admVppLocationId: random.hex(24) } : {}),
  ...(random.chance(0.12) ? { profiles: [random.hex(24)] } : {}),
  ...(random.chance(0.12)
    ? {
        applications: [
          {
            admApplication: random.hex(24),
            managed: true,
            vpp: random.chance(0.5),
            iOSApp: true,
            configuration: {},
            action: 'forceInstall',
            scripts: { preInstall: '', postInstall: '', audit: '', enforce: '', runner: '' },
            updatePolicy: {},
          },
        ],
      }
    : {}),
});

const seedPolicy = ({ random, organizationId, enterpriseId, ...seed }: PolicySeed) => ({
  id: seed.id,
  organization: organizationId,
  admEnterprise: enterpriseId,
  targetType: random.pick(['device', 'deviceUser']),
  attachedProfile: {},
  name: seed.name,
  profiles: random.chance(0.3)
    ? [renderProfile(random.hex(24), { organizationId, enterpriseId })]
    : [],
  applications: [],
  applicationsInfo: [],
  books: [],
  booksInfo: [],
  scripts: [],
  scriptsInfo: [],
  bookmarks: [],
  assets: [],
  assetsInfo: [],
  agentConfiguration: { allowLocation: random.chance(0.5) },
  segmentId: String(random.below(4)),
  exposeToChildren: random.chance(0.5),
  version: seed.version,
  updatedAt: seed.updatedAt,
  createdAt: seed.createdAt,
});

/** The sandbox of Apple. */
export const appleSandbox: PlatformSandbox = {
  key: 'apple',
  words: {
    organization: 'organization',
    enterprise: 'admEnterprise',
    device: 'admDevice',
    tokenId: 'admEnrollmentTokenId',
    policyId: 'admPolicyId',
    policy: 'admPolicy',
    assignments: 'admPolicyAssignments',
    legacyPolicy: 'admPolicy',
    policyFilter: 'adm-policy',
  },
  tokenType: 'user',
  draftBody: z
    .strictObject({
      ...draftFields,
      ...policyFields,
      profiles: z.array(entityId).optional(),
      applications: z.array(application).optional(),
      admVppLocationId: optionalId,
    })
    .transform(({ profiles, applications, admVppLocationId, ...draft }) => ({
      ...renameFields(draft),
      extras: { profiles, applications, admVppLocationId },
    })),
  changeBody: z.strictObject({ ...changeFields, ...policyFields }).transform(renameFields),
  // No error code of a failed creation is documented for this platform.
  creationFailure: { code: 3001, message: 'Body Validation Error' },
  targetTypes: ['device', 'deviceUser'],
  embedPolicy: () => ({}),
  legacyPolicy: (policy, random) => {
    if (policy === undefined) return null;
    return random.chance(0.5) ? policy.id : nameOf(policy);
  },
  enrollmentLink: (secret) =>
    `https://mdm.example.com/enroll/apple/${secret.slice(0, 16).toUpperCase()}`,
  tokenExtras,
  seedExtras,
  seedPolicy,
  summarize: ({ profiles, applications, targetType, agentConfiguration }) => ({
    counts: {
      devices: 0,
      applications: listOf(applications).length,
      properties: listOf(profiles).length,
    },
    targetType,
    agentConfiguration,
  }),
  policyNames: [
    'Corporate baseline',
    'Office standard',
    'Engineering',
    'Sales',
    'Design studio',
    'Drivers',
    'Warehouse',
    'Executives',
    'Contractors',
    'Kiosk',
    'FileVault and passcode',
    'Software updates, early',
    'Software updates, broad',
    'Mail and calendar',
    'Wi-Fi, all offices',
    'VPN on demand',
    'Shared devices',
    'Training room',
    'Managed apps',
    'Loaner pool',
  ],
  deviceModels: [
    'iPhone 16',
    'iPhone 16 Pro',
    'iPhone SE',
    'iPad Air 11',
    'iPad Pro 13',
    'iPad mini',
    'MacBook Air 13',
    'MacBook Pro 14',
    'Mac mini',
    'iMac 24',
  ],
};
