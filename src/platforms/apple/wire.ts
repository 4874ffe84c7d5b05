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

/** The documented `password` is not among the fields: it is dropped here and never gets further in. */
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

/** A whole profile; a create takes ids in the field of the same name (CONTRACT 4.4). */
export const appleProfileWire = z.object({
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

export type AppleProfileWire = z.infer<typeof appleProfileWire>;

const applicationScriptsWire = z.object({
  preInstall: lenientString,
  postInstall: lenientString,
  audit: lenientString,
  enforce: lenientString,
  runner: lenientString,
});

export const appleApplicationWire = z.object({
  /** No suffix `Id`: an id in the example, perhaps a filled-in object elsewhere. */
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

export type AppleApplicationWire = z.infer<typeof appleApplicationWire>;

/** Only what is shown: the location's own endpoint also answers two secrets. */
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

/** An Apple enrollment token; the documents mark every field as optional (CONTRACT 4.4). */
export const appleTokenWire = z.object({
  ...tokenWireShape,
  organization: reference,
  admEnterprise: reference,
  admDevice: reference,
  /** The legacy single policy: null in every example, an id or an object where it is set. */
  admPolicy: anything,
  admPolicyAssignments: lenientList(assignmentWire),
  admVppLocation: lenientObject(vppLocationWire),
  enroll: lenientObject(
    z.object({ serverExpirationDate: lenientTimestamp, mobileConfigSigned: lenientBoolean }),
  ),
  profiles: lenientList(appleProfileWire),
  applications: lenientList(appleApplicationWire),
  configuration: lenientObject(z.object({ skipPersonalInfo: lenientBoolean })),
});

export type AppleTokenWire = z.infer<typeof appleTokenWire>;

/** An Apple policy; unlike a Windows one it has no `config` (CONTRACT 5.1). */
export const applePolicyWire = z.object({
  ...policyWireShape,
  organization: reference,
  admEnterprise: reference,
  targetType: lenientString,
  attachedProfile: lenientObject(appleProfileWire),
  profiles: lenientList(appleProfileWire),
  applications: lenientList(appleApplicationWire),
  scripts: freeFormList,
  books: freeFormList,
  bookmarks: freeFormList,
  assets: freeFormList,
  agentConfiguration: freeFormObject,
  segmentId: segmentNumber,
  exposeToChildren: lenientBoolean,
});

export type ApplePolicyWire = z.infer<typeof applePolicyWire>;
