import {
  type FieldPresence,
  sent,
  sentWithDetails,
} from '../../applivery/fields/embedded-object.ts';
import { shapeOf } from '../../applivery/fields/shape.ts';
import type { PolicyReader } from '../../applivery/platform/policy-assignments.ts';
import { organizationOf } from '../../applivery/platform/token-reader.ts';
import { referencedId } from '../../applivery/platform/token-wire.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import { toPolicyId } from '../../domain/policy.ts';
import { type WindowsPolicy, windowsKey } from './token.ts';
import { type WindowsPolicyWire, windowsPolicyWire } from './wire.ts';

/** Joins a list with the one that says more of its entries: by id, or by place where that one's entry has no id. */
const withDetails = <Entry, Details extends object, Result>(
  entries: readonly (Entry | null)[],
  details: readonly (Details | null)[],
  idOf: (entry: Entry) => string,
  join: (entry: Entry, details: Details | null) => Result,
): readonly Result[] =>
  entries.flatMap((entry, place) => {
    if (entry === null) return [];
    const id = idOf(entry);
    const inPlace = details[place] ?? null;
    const found =
      details.find((candidate) => candidate !== null && referencedId(candidate) === id) ??
      (inPlace !== null && referencedId(inPlace) === null ? inPlace : null);
    return [join(entry, found)];
  });

/** The domain's policy; `asked` is the organization that answers where the policy names none. */
export const toWindowsPolicy = (asked: OrganizationId, wire: WindowsPolicyWire): WindowsPolicy => ({
  platform: windowsKey,
  organizationId: organizationOf(wire.organizationId, asked),
  sourceId: toPolicyId(wire.id),
  name: wire.name,
  version: wire.version,
  createdAt: wire.createdAt,
  updatedAt: wire.updatedAt,
  enterpriseId: wire.winEnterpriseId,
  config: wire.config,
  applications: withDetails(
    wire.applications,
    wire.applicationsInfo,
    ({ winApplicationId }) => winApplicationId,
    ({ winApplicationId, ...application }, info) => ({
      applicationId: winApplicationId,
      ...application,
      info,
    }),
  ),
  scripts: withDetails(
    wire.scripts,
    wire.scriptsInfo,
    ({ id }) => id,
    (script, info) => ({ ...script, info }),
  ),
  admxConfigs: withDetails(
    wire.admxConfigs,
    wire.admxConfigsInfo,
    ({ winAdmxConfigId }) => winAdmxConfigId,
    ({ winAdmxConfigId }, info) => ({
      appName: info?.appName ?? null,
      settingType: info?.settingType ?? null,
      fileName: info?.fileName ?? null,
      description: info?.description ?? null,
      id: winAdmxConfigId,
    }),
  ),
  assets: withDetails(
    wire.assets,
    wire.assetsInfo,
    ({ mdmAssetId }) => mdmAssetId,
    ({ mdmAssetId, location, assetName, scope }, info) => ({
      assetId: mdmAssetId,
      location,
      name: assetName,
      scope,
      info,
    }),
  ),
  agentConfiguration: wire.agentConfiguration,
});

/**
 * An embedded policy is whole with these keys: the documents' own whole one has them all. The `…Info` lists are asked
 * for only where there is something for them to tell of; the organization follows from the token's.
 */
const presence: FieldPresence<WindowsPolicy> = {
  platform: sent('id'),
  organizationId: sent('id'),
  sourceId: sent('id'),
  name: sent('name'),
  version: sent('version'),
  createdAt: sent('createdAt'),
  updatedAt: sent('updatedAt'),
  enterpriseId: sent('winEnterpriseId'),
  config: sent('config'),
  applications: sentWithDetails('applications', 'applicationsInfo'),
  scripts: sentWithDetails('scripts', 'scriptsInfo'),
  admxConfigs: sentWithDetails('admxConfigs', 'admxConfigsInfo'),
  assets: sentWithDetails('assets', 'assetsInfo'),
  agentConfiguration: sent('agentConfiguration'),
};

export const windowsPolicyReader: PolicyReader<WindowsPolicy> = {
  read: (organizationId, object) => {
    const parsed = windowsPolicyWire.safeParse(object);
    return parsed.success ? toWindowsPolicy(organizationId, parsed.data) : null;
  },
  presence,
};

/** Changes with the fields of a policy: cached ones of another shape are not found. */
export const windowsPolicyShape = shapeOf(windowsPolicyWire, Object.keys(presence));
