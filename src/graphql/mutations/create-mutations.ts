import { inputLimits } from '../input-limits.ts';
import type { SchemaParts } from '../schema-parts.ts';
import { selectedFields } from '../selection.ts';
import { runAudited } from './audit.ts';
import { createBulkResolver } from './bulk-create.ts';
import type { PlatformCreates } from './create-request.ts';
import { defineBulkPayload, defineCreateInputs, defineCreatePayload } from './mutation-types.ts';
import { createSingleResolver } from './single-create.ts';

/** Adds one platform's create mutations. */
export const defineCreateMutations = (parts: SchemaParts, creates: PlatformCreates): void => {
  const { builder, entities } = parts;
  const { title } = creates;
  const inputs = defineCreateInputs(parts, title, creates.extraFields);
  const payload = defineCreatePayload(parts, title, creates.token);
  const bulkPayload = defineBulkPayload(parts, title);
  const createOne = createSingleResolver(entities, creates);
  const createMany = createBulkResolver(entities, creates);
  builder.mutationFields((t) => ({
    [`create${title}EnrollmentToken`]: t.field({
      type: payload,
      description: `Creates one ${title} enrollment token for one user. One upstream call. A call with an idempotencyKey is safe to repeat.`,
      args: {
        input: t.arg({ type: inputs.single, required: true, description: 'The token to create.' }),
      },
      resolve: (_root, { input }, context, { fieldName }) =>
        runAudited(context, fieldName, input, (reportOrganization) =>
          createOne(context, input, reportOrganization),
        ),
    }),
    [`bulkCreate${title}EnrollmentTokens`]: t.field({
      type: bulkPayload,
      description: `Creates one ${title} enrollment token for each of up to ${inputLimits.addresses} users. One upstream call for each BULK_CHUNK_SIZE addresses, one after the other. A call with an idempotencyKey is safe to repeat.`,
      args: {
        input: t.arg({ type: inputs.bulk, required: true, description: 'The tokens to create.' }),
      },
      resolve: (_root, { input }, context, info) =>
        runAudited(context, info.fieldName, input, (reportOrganization) =>
          createMany(context, input, reportOrganization, selectedFields(info).has('results')),
        ),
    }),
  }));
};
