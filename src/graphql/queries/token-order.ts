import type { SortDirection } from '../../domain/list.ts';
import type { TokenOrderField } from '../../domain/token.ts';
import type { KeyComparison } from '../../paging/types.ts';
import type { SchemaParts } from '../schema-parts.ts';

/** EnrollmentTokenOrder as GraphQL passes it to the resolver. */
export interface TokenOrderInput {
  readonly field: TokenOrderField;
  readonly direction: SortDirection;
}

/** How the values of each field compare. */
export const comparisons: Readonly<Record<TokenOrderField, KeyComparison>> = {
  createdAt: 'time',
  updatedAt: 'time',
  expiresAt: 'time-or-null',
  displayName: 'name',
  state: 'name',
};

/** Adds EnrollmentTokenOrder. */
export const defineTokenOrder = ({ builder }: SchemaParts) => {
  const field = builder.enumType('EnrollmentTokenOrderField', {
    description:
      'The values that tokens can be ordered by. Nulls are where the REST API sorts them: first if ascending, last if descending. CREATED_AT never changes, so paging by it is exact. By the others, a token whose value changes while you page can be missed or returned twice.',
    values: {
      CREATED_AT: { value: 'createdAt', description: 'The time of creation.' },
      UPDATED_AT: { value: 'updatedAt', description: 'The time of the last change.' },
      EXPIRES_AT: {
        value: 'expiresAt',
        description: 'The time after which the token cannot be used.',
      },
      DISPLAY_NAME: {
        value: 'displayName',
        description:
          "The display name: within a platform in the REST API's collation, between platforms by code point. Best effort.",
      },
      STATE: {
        value: 'state',
        description:
          'The state by the name that the REST API gives it: DELETED, DONE, EXPIRED, PENDING. Best effort, like DISPLAY_NAME: if one answer of the REST API cannot hold all tokens of a state, they keep the order of the REST API. If it lists them in another order each time, tokens are missed or returned twice. A page can then take several calls for each platform. The filter states shows the tokens of one state in an exact order.',
      },
    } as const,
  });
  const direction = builder.enumType('MdmOrderDirection', {
    description: 'The direction of the order.',
    values: {
      ASC: { value: 'ascending', description: 'Smallest or oldest first.' },
      DESC: { value: 'descending', description: 'Largest or newest first.' },
    } as const,
  });
  return builder.inputType('EnrollmentTokenOrder', {
    description:
      'The order of tokens. Tokens with equal values are ordered by platform, then by id.',
    fields: (t) => ({
      field: t.field({
        type: field,
        required: true,
        defaultValue: 'createdAt',
        description: 'The value to order by.',
      }),
      direction: t.field({
        type: direction,
        required: true,
        defaultValue: 'descending',
        description: 'The direction of the order.',
      }),
    }),
  });
};
