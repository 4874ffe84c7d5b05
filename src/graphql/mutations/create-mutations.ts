import { maxAddresses } from '../input-limits.ts';
import type { SchemaParts } from '../schema-parts.ts';
import { runAudited } from './audit.ts';
import { bulkCreate } from './bulk-create.ts';
import { createResolver, type PlatformCreates } from './create-resolver.ts';
import { defineBulkPayload, defineCreateInputs, defineCreatePayload } from './mutation-types.ts';
import { singleCreate } from './single-create.ts';

/** Adds one platform's create mutations. */
export const defineCreateMutations = (parts: SchemaParts, creates: PlatformCreates): void => {
  const { builder, entities } = parts;
  const { title } = creates;
  const inputs = defineCreateInputs(parts, title, creates.extraFields);
  const payload = defineCreatePayload(parts, title, creates.token);
  const bulkPayload = defineBulkPayload(parts, title);
  const createOne = createResolver(entities, creates, singleCreate);
  const createMany = createResolver(entities, creates, bulkCreate);
  builder.mutationFields((t) => ({
    [`create${title}EnrollmentToken`]: t.field({
      type: payload,
      description: `Creates one ${title} enrollment token for one user. One upstream call. A call with an idempotencyKey is safe to repeat.`,
      args: {
        input: t.arg({ type: inputs.single, required: true, description: 'The token to create.' }),
      },
      resolve: (_root, { input }, context, info) =>
        runAudited(context, info.fieldName, input, (reportOrganization) =>
          createOne(context, input, info, reportOrganization),
        ),
    }),
    [`bulkCreate${title}EnrollmentTokens`]: t.field({
      type: bulkPayload,
      description: `Creates one ${title} enrollment token for each of up to ${maxAddresses} users. One upstream call for each BULK_CHUNK_SIZE addresses, one after the other. A call with an idempotencyKey is safe to repeat.`,
      args: {
        input: t.arg({ type: inputs.bulk, required: true, description: 'The tokens to create.' }),
      },
      resolve: (_root, { input }, context, info) =>
        runAudited(context, info.fieldName, input, (reportOrganization) =>
          createMany(context, input, info, reportOrganization),
        ),
    }),
  }));
};
