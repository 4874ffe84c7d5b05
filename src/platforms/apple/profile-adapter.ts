import type {
  AppleApplication,
  AppleProfile,
  AppleProfileCertificate,
  AppleVppLocation,
} from './token.ts';
import type { AppleApplicationWire, AppleProfileWire, AppleVppLocationWire } from './wire.ts';

type CertificateWire = AppleProfileWire['certificates'][number];

const toCertificate = ({
  mdmAssetId,
  format,
  ...certificate
}: CertificateWire): AppleProfileCertificate => ({
  assetId: mdmAssetId,
  uuidFormat: format?.uuid ?? null,
  base64Format: format?.base64 ?? null,
  ...certificate,
});

/** Reads a configuration profile. */
export const toAppleProfile = ({
  organization,
  admEnterprise,
  admPolicy,
  parentAdmProfileId,
  UUID,
  certificates,
  assignedTo,
  ...profile
}: AppleProfileWire): AppleProfile => ({
  ...profile,
  organizationId: organization,
  enterpriseId: admEnterprise,
  policySourceId: admPolicy,
  parentProfileId: parentAdmProfileId,
  uuid: UUID,
  certificates: certificates.map(toCertificate),
  assignedPolicies: assignedTo?.policies ?? [],
  assignedDevices: (assignedTo?.devices ?? []).map(({ id, displayName }) => ({
    id,
    name: displayName,
  })),
});

/** Reads applications. Entries without an application's id are left out. */
export const toAppleApplications = (
  wires: readonly AppleApplicationWire[],
): readonly AppleApplication[] =>
  wires.flatMap(({ admApplication, iOSApp, ...application }) =>
    admApplication === null
      ? []
      : [{ applicationId: admApplication, iosApp: iOSApp, ...application }],
  );

/** Reads a volume purchase location. */
export const toAppleVppLocation = ({
  id,
  name,
  config,
}: AppleVppLocationWire): AppleVppLocation => ({
  id,
  name,
  countryCode: config?.countryISO2ACode ?? null,
  defaultPlatform: config?.defaultPlatform ?? null,
  locationName: config?.locationName ?? null,
});
