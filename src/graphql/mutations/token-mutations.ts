import { countScanCalls } from '../../paging/page-filling.ts';
import { limitedInputs, limitOf } from '../input-limits.ts';
import type { SchemaParts } from '../schema-parts.ts';
import { selectedFields } from '../selection.ts';
import { runAudited } from './audit.ts';
import { policyLookupCalls } from './missing-references.ts';
import { sharedTokenFields, userErrorsDescription } from './mutation-types.ts';
import { revokeToken } from './token-revocation.ts';
import { idPath, readTarget, type TokenPayload, withUserErrors } from './token-target.ts';
import { createChangeSchemas, type UpdateField, updateToken } from './token-update.ts';

const tokenIdDescription = 'The id of an EnrollmentToken; not its id in the REST API.';

/** The payload of revokeEnrollmentToken. */
interface RevocationPayload extends TokenPayload {
  readonly revokedEnrollmentTokenId: string | null;
}

const definePayload = <Payload extends TokenPayload>(
  { builder, refs }: SchemaParts,
  name: string,
  description: string,
) =>
  builder.objectRef<Payload>(name).implement({
    description,
    fields: (t) => ({
      enrollmentToken: t.field({
        type: refs.token,
        nullable: true,
        description:
          'The token after the mutation. Null if userErrors gives a reason, and if the token was revoked and can no longer be read.',
        resolve: (payload) => payload.enrollmentToken,
      }),
      userErrors: t.field({
        type: [refs.userError],
        description: userErrorsDescription,
        resolve: (payload) => payload.userErrors,
      }),
    }),
  });

/** Adds updateEnrollmentToken and revokeEnrollmentToken, which are the same for all platforms. */
export const defineTokenMutations = (parts: SchemaParts): void => {
  const { builder, entities, refs } = parts;
  const changeSchemaOf = createChangeSchemas(entities);
  const updateInput = builder.inputType('UpdateEnrollmentTokenInput', {
    description:
      'The changes of a token. A field that is left out stays as it is. Null or an empty list clears a field. tags and policyAssignments are replaced as a whole, and giving policyAssignments drops a legacy single policy. The REST API has no versions: if two callers change a token, the last write wins.',
    fields: (t) =>
      ({
        id: t.id({ required: true, description: tokenIdDescription }),
        ...sharedTokenFields(t, refs),
        segmentId: t.int({
          description: `The segment of the token: ${limitOf(limitedInputs.segmentId)}; 0 and null mean the root segment.`,
        }),
      }) satisfies Record<UpdateField | 'id', unknown>,
  });
  const revokeInput = builder.inputType('RevokeEnrollmentTokenInput', {
    description: 'The token to revoke.',
    fields: (t) => ({
      id: t.id({ required: true, description: tokenIdDescription }),
    }),
  });
  const updatePayload = definePayload<TokenPayload>(
    parts,
    'UpdateEnrollmentTokenPayload',
    'The result of an update.',
  );
  const revokePayload = definePayload<RevocationPayload>(
    parts,
    'RevokeEnrollmentTokenPayload',
    'The result of revoking a token.',
  );
  builder.objectField(revokePayload, 'revokedEnrollmentTokenId', (t) =>
    t.id({
      nullable: true,
      description:
        'The id in the input if the token is revoked now, so that a client can drop it from its cache. Null if userErrors gives a reason. No upstream call.',
      resolve: (payload) => payload.revokedEnrollmentTokenId,
    }),
  );
  builder.mutationFields((t) => ({
    updateEnrollmentToken: t.field({
      type: updatePayload,
      description:
        'Changes a token that is not used yet. Two upstream calls: the gateway reads the token and sends it back with the changes.',
      args: {
        input: t.arg({ type: updateInput, required: true, description: 'The changes.' }),
      },
      extensions: {
        price: ({ args: { input }, bounds }) => {
          const { platform, organizationId } = entities.decodeKind('token', input.id, idPath);
          // If the API refuses the update, these lookups find the reason.
          const once = policyLookupCalls(platform, organizationId, input.policyAssignments, bounds);
          return { calls: 2, objects: 1, once };
        },
      },
      resolve: (_root, { input }, context, { fieldName }) =>
        runAudited(context, fieldName, {}, (reportOrganization) =>
          withUserErrors(async () => {
            const target = readTarget(context, entities, input.id, reportOrganization);
            return updateToken(context, changeSchemaOf, target, input);
          }),
        ),
    }),
    revokeEnrollmentToken: t.field({
      type: revokePayload,
      description:
        'Revokes a token: no device can enroll with it any more. Revoking it again succeeds. One upstream call, and another if enrollmentToken is selected.',
      args: {
        input: t.arg({ type: revokeInput, required: true, description: 'The token to revoke.' }),
      },
      extensions: {
        price: ({ args: { input }, bounds }) => {
          const { typename, organizationId } = entities.decodeKind('token', input.id, idPath);
          // All tokens of a list that are not found are searched for together.
          const once = { [`search ${typename} ${organizationId}`]: countScanCalls(bounds) };
          return { calls: 2, objects: 1, once };
        },
      },
      resolve: (_root, { input }, context, info) =>
        runAudited(context, info.fieldName, {}, async (reportOrganization) => {
          const payload = await withUserErrors(async () => {
            const target = readTarget(context, entities, input.id, reportOrganization);
            return revokeToken(context, target, selectedFields(info).has('enrollmentToken'));
          });
          const isRevoked = payload.userErrors.length === 0;
          return { ...payload, revokedEnrollmentTokenId: isRevoked ? input.id : null };
        }),
    }),
  }));
};
