import { malformedError } from '../../creation/bulk-creation.ts';
import type { BulkResult } from '../../creation/bulk-results.ts';
import { distinctAddresses, type EmailAddress } from '../../creation/email-addresses.ts';
import { GatewayError, OutcomeUnknownError } from '../../domain/errors.ts';
import { toUserErrors, type UserError } from '../user-errors.ts';
import type { BulkCreatePayload } from './mutation-types.ts';

const resultOf = (address: EmailAddress, refusal: GatewayError | null): BulkResult => {
  const { email, isWellFormed } = address;
  if (!isWellFormed) {
    return { email, outcome: 'FAILED', token: null, error: malformedError([address]) };
  }
  // Another call with the same key may be sending it.
  const outcome = refusal instanceof OutcomeUnknownError ? 'UNKNOWN' : 'NOT_ATTEMPTED';
  return { email, outcome, token: null, error: refusal };
};

/**
 * The answer of a bulk create that sent nothing: with validateOnly, or because all of it was refused, which `refusal`
 * then tells for each address, and `userErrors` for the whole.
 */
export const unsentBulk = (
  emails: readonly string[],
  userErrors: readonly UserError[],
  refusal: unknown = null,
): BulkCreatePayload => {
  const addresses = distinctAddresses(emails);
  const malformed = addresses.filter(({ isWellFormed }) => !isWellFormed);
  const reason = refusal instanceof GatewayError ? refusal : null;
  return {
    total: addresses.length,
    success: 0,
    fail: malformed.length,
    results: addresses.map((address) => resultOf(address, reason)),
    userErrors: [...toUserErrors(malformedError(malformed)), ...userErrors],
    replayed: false,
  };
};
