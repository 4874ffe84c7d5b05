import { z } from 'zod';
import type { BulkCounts } from '../../domain/creation-record.ts';
import { ContractBrokenError } from '../../domain/errors.ts';

/** Documented as floats; a count is whole all the same. */
const count = z.number().nonnegative().transform(Math.round).nullable().catch(null);

const countsWire = z.object({ total: count, success: count, fail: count });

/** An answer that lists the tokens it made, bare or wrapped: not documented, but another API of the vendor has it. */
const tokensWire = z.union([
  z.array(z.unknown()),
  z.object({ items: z.array(z.unknown()) }).transform(({ items }) => items),
]);

const createdTokens = (data: unknown): number | null => {
  const tokens = tokensWire.safeParse(data);
  return tokens.success ? tokens.data.length : null;
};

/**
 * The counts of a bulk create's answer; `asked` is how many addresses were sent. What one count leaves out follows from
 * the others. Throws ContractBrokenError where neither successes nor failures are told: what happened is unknown then,
 * and any number would be made up.
 */
export const readBulkCounts = (data: unknown, asked: number): BulkCounts => {
  const parsed = countsWire.safeParse(data);
  const sent = parsed.success ? parsed.data : { total: null, success: null, fail: null };
  const success = sent.success ?? createdTokens(data);
  if (success === null && sent.fail === null) {
    throw new ContractBrokenError(
      'The REST API answered a bulk creation without saying how many tokens it made: look before trying again.',
    );
  }
  const total = sent.total ?? asked;
  return {
    total,
    success: success ?? Math.max(total - (sent.fail ?? 0), 0),
    fail: sent.fail ?? Math.max(total - (success ?? 0), 0),
  };
};
