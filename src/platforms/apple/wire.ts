import { z } from 'zod';
import {
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
import { mapped, objectOf, renamed } from '../../applivery/fields/object.ts';
import { policyFields } from '../../applivery/platform/policy-reader.ts';
import {
  anything,
  assignmentList,
  reference,
  tokenWireShape,
} from '../../applivery/platform/token-wire.ts';
import { toPlatformKey } from '../../domain/platform-key.ts';
import type { Policy } from '../../domain/policy.ts';
import type { EnrollmentToken } from '../../domain/token.ts';

export const appleKey = toPlatformKey('APPLE');

/** The documented `password` is left out, so that it never enters the gateway. */
const certificate = mapped(
  objectOf({
    assetId: renamed('mdmAssetId', reference),
    format: lenientObject(z.object({ uuid: lenientString, base64: lenientString })),
    location: lenientString,
    allowAllAppsAccess: lenientBoolean,
    keyIsExtractable: lenientBoolean,
  }),
  ({ format, ...fields }) => ({
    ...fields,
    uuidFormat: format?.uuid ?? null,
    base64Format: format?.base64 ?? null,
  }),
);

export type AppleProfileCertificate = Readonly<z.output<typeof certificate>>;

const assignedTo = z.object({
  policies: lenientList(z.object({ id: itemId, name: lenientString })),
  devices: lenientList(objectOf({ id: itemId, name: renamed('displayName', lenientString) })),
});

/** A whole profile. A create takes ids in the field of the same name (CONTRACT 4.4). */
const profile = mapped(
  objectOf({
    id: itemId,
    organizationId: renamed('organization', reference),
    enterpriseId: renamed('admEnterprise', reference),
    policySourceId: renamed('admPolicy', reference),
    parentProfileId: renamed('parentAdmProfileId', reference),
    name: lenientString,
    type: lenientString,
    targetType: lenientString,
    uuid: renamed('UUID', lenientString),
    version: lenientInteger,
    config: freeFormObject,
    certificates: lenientList(certificate),
    assignedTo: lenientObject(assignedTo),
    useCustomFileVaultCertificates: lenientBoolean,
    createdAt: lenientTimestamp,
    updatedAt: lenientTimestamp,
  }),
  ({ assignedTo, ...fields }) => ({
    ...fields,
    assignedPolicies: assignedTo?.policies ?? [],
    assignedDevices: assignedTo?.devices ?? [],
  }),
);

export type AppleProfile = Readonly<z.output<typeof profile>>;

const applicationScripts = z.object({
  preInstall: lenientString,
  postInstall: lenientString,
  audit: lenientString,
  enforce: lenientString,
  runner: lenientString,
});

export type AppleApplicationScripts = Readonly<z.output<typeof applicationScripts>>;

const application = objectOf({
  /** Without the suffix `Id`: an id in the example, but it may be an object elsewhere. */
  applicationId: renamed('admApplication', reference),
  managed: lenientBoolean,
  vpp: lenientBoolean,
  iosApp: renamed('iOSApp', lenientBoolean),
  /** The API's own value. Known ones: `forceInstall`. */
  action: lenientString,
  actionStatus: lenientString,
  configuration: freeFormObject,
  updatePolicy: freeFormObject,
  scripts: lenientObject(applicationScripts),
});

/** Entries without an application's id are left out. */
const applications = mapped(lenientList(application), (list) =>
  list.flatMap(({ applicationId, ...fields }) =>
    applicationId === null ? [] : [{ applicationId, ...fields }],
  ),
);

export type AppleApplication = Readonly<z.output<typeof applications>[number]>;

/** The fields that the gateway shows. The location's own endpoint also answers two secrets. */
const vppLocation = mapped(
  z.object({
    id: itemId,
    name: lenientString,
    config: lenientObject(
      z.object({
        countryISO2ACode: lenientString,
        defaultPlatform: lenientString,
        locationName: lenientString,
      }),
    ),
  }),
  ({ id, name, config }) => ({
    id,
    name,
    countryCode: config?.countryISO2ACode ?? null,
    defaultPlatform: config?.defaultPlatform ?? null,
    locationName: config?.locationName ?? null,
  }),
);

const ownTokenShape = {
  enroll: lenientObject(
    z.object({ serverExpirationDate: lenientTimestamp, mobileConfigSigned: lenientBoolean }),
  ),
  profiles: lenientList(profile),
  applications,
  configuration: lenientObject(z.object({ skipPersonalInfo: lenientBoolean })),
};

/** An Apple enrollment token. The documents mark every field as optional (CONTRACT 4.4). */
export const appleTokenWire = z.object({
  ...tokenWireShape,
  ...ownTokenShape,
  organization: reference,
  admEnterprise: reference,
  admDevice: reference,
  /** The legacy single policy: null in every example, an id or an object if it is set. */
  admPolicy: anything,
  /** "Create admEnrollmentToken": `admPolicy` is `{}` in the example. */
  admPolicyAssignments: assignmentList({ policyId: 'admPolicyId', policy: 'admPolicy' }),
  admVppLocation: lenientObject(vppLocation),
});

export type AppleTokenWire = z.output<typeof appleTokenWire>;

export interface AppleEnrollmentToken
  extends EnrollmentToken,
    Readonly<Pick<AppleTokenWire, keyof typeof ownTokenShape>> {
  readonly vppLocation: AppleTokenWire['admVppLocation'];
}

/** Whether this platform's adapter read the token. */
export const isAppleToken = (token: EnrollmentToken): token is AppleEnrollmentToken =>
  token.platform === appleKey;

/**
 * Unlike a Windows policy it has no `config` (CONTRACT 5.1). Scripts, books, bookmarks and assets are lists whose entries
 * the API does not document. They are null if the API sent no list.
 */
const ownPolicyFields = {
  targetType: lenientString,
  attachedProfile: lenientObject(profile),
  profiles: lenientList(profile),
  applications,
  scripts: freeFormList,
  books: freeFormList,
  bookmarks: freeFormList,
  assets: freeFormList,
  agentConfiguration: freeFormObject,
  segmentId: segmentNumber,
  exposedToChildren: renamed('exposeToChildren', lenientBoolean),
};

export const applePolicyFields = {
  ...policyFields({ organizationId: 'organization', enterpriseId: 'admEnterprise' }),
  ...ownPolicyFields,
};

export type ApplePolicy = Policy & Readonly<z.output<z.ZodObject<typeof ownPolicyFields>>>;
