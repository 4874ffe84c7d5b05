import type { SchemaParts } from '../schema-parts.ts';
import { selectedFields } from '../selection.ts';
import { audited } from './audit.ts';
import { revokeToken } from './token-revocation.ts';
import { settle, subjectOf, type TokenPayload } from './token-target.ts';
import { createChangeSchemas, updateToken } from './token-update.ts';

const definePayload = ({ builder, refs }: SchemaParts, name: string, description: string) =>
  builder.objectRef<TokenPayload>(name).implement({
    description,
    fields: (t) => ({
      enrollmentToken: t.field({
        type: refs.token,
        nullable: true,
        description:
          'The token as it is now; null where userErrors says why, and where it was revoked and cannot be read any more.',
        resolve: (payload) => payload.enrollmentToken,
      }),
      userErrors: t.field({
        type: [refs.userError],
        description: 'What went wrong, for the caller to act on; empty where all is well.',
        resolve: (payload) => payload.userErrors,
      }),
    }),
  });

/** Adds the mutations that are the same for every platform. */
export const defineTokenMutations = (parts: SchemaParts): void => {
  const { builder, entities, inputs } = parts;
  const changeSchemaOf = createChangeSchemas(entities);
  const updateInput = builder.inputType('UpdateEnrollmentTokenInput', {
    description:
      'What is left out stays as it is; null or an empty list clears; tags and policyAssignments are replaced whole, and giving policyAssignments drops a legacy single policy. The API has no versions: the last writer wins.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'An EnrollmentToken id.' }),
      displayName: t.string({ description: 'At most 128 characters.' }),
      tags: t.stringList({ description: 'At most 100, each of at most 128 characters.' }),
      policyAssignments: t.field({
        type: [inputs.policyAssignment],
        description: 'The policies that the device gets when it enrolls; at most 100.',
      }),
      segmentId: t.int({ description: '0 or more; 0 is the root segment, as is null.' }),
    }),
  });
  const revokeInput = builder.inputType('RevokeEnrollmentTokenInput', {
    description: 'Which token to revoke.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'An EnrollmentToken id.' }),
    }),
  });
  const updatePayload = definePayload(
    parts,
    'UpdateEnrollmentTokenPayload',
    'What became of the update.',
  );
  const revokePayload = definePayload(
    parts,
    'RevokeEnrollmentTokenPayload',
    'What became of the revocation.',
  );
  builder.mutationFields((t) => ({
    updateEnrollmentToken: t.field({
      type: updatePayload,
      description:
        'Changes a token that is not used yet. Two upstream calls: it reads the token and sends it back changed.',
      args: {
        input: t.arg({ type: updateInput, required: true, description: 'What to change.' }),
      },
      resolve: (_root, { input }, context, { fieldName }) =>
        audited(context, fieldName, {}, (note) =>
          settle(async () => {
            const subject = subjectOf(context, entities, input.id, note);
            return updateToken(context, changeSchemaOf, subject, input);
          }),
        ),
    }),
    revokeEnrollmentToken: t.field({
      type: revokePayload,
      description:
        'Revokes a token, so that no device can enroll with it; revoking it again is a success. One upstream call, and one more where the token is selected.',
      args: {
        input: t.arg({ type: revokeInput, required: true, description: 'Which token.' }),
      },
      resolve: (_root, { input }, context, info) =>
        audited(context, info.fieldName, {}, (note) =>
          settle(async () => {
            const subject = subjectOf(context, entities, input.id, note);
            return revokeToken(context, subject, selectedFields(info).has('enrollmentToken'));
          }),
        ),
    }),
  }));
};
