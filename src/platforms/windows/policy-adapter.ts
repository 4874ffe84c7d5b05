import {
  type FieldPresence,
  sent,
  sentWithDetails,
} from '../../applivery/fields/embedded-object.ts';
import { commonPolicyPresence, readPolicy } from '../../applivery/platform/policy-reader.ts';
import { referencedId } from '../../applivery/platform/token-wire.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import { type WindowsPolicy, windowsKey } from './token.ts';
import type { WindowsPolicyWire } from './wire.ts';

/** Joins a list with the list of its entries' details: by id, or by index if the details have no id. */
const withDetails = <Entry, Details extends object, Result>(
  entries: readonly (Entry | null)[],
  details: readonly (Details | null)[],
  idOf: (entry: Entry) => string,
  join: (entry: Entry, details: Details | null) => Result,
): readonly Result[] =>
  entries.flatMap((entry, index) => {
    if (entry === null) return [];
    const id = idOf(entry);
    const atIndex = details[index] ?? null;
    const found =
      details.find((candidate) => candidate !== null && referencedId(candidate) === id) ??
      (atIndex !== null && referencedId(atIndex) === null ? atIndex : null);
    return [join(entry, found)];
  });

/** Reads a policy. `asked` is its organization if the policy names none. */
export const toWindowsPolicy = (asked: OrganizationId, wire: WindowsPolicyWire): WindowsPolicy =>
  Object.assign(
    readPolicy(windowsKey, asked, wire, {
      organizationId: wire.organizationId,
      enterpriseId: wire.winEnterpriseId,
    }),
    {
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
    },
  );

/**
 * An embedded policy with all of these keys is complete: the whole policy of the documents has them all. The `…Info`
 * lists are required only if the lists that they describe have entries.
 */
export const windowsPolicyPresence: FieldPresence<WindowsPolicy> = {
  ...commonPolicyPresence('winEnterpriseId'),
  config: sent('config'),
  applications: sentWithDetails('applications', 'applicationsInfo'),
  scripts: sentWithDetails('scripts', 'scriptsInfo'),
  admxConfigs: sentWithDetails('admxConfigs', 'admxConfigsInfo'),
  assets: sentWithDetails('assets', 'assetsInfo'),
  agentConfiguration: sent('agentConfiguration'),
};
