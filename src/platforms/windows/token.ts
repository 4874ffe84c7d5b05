import { toPlatformKey } from '../../domain/platform-key.ts';
import type { Policy } from '../../domain/policy.ts';
import type { EnrollmentToken } from '../../domain/token.ts';

export const windowsKey = toPlatformKey('WINDOWS');

/** JSON whose shape the API does not document, as it says it but for passwords, which are left out. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A Windows token has nothing that other platforms' tokens lack. */
export type WindowsEnrollmentToken = EnrollmentToken;

/** What a Windows policy has beyond any policy. Entries without an id are left out of the lists. */
export interface WindowsPolicy extends Policy {
  readonly config: JsonObject | null;
  readonly applications: readonly WindowsPolicyApplication[];
  readonly scripts: readonly WindowsPolicyScript[];
  readonly admxConfigs: readonly WindowsPolicyAdmxConfig[];
  readonly assets: readonly WindowsPolicyAsset[];
  readonly agentConfiguration: WindowsAgentConfiguration | null;
}

export interface WindowsPolicyApplication {
  readonly applicationId: string;
  /** As the API says it: `forceInstall` and `available` are known. */
  readonly action: string | null;
  readonly configuration: JsonObject | null;
  readonly info: JsonObject | null;
}

export interface WindowsPolicyScript {
  readonly id: string;
  /** As the API says it: `once`, `loop` and `onDemand` are known. */
  readonly type: string | null;
  readonly name: string | null;
  readonly description: string | null;
  readonly runner: string | null;
  readonly arguments: string | null;
  readonly argumentsProcessed: string | null;
  /** In the API's unit, which it does not document. */
  readonly loopTime: number | null;
  readonly resetDate: string | null;
  readonly info: JsonObject | null;
}

export interface WindowsPolicyAdmxConfig {
  readonly id: string;
  readonly appName: string | null;
  readonly settingType: string | null;
  readonly fileName: string | null;
  readonly description: string | null;
}

export interface WindowsPolicyAsset {
  readonly assetId: string;
  readonly location: string | null;
  readonly name: string | null;
  /** As the API says it: `user`, `system` and `all-users` are known. */
  readonly scope: string | null;
  readonly info: JsonObject | null;
}

export interface WindowsAgentConfiguration {
  readonly enabled: boolean | null;
  readonly buildTag: string | null;
  readonly allowLocation: boolean | null;
  readonly allowNetworkStatus: boolean | null;
  readonly allowPackageTime: boolean | null;
  readonly allowPackageTransfer: boolean | null;
}
