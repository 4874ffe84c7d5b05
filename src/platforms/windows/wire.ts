import { z } from 'zod';
import {
  itemId,
  lenientBoolean,
  lenientInteger,
  lenientObject,
  lenientString,
  lenientTimestamp,
  nesting,
  unreadable,
} from '../../applivery/fields/fields.ts';
import { type FreeFormObject, freeFormObject } from '../../applivery/fields/free-form.ts';
import { joined, objectOf, renamed } from '../../applivery/fields/object.ts';
import { policyFields } from '../../applivery/platform/policy-reader.ts';
import {
  anything,
  assignmentList,
  reference,
  referencedId,
  tokenWireShape,
} from '../../applivery/platform/token-wire.ts';
import { toPlatformKey } from '../../domain/platform-key.ts';
import type { Policy } from '../../domain/policy.ts';

export const windowsKey = toPlatformKey('WINDOWS');

/** A Windows enrollment token. The documents mark every field as optional (CONTRACT 3.5). */
export const windowsTokenWire = z.object({
  ...tokenWireShape,
  organizationId: reference,
  winEnterpriseId: reference,
  winDeviceId: reference,
  /** The legacy single policy. */
  winPolicyId: anything,
  /** "Create winEnrollmentToken": `winPolicy` is `{id, name}` on the current page, and a whole policy on the older page. */
  winPolicyAssignments: assignmentList({ policyId: 'winPolicyId', policy: 'winPolicy' }),
});

export type WindowsTokenWire = z.output<typeof windowsTokenWire>;

/** The entries of a list with their indexes kept: an entry that cannot be read is null. Any other value is an empty list. */
const readEntries = <Entry>(
  schema: z.core.$ZodType<Entry>,
  value: unknown,
): readonly (Entry | null)[] =>
  Array.isArray(value)
    ? value.map(
        (entry) => z.safeParse(schema, entry).data ?? unreadable('unreadable-object', entry),
      )
    : (unreadable('unreadable-list', value) ?? []);

/**
 * A list that is joined with a second list of details: by id, or by index if the details have no id. Entries without an id
 * are left out. An empty list needs no details.
 */
const withDetails = <Entry, Details extends object, Result>(
  key: string,
  entry: z.core.$ZodType<Entry>,
  details: z.core.$ZodType<Details | null>,
  idOf: (entry: Entry) => string,
  join: (entry: Entry, details: Details | null) => Result,
) => {
  const detailsKey = `${key}Info`;
  const read = (object: FreeFormObject): readonly Result[] => {
    const entries = readEntries(entry, object[key]);
    const allDetails = readEntries(details, object[detailsKey]);
    return entries.flatMap((one, index) => {
      if (one === null) return [];
      const id = idOf(one);
      const atIndex = allDetails[index] ?? null;
      const found =
        allDetails.find((candidate) => candidate !== null && referencedId(candidate) === id) ??
        (atIndex !== null && referencedId(atIndex) === null ? atIndex : null);
      return [join(one, found)];
    });
  };
  return joined([key, detailsKey], nesting(z.object({ entry, details }), read), (object) => {
    if (!Object.hasOwn(object, key)) return false;
    const entries = object[key];
    const isEmpty = !Array.isArray(entries) || entries.length === 0;
    return isEmpty || Object.hasOwn(object, detailsKey);
  });
};

const application = objectOf({
  applicationId: renamed('winApplicationId', itemId),
  /** The API's own value. Known ones: `forceInstall`, `available`. */
  action: lenientString,
  configuration: freeFormObject,
});

const script = objectOf({
  scriptId: renamed('id', itemId),
  /** The API's own value. Known ones: `once`, `loop`, `onDemand`. */
  type: lenientString,
  name: lenientString,
  description: lenientString,
  runner: lenientString,
  arguments: lenientString,
  argumentsProcessed: lenientString,
  /** The unit is not documented. */
  loopTime: lenientInteger,
  resetDate: lenientTimestamp,
});

const asset = objectOf({
  assetId: renamed('mdmAssetId', itemId),
  location: lenientString,
  name: renamed('assetName', lenientString),
  /** The API's own value. Known ones: `user`, `system`, `all-users`. */
  scope: lenientString,
});

/** The details of a settings template. The list of the policy's templates holds ids only. */
const admxConfigInfo = z.object({
  id: reference,
  appName: lenientString,
  settingType: lenientString,
  fileName: lenientString,
  description: lenientString,
});

const agentConfiguration = z.object({
  enabled: lenientBoolean,
  buildTag: lenientString,
  allowLocation: lenientBoolean,
  allowNetworkStatus: lenientBoolean,
  allowPackageTime: lenientBoolean,
  allowPackageTransfer: lenientBoolean,
});

const ownPolicyFields = {
  config: freeFormObject,
  applications: withDetails(
    'applications',
    application,
    freeFormObject,
    ({ applicationId }) => applicationId,
    (application, info) => ({ ...application, info }),
  ),
  scripts: withDetails(
    'scripts',
    script,
    freeFormObject,
    ({ scriptId }) => scriptId,
    (script, info) => ({ ...script, info }),
  ),
  admxConfigs: withDetails(
    'admxConfigs',
    objectOf({ admxConfigId: renamed('winAdmxConfigId', itemId) }),
    admxConfigInfo,
    ({ admxConfigId }) => admxConfigId,
    ({ admxConfigId }, info) => ({
      appName: info?.appName ?? null,
      settingType: info?.settingType ?? null,
      fileName: info?.fileName ?? null,
      description: info?.description ?? null,
      admxConfigId,
    }),
  ),
  assets: withDetails(
    'assets',
    asset,
    freeFormObject,
    ({ assetId }) => assetId,
    (asset, info) => ({ ...asset, info }),
  ),
  agentConfiguration: lenientObject(agentConfiguration),
};

/** A Windows policy. The older "Create winEnrollmentToken" page prints it inside a token (CONTRACT 5.1). */
export const windowsPolicyFields = {
  ...policyFields({ organizationId: 'organizationId', enterpriseId: 'winEnterpriseId' }),
  ...ownPolicyFields,
};

export type WindowsPolicy = Policy & Readonly<z.output<z.ZodObject<typeof ownPolicyFields>>>;
