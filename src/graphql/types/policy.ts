import type { Policy, PolicyAssignment } from '../../domain/policy.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { GatewayContext } from '../context.ts';
import { limitedInputs, limitOf } from '../input-limits.ts';
import { countLookupCalls, type FieldPrice } from '../pricing/price.ts';
import type { TokenConnection } from '../queries/enrollment-tokens.ts';
import type { SchemaParts } from '../schema-parts.ts';
import { selectedFields } from '../selection.ts';
import { nullIfMissing } from './missing-lookup.ts';
import { createdAtOptions, updatedAtOptions } from './timestamps.ts';

/** The fields that need no lookup of the policy: they come from the id, or take upstream calls of their own. */
const fieldsWithoutLookup: ReadonlySet<string> = new Set([
  '__typename',
  'id',
  'sourceId',
  'organizationId',
  'platform',
  'enrollmentTokens',
]);

/** The policy of an assignment with the embedded fields only. The others are null and are not selected. */
const embeddedPolicy = (
  token: EnrollmentToken,
  { policyId, embeddedFields }: PolicyAssignment,
): Policy => ({
  name: null,
  version: null,
  createdAt: null,
  updatedAt: null,
  enterpriseId: null,
  ...embeddedFields,
  platform: token.platform,
  organizationId: token.organizationId,
  sourceId: policyId,
});

/** Resolves an assigned policy. If the token embeds all selected fields, no lookup is needed. */
const resolvePolicy = (
  context: GatewayContext,
  token: EnrollmentToken,
  assignment: PolicyAssignment,
  selected: ReadonlySet<string>,
): Policy | null | Promise<Policy | null> => {
  const { embeddedFields, policyId } = assignment;
  const embedded = Object.keys(embeddedFields).length > 0;
  if (
    embedded &&
    [...selected].every((name) => name in embeddedFields || fieldsWithoutLookup.has(name))
  ) {
    context.operation.onSaved?.('embedded', 1);
    return embeddedPolicy(token, assignment);
  }
  const { platform, organizationId } = token;
  return nullIfMissing(
    context,
    'policy',
    context.loaders.policy.load({ platform, organizationId, id: policyId }),
  );
};

/** The price of an assigned policy. The policies of each platform are looked up by themselves. */
const policyPrice: FieldPrice = ({ objects, selected, bounds }) => {
  const isKnown = [...selected].every((name) => fieldsWithoutLookup.has(name));
  const calls = bounds.platforms * countLookupCalls('policy', objects, bounds);
  return { calls: isKnown ? 0 : Math.min(objects, calls), objects };
};

/** Adds MdmPolicy and MdmPolicyAssignment. */
export const definePolicy = (parts: SchemaParts, tokenConnection: TokenConnection): void => {
  const { builder, refs, platforms } = parts;
  const typeNames = new Map(platforms.map(({ key, policyType }) => [key, policyType]));
  refs.policy.implement({
    description: 'A set of settings that a platform applies to a device.',
    interfaces: [builder.nodeInterfaceRef()],
    directives: { key: { fields: 'id' } },
    resolveType: ({ platform }) => typeNames.get(platform),
    fields: (t) => ({
      sourceId: t.exposeID('sourceId', { description: 'The id in the REST API.' }),
      organizationId: t.exposeID('organizationId', {
        description: "The organization's 24-digit id.",
      }),
      platform: t.field({
        type: refs.platform,
        description: 'The platform of the policy.',
        resolve: ({ platform }) => platform,
      }),
      name: t.exposeString('name', { nullable: true, description: 'The name of the policy.' }),
      version: t.exposeInt('version', {
        nullable: true,
        description: 'A number that counts the changes of the policy.',
      }),
      createdAt: t.expose('createdAt', createdAtOptions),
      updatedAt: t.expose('updatedAt', updatedAtOptions),
      enrollmentTokens: t.field({
        type: refs.tokenConnection,
        description:
          'The tokens that assign the policy. One upstream call for each page: the REST API filters by policy.',
        args: tokenConnection.args,
        extensions: { price: tokenConnection.priceFor('policy') },
        resolve: (policy, args, context, info) =>
          tokenConnection.read(context, info, args, { of: 'policy', policy }),
      }),
    }),
  });

  refs.policyAssignment.implement({
    description: 'A policy that the device gets when it enrolls with the token.',
    fields: (t) => ({
      priority: t.int({
        nullable: true,
        description: `${limitOf(limitedInputs.priority)}; the lowest number wins. Null for a legacy single policy, and if the REST API gives no number.`,
        resolve: ({ assignment }) => assignment.priority,
      }),
      policySourceId: t.id({
        description:
          "The policy's id in the REST API. It is known even if the policy itself cannot be read.",
        resolve: ({ assignment }) => assignment.policyId,
      }),
      policy: t.field({
        type: refs.policy,
        nullable: true,
        description:
          'The assigned policy. Null if it no longer exists, or if the caller may not read it. No upstream call if the token embeds all selected fields.',
        extensions: { price: policyPrice },
        resolve: ({ token, assignment }, _args, context, info) =>
          resolvePolicy(
            context,
            token,
            assignment,
            selectedFields(info, typeNames.get(token.platform)),
          ),
      }),
    }),
  });
};
