/** The parts of the documented tokens that the adapters and the schema show alike. */
const moment = '2024-01-01T00:00:00.000Z';

const appleProfile = {
  id: 'string',
  organizationId: 'string',
  enterpriseId: 'string',
  policySourceId: 'string',
  parentProfileId: 'string',
  name: 'string',
  type: 'attached',
  targetType: 'device',
  uuid: 'string',
  version: 0,
  config: {},
  certificates: [
    {
      assetId: 'string',
      uuidFormat: 'uuid',
      base64Format: 'base64',
      location: 'string',
      allowAllAppsAccess: true,
      keyIsExtractable: true,
    },
  ],
  assignedPolicies: [{ id: 'string', name: 'string' }],
  assignedDevices: [{ id: 'string', name: 'string' }],
  useCustomFileVaultCertificates: true,
  createdAt: moment,
  updatedAt: moment,
};

const appleApplication = {
  applicationId: 'string',
  managed: true,
  vpp: true,
  iosApp: true,
  action: 'forceInstall',
  actionStatus: 'forceInstall',
  configuration: {},
  updatePolicy: {},
  scripts: {
    preInstall: 'string',
    postInstall: 'string',
    audit: 'string',
    enforce: 'string',
    runner: 'string',
  },
};

/** What Apple's documented token has in addition to the fields of every token. */
export const appleTokenExtras = {
  enroll: { serverExpirationDate: '2026-03-15T23:59:59.000Z', mobileConfigSigned: true },
  vppLocation: {
    id: '698f3bde457fafa13d088791',
    name: 'US Corporate VPP',
    countryCode: 'US',
    defaultPlatform: 'ios',
    locationName: 'US Corporate Location',
  },
  profiles: [appleProfile],
  applications: [appleApplication],
  configuration: { skipPersonalInfo: true },
};

/** The policy that Windows' documented legacy token embeds, without its ids. */
export const windowsLegacyPolicy = {
  name: 'string',
  version: 0,
  createdAt: moment,
  updatedAt: moment,
  enterpriseId: 'string',
  config: {},
  applications: [{ applicationId: 'string', action: 'forceInstall', configuration: {}, info: {} }],
  scripts: [
    {
      scriptId: 'string',
      type: 'once',
      name: 'string',
      description: 'string',
      runner: 'string',
      arguments: 'string',
      argumentsProcessed: 'string',
      loopTime: 0,
      resetDate: moment,
      info: {},
    },
  ],
  admxConfigs: [
    {
      admxConfigId: 'string',
      appName: 'string',
      settingType: 'string',
      fileName: 'string',
      description: 'string',
    },
  ],
  assets: [{ assetId: 'string', location: 'string', name: 'string', scope: 'user', info: {} }],
  agentConfiguration: {
    enabled: true,
    buildTag: 'string',
    allowLocation: true,
    allowNetworkStatus: true,
    allowPackageTime: true,
    allowPackageTransfer: true,
  },
};
