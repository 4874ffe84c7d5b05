import type { TokenDraft } from '../../domain/platform.ts';
import { toPlatformKey } from '../../domain/platform-key.ts';
import type { Policy } from '../../domain/policy.ts';
import type { EnrollmentToken } from '../../domain/token.ts';

export const appleKey = toPlatformKey('APPLE');

/** JSON whose shape the API does not document, as it says it but for passwords, which are left out. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What an Apple token has beyond any token. Entries without an id are left out of the lists. */
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

/** A volume purchase location; its secrets are never read. */
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
  readonly config: JsonObject | null;
  readonly certificates: readonly AppleProfileCertificate[];
  readonly assignedPolicies: readonly AppleProfileAssignment[];
  readonly assignedDevices: readonly AppleProfileAssignment[];
  readonly useCustomFileVaultCertificates: boolean | null;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
}

/** A certificate without its password, which is dropped where it arrives. */
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
  /** As the API says it: `forceInstall` is known. */
  readonly action: string | null;
  readonly actionStatus: string | null;
  readonly configuration: JsonObject | null;
  readonly updatePolicy: JsonObject | null;
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
 * What an Apple policy has beyond any policy. Scripts, books, bookmarks and assets are lists whose entries the API does
 * not describe: null where it sent no list.
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
  readonly agentConfiguration: JsonObject | null;
  readonly segmentId: number | null;
  readonly exposedToChildren: boolean | null;
}

/** The actions that a create may ask for: the only one the API's documentation shows. */
export const appleApplicationActions = ['forceInstall'] as const;
export type AppleApplicationAction = (typeof appleApplicationActions)[number];

/** One application to put on the device. Absent keys are not sent. */
export interface AppleApplicationDraft {
  readonly applicationId: string;
  readonly managed?: boolean;
  readonly vpp?: boolean;
  readonly iosApp?: boolean;
  readonly action?: AppleApplicationAction;
  readonly actionStatus?: AppleApplicationAction;
  readonly configuration?: JsonObject;
  readonly updatePolicy?: JsonObject;
  readonly scripts?: Readonly<Partial<Record<keyof AppleApplicationScripts, string>>>;
}

/** What a create of an Apple token takes beyond any create. */
export interface AppleTokenDraft extends TokenDraft {
  readonly profileIds?: readonly string[];
  readonly applications?: readonly AppleApplicationDraft[];
  readonly vppLocationId?: string;
}

/** Whether a token is one that this platform's adapter made. */
export const isAppleToken = (token: EnrollmentToken): token is AppleEnrollmentToken =>
  token.platform === appleKey;
