import type { BulkCounts } from '../domain/creation-record.ts';
import { CreationFailedError, GatewayError } from '../domain/errors.ts';
import type { Operation } from '../domain/operation.ts';
import type { Platform } from '../domain/platform.ts';
import type { EnrollmentToken } from '../domain/token.ts';
import { type BulkChunk, type BulkCreation, malformedError } from './bulk-creation.ts';
import { comparableEmail, type EmailAddress } from './email-addresses.ts';
import { findCandidates, readNewestTokens, type SentDraft } from './read-back.ts';

/** The outcome for one address of a bulk create. */
export interface BulkResult {
  readonly email: string;
  readonly outcome: 'CREATED' | 'FAILED' | 'UNKNOWN' | 'NOT_ATTEMPTED';
  /** Null unless the outcome is CREATED. Also null if the API counted a success, but the token was not identified. */
  readonly token: EnrollmentToken | null;
  readonly error: GatewayError | null;
}

/** The bulk create whose tokens are read back. `maxLimit` is the largest page that the API gives. */
interface SentBulk extends SentDraft {
  readonly maxLimit: number;
}

/** Most pages to read, so a replay long after the bulk create stays cheap. Addresses beyond them are UNKNOWN. */
const maxPages = 10;

/** The most pages that reading back the tokens of a bulk create takes, if the API applies the limit that it is asked for. */
export const countReadBackPages = (addresses: number, maxLimit: number): number =>
  Math.min(maxPages, 1 + Math.ceil(addresses / maxLimit));

/** Items to read beyond the expected ones, since other new tokens can be among them. They save a second call. */
const spareItems = 50;

type TokensByEmail = ReadonlyMap<string, readonly EnrollmentToken[]>;

interface NewTokens {
  readonly tokens: ReadonlyMap<string, EnrollmentToken>;
  /** Whether every token created since the first chunk was sent is among them. */
  readonly isComplete: boolean;
  /** The error that ended the reading early. */
  readonly error: GatewayError | null;
}

/** The outcome of a chunk's addresses by the API's counts. */
const verdictOfCounts = ({
  outcome,
  addresses,
}: BulkChunk): 'all-created' | 'none-created' | 'undecided' => {
  if (outcome.state !== 'answered') return 'undecided';
  const { success, fail } = outcome.counts;
  if (success === addresses.length && fail === 0) return 'all-created';
  return fail === addresses.length && success === 0 ? 'none-created' : 'undecided';
};

/** The tokens of a chunk by address: those created since the chunk was sent that equal the draft. */
const tokensOf = (chunk: BulkChunk, sent: SentBulk, read: NewTokens): TokensByEmail => {
  const { outcome, addresses } = chunk;
  const byEmail = new Map(
    addresses.map(({ email }) => [comparableEmail(email), [] as EnrollmentToken[]]),
  );
  if (outcome.state !== 'answered' && outcome.state !== 'unknown') return byEmail;
  for (const token of read.tokens.values()) {
    byEmail.get(comparableEmail(token.user?.embeddedFields.email ?? ''))?.push(token);
  }
  return new Map(
    [...byEmail].map(([email, tokens]) => [email, findCandidates(tokens, sent, outcome.sentAtMs)]),
  );
};

/** Whether further pages cannot change the results of a chunk. */
const isResolved = (chunk: BulkChunk, sent: SentBulk, read: NewTokens): boolean => {
  const { state } = chunk.outcome;
  const counts = verdictOfCounts(chunk);
  if (state === 'refused' || state === 'not-attempted' || counts === 'none-created') return true;
  // Only the complete list shows which addresses failed.
  if (state === 'answered' && counts === 'undecided') return false;
  return [...tokensOf(chunk, sent, read).values()].every((tokens) => tokens.length > 0);
};

const readNewTokens = async (
  platform: Pick<Platform, 'listTokens'>,
  operation: Operation,
  sent: SentBulk,
  chunks: readonly BulkChunk[],
): Promise<NewTokens> => {
  const times = chunks.flatMap(({ outcome }) => ('sentAtMs' in outcome ? [outcome.sentAtMs] : []));
  const sinceMs = Math.min(...times);
  const count = chunks.reduce((sum, { addresses }) => sum + addresses.length, 0);
  const limit = Math.min(sent.maxLimit, count + spareItems);
  const tokens = new Map<string, EnrollmentToken>();
  const end = (isWhole: boolean, error: GatewayError | null = null): NewTokens => ({
    tokens,
    isComplete: isWhole,
    error,
  });

  let isReadable = true;
  for (let page = 1; page <= maxPages; page += 1) {
    if (chunks.every((chunk) => isResolved(chunk, sent, end(false)))) return end(false);
    try {
      const read = await readNewestTokens(
        platform,
        operation,
        sent.organizationId,
        { page, limit },
        sinceMs,
      );
      isReadable = isReadable && read.isReadable;
      for (const token of read.tokens) tokens.set(token.sourceId, token);
      if (read.isLast) return end(isReadable);
    } catch (error) {
      if (error instanceof GatewayError) return end(false, error);
      throw error;
    }
  }
  return end(false);
};

const resultsOf = (chunk: BulkChunk, sent: SentBulk, read: NewTokens): BulkResult[] => {
  const { addresses, outcome } = chunk;
  const forEachAddress = (
    resultOf: (address: EmailAddress) => Omit<BulkResult, 'email'>,
  ): BulkResult[] => addresses.map((address) => ({ email: address.email, ...resultOf(address) }));
  if (outcome.state === 'refused' || outcome.state === 'not-attempted') {
    const failed = outcome.state === 'refused' ? 'FAILED' : 'NOT_ATTEMPTED';
    return forEachAddress(() => ({ outcome: failed, token: null, error: outcome.error }));
  }

  const byEmail = tokensOf(chunk, sent, read);
  const found = [...byEmail.values()];
  const counts = verdictOfCounts(chunk);
  const addsUp =
    read.isComplete &&
    outcome.state === 'answered' &&
    found.every((tokens) => tokens.length <= 1) &&
    outcome.counts.success === found.filter((tokens) => tokens.length === 1).length &&
    outcome.counts.success + outcome.counts.fail === addresses.length;

  return forEachAddress(({ email }) => {
    const [token = null, ...others] = byEmail.get(comparableEmail(email)) ?? [];
    const only = others.length === 0 ? token : null;
    if (counts === 'all-created' || (counts === 'undecided' && only !== null)) {
      return { outcome: 'CREATED', token: only, error: null };
    }
    if (counts === 'none-created' || (addsUp && token === null)) {
      const error = new CreationFailedError(
        'The API did not create a token for this address and does not say why. Check that it is the address of a user.',
      );
      return { outcome: 'FAILED', token: null, error };
    }
    return {
      outcome: 'UNKNOWN',
      token: null,
      error: outcome.state === 'unknown' ? outcome.error : read.error,
    };
  });
};

/**
 * Finds the outcome of each distinct address, in the order given. Reads the newest tokens of the organization page by
 * page, as far as needed: no upstream call if the counts decide everything, usually one, at most 10. If a read fails,
 * the addresses that it could have decided are UNKNOWN.
 */
export const readBulkResults = async (
  platform: Pick<Platform, 'listTokens'>,
  operation: Operation,
  sent: SentBulk,
  bulk: BulkCreation,
): Promise<readonly BulkResult[]> => {
  const read = await readNewTokens(platform, operation, sent, bulk.chunks);
  const byEmail = new Map(
    bulk.chunks
      .flatMap((chunk) => resultsOf(chunk, sent, read))
      .map((result) => [comparableEmail(result.email), result]),
  );
  return bulk.addresses.map(
    (address) =>
      byEmail.get(comparableEmail(address.email)) ?? {
        email: address.email,
        outcome: 'FAILED',
        token: null,
        error: malformedError([address]),
      },
  );
};

/** Counts results. If the answer to a chunk was lost, they say more than the API's own counts. */
export const countResults = (results: readonly BulkResult[]): BulkCounts => {
  const count = (outcome: BulkResult['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length;
  return { total: results.length, success: count('CREATED'), fail: count('FAILED') };
};
