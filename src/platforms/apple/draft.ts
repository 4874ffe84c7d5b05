import type { FreeFormObject } from '../../applivery/fields/free-form.ts';
import type { TokenDraft } from '../../domain/platform.ts';
import type { AppleApplicationScripts } from './wire.ts';

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

/** The fields that only creates of Apple tokens have. */
export interface AppleExtraDraft {
  readonly profileIds?: readonly string[];
  readonly applications?: readonly AppleApplicationDraft[];
  readonly vppLocationId?: string;
}

/** The input of a create of an Apple token. */
export type AppleTokenDraft = TokenDraft & AppleExtraDraft;
