import type { Policy, PolicyAssignment } from '../../domain/policy.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { GatewayContext } from '../context.ts';
import { definePolicyEntity } from '../federation/federation.ts';
import { nullWhereMissing } from '../missing-lookup.ts';
import type { TokenConnection } from '../queries/enrollment-tokens.ts';
import type { SchemaParts } from '../schema-parts.ts';
import { selectedFields } from '../selection.ts';

/** Answered from the id alone, or by calls of their own. */
const knownOfEveryPolicy = new Set([
  '__typename',
  'id',
  'sourceId',
  'organizationId',
  'platform',
  'enrollmentTokens',
]);

/** A policy of which only the embedded fields will be asked. */
const embeddedPolicy = (
  token: EnrollmentToken,
  { policyId, embeddedFields: known }: PolicyAssignment,
): Policy => ({
  name: null,
  version: null,
  createdAt: null,
  updatedAt: null,
  enterpriseId: null,
  ...known,
  platform: token.platform,
  organizationId: token.organizationId,
  sourceId: policyId,
});

/** The assigned policy: at once from what the token embeds where that holds all that is selected, else by one lookup. */
const resolvePolicy = (
  context: GatewayContext,
  token: EnrollmentToken,
  assignment: PolicyAssignment,
  selected: ReadonlySet<string>,
): Policy | null | Promise<Policy | null> => {
  const { embeddedFields: known, policyId } = assignment;
  const embedded = Object.keys(known).length > 0;
  if (embedded && [...selected].every((name) => name in known || knownOfEveryPolicy.has(name))) {
    context.operation.onSaved?.('embedded', 1);
    return embeddedPolicy(token, assignment);
  }
  const { platform, organizationId } = token;
  return nullWhereMissing(
    context,
    'policy',
    context.loaders.policy.load({ platform, organizationId, id: policyId }),
  );
};

/** Adds MdmPolicy and MdmPolicyAssignment. */
export const definePolicy = (parts: SchemaParts, tokenConnection: TokenConnection): void => {
  const { builder, refs, platforms } = parts;
  definePolicyEntity(parts, refs.policy);
  const typeNames = new Map(platforms.map(({ key, policyType }) => [key, policyType]));
  refs.policy.implement({
    description: 'A set of settings that a platform applies to a device.',
    interfaces: [builder.nodeInterfaceRef()],
    resolveType: ({ platform }) => typeNames.get(platform),
    fields: (t) => ({
      sourceId: t.exposeID('sourceId', { description: 'The id in the REST API.' }),
      organizationId: t.exposeID('organizationId', {
        description: "The organization's 24-digit id.",
      }),
      platform: t.field({
        type: refs.platform,
        description: 'The one platform it belongs to.',
        resolve: ({ platform }) => platform,
      }),
      name: t.exposeString('name', { nullable: true, description: 'What people call it.' }),
      version: t.exposeInt('version', {
        nullable: true,
        description: 'Counts its changes.',
      }),
      createdAt: t.expose('createdAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was created.',
      }),
      updatedAt: t.expose('updatedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it last changed.',
      }),
      enrollmentTokens: t.field({
        type: refs.tokenConnection,
        description:
          'The tokens that assign it. One upstream call a page: the API filters by policy.',
        args: tokenConnection.args,
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
        description:
          '0 to 10000; the lowest wins. Null for a legacy single policy, and where the API gives no number.',
        resolve: ({ assignment }) => assignment.priority,
      }),
      policySourceId: t.id({
        description:
          "The policy's id in the REST API: known even where the policy itself cannot be read.",
        resolve: ({ assignment }) => assignment.policyId,
      }),
      policy: t.field({
        type: refs.policy,
        nullable: true,
        description:
          'Null where the policy no longer exists or the caller may not read it. No upstream call where the token embeds what is selected.',
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
