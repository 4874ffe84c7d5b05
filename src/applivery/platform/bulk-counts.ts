import { z } from 'zod';
import type { BulkCounts } from '../../domain/creation-record.ts';
import { ContractBrokenError } from '../../domain/errors.ts';

/** Documented as floats, and rounded here. */
const count = z.number().nonnegative().transform(Math.round).nullable().catch(null);

const countsWire = z.object({ total: count, success: count, fail: count });

/** The list of the created tokens, bare or wrapped. It is not documented here; another API of the vendor answers so. */
const tokensWire = z.union([
  z.array(z.unknown()),
  z.object({ items: z.array(z.unknown()) }).transform(({ items }) => items),
]);

const createdTokens = (data: unknown): number | null => {
  const tokens = tokensWire.safeParse(data);
  return tokens.success ? tokens.data.length : null;
};

/**
 * Reads the counts of a bulk create's answer. `asked` is the number of addresses that were sent. A missing count is
 * computed from the others. Throws ContractBrokenError if the answer has neither a number of successes nor of failures,
 * since the outcome is unknown then.
 */
export const readBulkCounts = (data: unknown, asked: number): BulkCounts => {
  const parsed = countsWire.safeParse(data);
  const sent = parsed.success ? parsed.data : { total: null, success: null, fail: null };
  const success = sent.success ?? createdTokens(data);
  if (success === null && sent.fail === null) {
    throw new ContractBrokenError(
      'The REST API answered a bulk create without the number of created tokens. Check the tokens before you try again.',
    );
  }
  const total = sent.total ?? asked;
  return {
    total,
    success: success ?? Math.max(total - (sent.fail ?? 0), 0),
    fail: sent.fail ?? Math.max(total - (success ?? 0), 0),
  };
};
