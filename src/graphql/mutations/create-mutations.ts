import { countReadBackPages } from '../../creation/bulk-results.ts';
import { maxAddresses } from '../input-limits.ts';
import type { PriceBounds } from '../pricing/price.ts';
import { organizationCalls } from '../queries/organization-argument.ts';
import type { SchemaParts } from '../schema-parts.ts';
import { runAudited } from './audit.ts';
import { bulkCreate } from './bulk-create.ts';
import { createResolver, type PlatformCreates } from './create-resolver.ts';
import { policyLookupCalls } from './missing-references.ts';
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
  /** The lookups of a dry run, which also explain a refusal. */
  const referenceCalls = (
    input: {
      readonly organizationId?: string | null | undefined;
      readonly policyAssignments?: readonly unknown[] | null | undefined;
    },
    bounds: PriceBounds,
  ) => ({
    ...organizationCalls(input.organizationId),
    ...policyLookupCalls(
      creates.platform,
      input.organizationId ?? '',
      input.policyAssignments,
      bounds,
    ),
  });
  builder.mutationFields((t) => ({
    [`create${title}EnrollmentToken`]: t.field({
      type: payload,
      description: `Creates one ${title} enrollment token for one user. One upstream call. A call with an idempotencyKey is safe to repeat.`,
      args: {
        input: t.arg({ type: inputs.single, required: true, description: 'The token to create.' }),
      },
      extensions: {
        price: ({ args: { input }, bounds }) => {
          const once = referenceCalls(input, bounds);
          // The write, and the lookup of the user, which also explains a refusal. A lost answer takes one read instead.
          return input.validateOnly
            ? { calls: 1, objects: 0, once }
            : { calls: 2, objects: 1, once };
        },
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
      extensions: {
        // More addresses than one create accepts are a fault of its input, and not an operation that is too large.
        countIds: ({ input }) => Math.min(input.userEmails.length, maxAddresses),
        price: ({ args: { input }, selected, bounds }) => {
          const once = referenceCalls(input, bounds);
          if (input.validateOnly) return { calls: 0, objects: 0, once };
          const addresses = input.userEmails.length;
          const writes = Math.ceil(addresses / bounds.bulkChunkSize);
          const reads = selected.has('results')
            ? countReadBackPages(addresses, bounds.maxLimit)
            : 0;
          return { calls: writes + reads, objects: addresses, once };
        },
      },
      resolve: (_root, { input }, context, info) =>
        runAudited(context, info.fieldName, input, (reportOrganization) =>
          createMany(context, input, info, reportOrganization),
        ),
    }),
  }));
};
