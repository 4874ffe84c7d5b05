import { countReadBackPages } from '../../creation/bulk-results.ts';
import { inputLimits } from '../input-limits.ts';
import { namedSlugs } from '../queries/organization-argument.ts';
import type { SchemaParts } from '../schema-parts.ts';
import { selectedFields } from '../selection.ts';
import { runAudited } from './audit.ts';
import { createBulkResolver } from './bulk-create.ts';
import type { PlatformCreates } from './create-request.ts';
import { countReferenceLookups } from './missing-references.ts';
import { defineBulkPayload, defineCreateInputs, defineCreatePayload } from './mutation-types.ts';
import { createSingleResolver } from './single-create.ts';
import { writePrice } from './token-target.ts';

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
      extensions: {
        price: ({ args: { input }, bounds }) => ({
          ...(input.validateOnly
            ? { calls: countReferenceLookups(1, input.policyAssignments, bounds), objects: 0 }
            : writePrice),
          slugs: namedSlugs(input.organizationId),
        }),
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
      extensions: {
        // More addresses than one create accepts are a fault of its input, and not an operation that is too large.
        countIds: ({ input }) => Math.min(input.userEmails.length, inputLimits.addresses),
        price: ({ args: { input }, selected, bounds }) => {
          const slugs = namedSlugs(input.organizationId);
          if (input.validateOnly) {
            const calls = countReferenceLookups(0, input.policyAssignments, bounds);
            return { calls, objects: 0, slugs };
          }
          const addresses = input.userEmails.length;
          const writes = Math.ceil(addresses / bounds.bulkChunkSize);
          const reads = selected.has('results')
            ? countReadBackPages(addresses, bounds.maxLimit)
            : 0;
          return { calls: writes + reads, objects: addresses, slugs };
        },
      },
      resolve: (_root, { input }, context, info) =>
        runAudited(context, info.fieldName, input, (reportOrganization) =>
          createMany(context, input, reportOrganization, selectedFields(info).has('results')),
        ),
    }),
  }));
};
