import { malformedError } from '../../creation/bulk-creation.ts';
import { type BulkResult, countResults, readBulkResults } from '../../creation/bulk-results.ts';
import { distinctAddresses, type EmailAddress } from '../../creation/email-addresses.ts';
import { GatewayError, OutcomeUnknownError } from '../../domain/errors.ts';
import { afterWrite, withCause } from '../../domain/operation.ts';
import { selectedFields } from '../selection.ts';
import { toUserErrors } from '../user-errors.ts';
import { addressesTarget } from './create-input.ts';
import type { CreateKind } from './create-resolver.ts';
import { explainFailedChunks } from './missing-references.ts';
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

/** The addresses of a bulk create. */
interface Addresses {
  readonly userId: null;
  readonly userEmails: readonly string[];
}

/** Creates of one token for each of many addresses. */
export const bulkCreate: CreateKind<Addresses, BulkCreatePayload> = {
  verb: 'bulkCreate',
  targetInput: addressesTarget,
  create: async ({ context, info, platform, key, target, sent, references }) => {
    const { operation, creations, limits } = context;
    const { organizationId, draft } = sent;
    const bulk = await creations.bulkCreateOnce({
      key,
      input: draft,
      emails: target.userEmails,
      chunkSize: creations.bulkChunkSize,
      signal: creations.bulkSignal(operation),
      send: (emails) =>
        platform.bulkCreateTokens(withCause(operation, 'write'), organizationId, emails, draft),
    });
    const results = selectedFields(info).has('results')
      ? await readBulkResults(
          platform,
          afterWrite(operation),
          { ...sent, maxLimit: limits.maxLimit },
          bulk,
        )
      : null;
    const { total, success, fail } = results === null ? bulk : countResults(results);
    return {
      total,
      success,
      fail,
      results: results ?? [],
      userErrors: await explainFailedChunks(context, references, bulk.errors),
      replayed: bulk.replayed,
    };
  },
  toFailedPayload: (userErrors, target, failure) => {
    const addresses = distinctAddresses(target?.userEmails ?? []);
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
  },
};
