import { z } from 'zod';
import {
  digitsOrInteger,
  itemId,
  lenientBoolean,
  lenientInteger,
  lenientList,
  lenientObject,
  lenientString,
  lenientTimestamp,
  segmentNumber,
} from '../../applivery/fields/fields.ts';
import { freeFormList, freeFormObject } from '../../applivery/fields/free-form.ts';
import { policyWireShape } from '../../applivery/platform/policy-reader.ts';
import { anything, reference, tokenWireShape } from '../../applivery/platform/token-wire.ts';

/** "Create admEnrollmentToken": `admPolicy` is `{}` in the example. */
const assignmentWire = z.object({
  admPolicyId: anything,
  admPolicy: anything,
  priority: digitsOrInteger,
});

/** The documented `password` is left out, so that it never enters the gateway. */
const certificateWire = z.object({
  mdmAssetId: reference,
  format: lenientObject(z.object({ uuid: lenientString, base64: lenientString })),
  location: lenientString,
  allowAllAppsAccess: lenientBoolean,
  keyIsExtractable: lenientBoolean,
});

const assignedToWire = z.object({
  policies: lenientList(z.object({ id: itemId, name: lenientString })),
  devices: lenientList(z.object({ id: itemId, displayName: lenientString })),
});

/** A whole profile. A create takes ids in the field of the same name (CONTRACT 4.4). */
const profileWire = z.object({
  id: itemId,
  organization: reference,
  admEnterprise: reference,
  admPolicy: reference,
  parentAdmProfileId: reference,
  name: lenientString,
  type: lenientString,
  targetType: lenientString,
  UUID: lenientString,
  version: lenientInteger,
  config: freeFormObject,
  certificates: lenientList(certificateWire),
  assignedTo: lenientObject(assignedToWire),
  useCustomFileVaultCertificates: lenientBoolean,
  createdAt: lenientTimestamp,
  updatedAt: lenientTimestamp,
});

export type AppleProfileWire = z.infer<typeof profileWire>;

const applicationScriptsWire = z.object({
  preInstall: lenientString,
  postInstall: lenientString,
  audit: lenientString,
  enforce: lenientString,
  runner: lenientString,
});

const applicationWire = z.object({
  /** Without the suffix `Id`: an id in the example, but it may be an object elsewhere. */
  admApplication: reference,
  managed: lenientBoolean,
  vpp: lenientBoolean,
  iOSApp: lenientBoolean,
  action: lenientString,
  actionStatus: lenientString,
  configuration: freeFormObject,
  updatePolicy: freeFormObject,
  scripts: lenientObject(applicationScriptsWire),
});

export type AppleApplicationWire = z.infer<typeof applicationWire>;

/** The fields that the gateway shows. The location's own endpoint also answers two secrets. */
const vppLocationWire = z.object({
  id: itemId,
  name: lenientString,
  config: lenientObject(
    z.object({
      countryISO2ACode: lenientString,
      defaultPlatform: lenientString,
      locationName: lenientString,
    }),
  ),
});

export type AppleVppLocationWire = z.infer<typeof vppLocationWire>;

/** An Apple enrollment token. The documents mark every field as optional (CONTRACT 4.4). */
export const appleTokenWire = z.object({
  ...tokenWireShape,
  organization: reference,
  admEnterprise: reference,
  admDevice: reference,
  /** The legacy single policy: null in every example, an id or an object if it is set. */
  admPolicy: anything,
  admPolicyAssignments: lenientList(assignmentWire),
  admVppLocation: lenientObject(vppLocationWire),
  enroll: lenientObject(
    z.object({ serverExpirationDate: lenientTimestamp, mobileConfigSigned: lenientBoolean }),
  ),
  profiles: lenientList(profileWire),
  applications: lenientList(applicationWire),
  configuration: lenientObject(z.object({ skipPersonalInfo: lenientBoolean })),
});

export type AppleTokenWire = z.infer<typeof appleTokenWire>;

/** An Apple policy. Unlike a Windows policy it has no `config` (CONTRACT 5.1). */
export const applePolicyWire = z.object({
  ...policyWireShape,
  organization: reference,
  admEnterprise: reference,
  targetType: lenientString,
  attachedProfile: lenientObject(profileWire),
  profiles: lenientList(profileWire),
  applications: lenientList(applicationWire),
  scripts: freeFormList,
  books: freeFormList,
  bookmarks: freeFormList,
  assets: freeFormList,
  agentConfiguration: freeFormObject,
  segmentId: segmentNumber,
  exposeToChildren: lenientBoolean,
});

export type ApplePolicyWire = z.infer<typeof applePolicyWire>;
