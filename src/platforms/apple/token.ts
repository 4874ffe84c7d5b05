import type { FreeFormObject } from '../../applivery/fields/free-form.ts';
import type { TokenDraft } from '../../domain/platform.ts';
import { toPlatformKey } from '../../domain/platform-key.ts';
import type { Policy } from '../../domain/policy.ts';
import type { EnrollmentToken } from '../../domain/token.ts';

export const appleKey = toPlatformKey('APPLE');

/** The fields of an Apple token beyond those of every token. Entries without an id are left out of the lists. */
export interface AppleEnrollmentToken extends EnrollmentToken {
  readonly enroll: AppleEnrollDetails | null;
  readonly vppLocation: AppleVppLocation | null;
  readonly profiles: readonly AppleProfile[];
  readonly applications: readonly AppleApplication[];
  readonly configuration: AppleEnrollmentConfiguration | null;
}

export interface AppleEnrollDetails {
  readonly serverExpirationDate: string | null;
  readonly mobileConfigSigned: boolean | null;
}

export interface AppleEnrollmentConfiguration {
  readonly skipPersonalInfo: boolean | null;
}

/** A volume purchase location, without its secrets. */
export interface AppleVppLocation {
  readonly id: string;
  readonly name: string | null;
  readonly countryCode: string | null;
  readonly defaultPlatform: string | null;
  readonly locationName: string | null;
}

export interface AppleProfile {
  readonly id: string;
  readonly organizationId: string | null;
  readonly enterpriseId: string | null;
  readonly policySourceId: string | null;
  readonly parentProfileId: string | null;
  readonly name: string | null;
  readonly type: string | null;
  readonly targetType: string | null;
  readonly uuid: string | null;
  readonly version: number | null;
  readonly config: FreeFormObject | null;
  readonly certificates: readonly AppleProfileCertificate[];
  readonly assignedPolicies: readonly AppleProfileAssignment[];
  readonly assignedDevices: readonly AppleProfileAssignment[];
  readonly useCustomFileVaultCertificates: boolean | null;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
}

/** A certificate without its password. */
export interface AppleProfileCertificate {
  readonly assetId: string | null;
  readonly uuidFormat: string | null;
  readonly base64Format: string | null;
  readonly location: string | null;
  readonly allowAllAppsAccess: boolean | null;
  readonly keyIsExtractable: boolean | null;
}

export interface AppleProfileAssignment {
  readonly id: string;
  readonly name: string | null;
}

export interface AppleApplication {
  readonly applicationId: string;
  readonly managed: boolean | null;
  readonly vpp: boolean | null;
  readonly iosApp: boolean | null;
  /** The API's own value. Known ones: `forceInstall`. */
  readonly action: string | null;
  readonly actionStatus: string | null;
  readonly configuration: FreeFormObject | null;
  readonly updatePolicy: FreeFormObject | null;
  readonly scripts: AppleApplicationScripts | null;
}

export interface AppleApplicationScripts {
  readonly preInstall: string | null;
  readonly postInstall: string | null;
  readonly audit: string | null;
  readonly enforce: string | null;
  readonly runner: string | null;
}

/**
 * The fields of an Apple policy beyond those of every policy. Scripts, books, bookmarks and assets are lists whose
 * entries the API does not document. They are null if the API sent no list.
 */
export interface ApplePolicy extends Policy {
  readonly targetType: string | null;
  readonly attachedProfile: AppleProfile | null;
  readonly profiles: readonly AppleProfile[];
  readonly applications: readonly AppleApplication[];
  readonly scripts: readonly unknown[] | null;
  readonly books: readonly unknown[] | null;
  readonly bookmarks: readonly unknown[] | null;
  readonly assets: readonly unknown[] | null;
  readonly agentConfiguration: FreeFormObject | null;
  readonly segmentId: number | null;
  readonly exposedToChildren: boolean | null;
}

/** The actions that a create can ask for. The documents show no other. */
export const appleApplicationActions = ['forceInstall'] as const;
export type AppleApplicationAction = (typeof appleApplicationActions)[number];

/** One application to install on the device. Absent keys are not sent. */
export interface AppleApplicationDraft {
  readonly applicationId: string;
  readonly managed?: boolean;
  readonly vpp?: boolean;
  readonly iosApp?: boolean;
  readonly action?: AppleApplicationAction;
  readonly actionStatus?: AppleApplicationAction;
  readonly configuration?: FreeFormObject;
  readonly updatePolicy?: FreeFormObject;
  readonly scripts?: Readonly<Partial<Record<keyof AppleApplicationScripts, string>>>;
}

/** The input of a create of an Apple token: that of every create, and the fields below. */
export interface AppleTokenDraft extends TokenDraft {
  readonly profileIds?: readonly string[];
  readonly applications?: readonly AppleApplicationDraft[];
  readonly vppLocationId?: string;
}

/** Whether this platform's adapter read the token. */
export const isAppleToken = (token: EnrollmentToken): token is AppleEnrollmentToken =>
  token.platform === appleKey;
