import type { Change, ChangeKind } from '../../changes/types.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import { countScanCalls } from '../../paging/page-filling.ts';
import { primeEmbeddedPolicies } from '../embedded-policies.ts';
import type { PriceQuestion } from '../pricing/price.ts';
import {
  organizationArgument,
  organizationCalls,
  resolveOrganization,
} from '../queries/organization-argument.ts';
import { checkFilterOrganization } from '../queries/token-filter-input.ts';
import type { SchemaParts } from '../schema-parts.ts';
import {
  type ChangesFilterInput,
  defineChangesFilter,
  readChangesFilter,
} from './changes-filter.ts';

interface TokenChangesArguments {
  readonly organizationId?: string | null | undefined;
  readonly filter?: ChangesFilterInput | null | undefined;
  readonly after?: string | null | undefined;
}

const kindValues = {
  CREATED: { description: 'The token is new.' },
  UPDATED: {
    description: 'Something about the token is different: for example, a device enrolled with it.',
  },
  REVOKED: { description: 'The token was revoked.' },
} as const satisfies Record<ChangeKind, object>;

/**
 * The price of a subscription: the calls that its start can cause, and the lookups for one event. With `after`, what changed
 * since is read. Without it, the first subscriber reads one page of each list.
 */
const price = ({ args, bounds }: PriceQuestion<TokenChangesArguments>) => ({
  calls: bounds.platforms + (args.after == null ? 0 : countScanCalls(bounds)),
  objects: 1,
  once: organizationCalls(args.organizationId),
});

/** Adds Subscription.enrollmentTokenChanges. */
export const defineTokenChanges = (parts: SchemaParts): void => {
  const { builder, refs, entities } = parts;
  const kind = builder.enumType('EnrollmentTokenChangeKind', {
    description: 'What happened to a token.',
    values: kindValues,
  });
  const change = builder.objectRef<Change<EnrollmentToken>>('EnrollmentTokenChange').implement({
    description: 'One change of an enrollment token.',
    fields: (t) => ({
      cursor: t.exposeString('cursor', {
        description:
          'The position of the change. As after of a new subscription it continues behind this change, on any replica and after any pause. It is opaque and grants no access.',
      }),
      kind: t.field({
        type: kind,
        description: 'What happened.',
        resolve: (it) => it.kind,
      }),
      token: t.field({
        type: refs.token,
        description:
          'The token as it is after the change. Its fields cost what they cost elsewhere, for one token and each change.',
        resolve: ({ node }) => node,
      }),
    }),
  });
  const filterType = defineChangesFilter(parts);

  builder.subscriptionFields((t) => ({
    enrollmentTokenChanges: t.field({
      type: change,
      description:
        'Every token that is created, changed or revoked, from now on or, with after, from an earlier change on. Each changed token is delivered at least once, with its last state last. All subscriptions of one credential to an organization share the calls that read its lists. Selected fields that need a lookup take calls for each change.',
      args: {
        organizationId: t.arg.id(organizationArgument),
        filter: t.arg({
          type: filterType,
          description: 'Only changes of tokens that meet all of these conditions.',
        }),
        after: t.arg.string({
          description:
            'The cursor of an earlier change of the same organization. What changed since comes first. If too much has changed, the error BAD_CURSOR has the reason TOO_OLD: read the list anew. Default: changes from now on.',
        }),
      },
      extensions: {
        countIds: ({ filter }) => filter?.ids?.length ?? 0,
        price,
      },
      subscribe: async (_root, { organizationId: name, filter: given, after }, context) => {
        const filter = readChangesFilter(entities, given);
        const organizationId = await resolveOrganization(context, name);
        checkFilterOrganization(filter, organizationId);
        return context.followTokens(organizationId, {
          after: after ?? null,
          matches: filter.matches,
        });
      },
      resolve: (it, _args, context) => {
        primeEmbeddedPolicies(context, it.node);
        return it;
      },
    }),
  }));
};
