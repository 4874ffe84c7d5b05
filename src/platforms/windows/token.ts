import type { FreeFormObject } from '../../applivery/fields/free-form.ts';
import { toPlatformKey } from '../../domain/platform-key.ts';
import type { Policy } from '../../domain/policy.ts';
import type { EnrollmentToken } from '../../domain/token.ts';

export const windowsKey = toPlatformKey('WINDOWS');

/** A Windows token has only the fields that every platform's token has. */
export type WindowsEnrollmentToken = EnrollmentToken;

/** The fields of a Windows policy beyond those of every policy. Entries without an id are left out of the lists. */
export interface WindowsPolicy extends Policy {
  readonly config: FreeFormObject | null;
  readonly applications: readonly WindowsPolicyApplication[];
  readonly scripts: readonly WindowsPolicyScript[];
  readonly admxConfigs: readonly WindowsPolicyAdmxConfig[];
  readonly assets: readonly WindowsPolicyAsset[];
  readonly agentConfiguration: WindowsAgentConfiguration | null;
}

export interface WindowsPolicyApplication {
  readonly applicationId: string;
  /** The API's own value. Known ones: `forceInstall`, `available`. */
  readonly action: string | null;
  readonly configuration: FreeFormObject | null;
  readonly info: FreeFormObject | null;
}

export interface WindowsPolicyScript {
  readonly id: string;
  /** The API's own value. Known ones: `once`, `loop`, `onDemand`. */
  readonly type: string | null;
  readonly name: string | null;
  readonly description: string | null;
  readonly runner: string | null;
  readonly arguments: string | null;
  readonly argumentsProcessed: string | null;
  /** The unit is not documented. */
  readonly loopTime: number | null;
  readonly resetDate: string | null;
  readonly info: FreeFormObject | null;
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
  /** The API's own value. Known ones: `user`, `system`, `all-users`. */
  readonly scope: string | null;
  readonly info: FreeFormObject | null;
}

export interface WindowsAgentConfiguration {
  readonly enabled: boolean | null;
  readonly buildTag: string | null;
  readonly allowLocation: boolean | null;
  readonly allowNetworkStatus: boolean | null;
  readonly allowPackageTime: boolean | null;
  readonly allowPackageTransfer: boolean | null;
}
