import { malformedError } from '../tokens/bulk-creation.ts';
import { distinctAddresses } from '../tokens/email-addresses.ts';
import type { BulkCreatePayload } from './mutation-types.ts';
import { toUserErrors, type UserError } from './user-errors.ts';

/** What a bulk create would do: the answer to validateOnly. Nothing is sent. */
export const planBulk = (
  emails: readonly string[],
  missing: readonly UserError[],
): BulkCreatePayload => {
  const addresses = distinctAddresses(emails);
  const malformed = addresses.filter(({ isWellFormed }) => !isWellFormed);
  return {
    total: addresses.length,
    success: 0,
    fail: malformed.length,
    results: async () =>
      addresses.map((address) => ({
        email: address.email,
        outcome: address.isWellFormed ? 'NOT_ATTEMPTED' : 'FAILED',
        token: null,
        error: address.isWellFormed ? null : malformedError([address]),
      })),
    userErrors: [
      ...(malformed.length > 0 ? toUserErrors(malformedError(malformed)) : []),
      ...missing,
    ],
    replayed: false,
  };
};
