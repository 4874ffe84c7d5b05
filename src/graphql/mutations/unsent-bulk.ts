import { malformedError } from '../../creation/bulk-creation.ts';
import type { BulkResult } from '../../creation/bulk-results.ts';
import { distinctAddresses, type EmailAddress } from '../../creation/email-addresses.ts';
import { GatewayError, OutcomeUnknownError } from '../../domain/errors.ts';
import { toUserErrors, type UserError } from '../user-errors.ts';
import type { BulkCreatePayload } from './mutation-types.ts';

const toUnsentResult = (address: EmailAddress, failure: GatewayError | null): BulkResult => {
  const { email, isWellFormed } = address;
  if (!isWellFormed) {
    return { email, outcome: 'FAILED', token: null, error: malformedError([address]) };
  }
  // Another call with the same idempotency key may be sending it.
  const outcome = failure instanceof OutcomeUnknownError ? 'UNKNOWN' : 'NOT_ATTEMPTED';
  return { email, outcome, token: null, error: failure };
};

/**
 * Creates the payload of a bulk create that sent nothing: with validateOnly, or after a failure. `userErrors` describe the
 * whole call; `failure` becomes the error of each address.
 */
export const createUnsentPayload = (
  emails: readonly string[],
  userErrors: readonly UserError[],
  failure: unknown = null,
): BulkCreatePayload => {
  const addresses = distinctAddresses(emails);
  const malformed = addresses.filter(({ isWellFormed }) => !isWellFormed);
  const reason = failure instanceof GatewayError ? failure : null;
  return {
    total: addresses.length,
    success: 0,
    fail: malformed.length,
    results: addresses.map((address) => toUnsentResult(address, reason)),
    userErrors: [...toUserErrors(malformedError(malformed)), ...userErrors],
    replayed: false,
  };
};
