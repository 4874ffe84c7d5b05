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
} from '../../applivery/fields/fields.ts';
import { freeFormObject } from '../../applivery/fields/free-form.ts';
import { policyWireShape } from '../../applivery/platform/policy-reader.ts';
import {
  anything,
  indexedList,
  reference,
  tokenWireShape,
} from '../../applivery/platform/token-wire.ts';

/** "Create winEnrollmentToken": `winPolicy` is `{id, name}` on the current page, and a whole policy on the older page. */
const assignmentWire = z.object({
  winPolicyId: anything,
  winPolicy: anything,
  priority: digitsOrInteger,
});

/** A Windows enrollment token. The documents mark every field as optional (CONTRACT 3.5). */
export const windowsTokenWire = z.object({
  ...tokenWireShape,
  organizationId: reference,
  winEnterpriseId: reference,
  winDeviceId: reference,
  /** The legacy single policy. */
  winPolicyId: anything,
  winPolicyAssignments: lenientList(assignmentWire),
});

export type WindowsTokenWire = z.infer<typeof windowsTokenWire>;

const applicationWire = z.object({
  winApplicationId: itemId,
  action: lenientString,
  configuration: freeFormObject,
});

const scriptWire = z.object({
  id: itemId,
  type: lenientString,
  name: lenientString,
  description: lenientString,
  runner: lenientString,
  arguments: lenientString,
  argumentsProcessed: lenientString,
  loopTime: lenientInteger,
  resetDate: lenientTimestamp,
});

const assetWire = z.object({
  mdmAssetId: itemId,
  location: lenientString,
  assetName: lenientString,
  scope: lenientString,
});

/** The details of a settings template. The list of the policy's templates holds ids only. */
const admxConfigInfoWire = z.object({
  id: reference,
  appName: lenientString,
  settingType: lenientString,
  fileName: lenientString,
  description: lenientString,
});

const agentConfigurationWire = z.object({
  enabled: lenientBoolean,
  buildTag: lenientString,
  allowLocation: lenientBoolean,
  allowNetworkStatus: lenientBoolean,
  allowPackageTime: lenientBoolean,
  allowPackageTransfer: lenientBoolean,
});

/** A Windows policy. The older "Create winEnrollmentToken" page prints it inside a token (CONTRACT 5.1). */
export const windowsPolicyWire = z.object({
  ...policyWireShape,
  organizationId: reference,
  winEnterpriseId: reference,
  config: freeFormObject,
  applications: indexedList(applicationWire),
  applicationsInfo: indexedList(freeFormObject),
  scripts: indexedList(scriptWire),
  scriptsInfo: indexedList(freeFormObject),
  admxConfigs: indexedList(z.object({ winAdmxConfigId: itemId })),
  admxConfigsInfo: indexedList(admxConfigInfoWire),
  assets: indexedList(assetWire),
  assetsInfo: indexedList(freeFormObject),
  agentConfiguration: lenientObject(agentConfigurationWire),
});

export type WindowsPolicyWire = z.infer<typeof windowsPolicyWire>;
