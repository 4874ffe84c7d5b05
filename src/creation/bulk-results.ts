import type { BulkCounts } from '../domain/creation-record.ts';
import { CreationFailedError, GatewayError } from '../domain/errors.ts';
import { type Operation, withCause } from '../domain/operation.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Platform, TokenDraft } from '../domain/platform.ts';
import type { EnrollmentToken } from '../domain/token.ts';
import { type BulkChunk, type BulkCreation, malformedError } from './bulk-creation.ts';
import { comparableEmail, type EmailAddress } from './email-addresses.ts';
import { isNewSince, isOlderThan, latestOf, matchesDraft } from './read-back.ts';

/** What became of one address of a bulk create. */
export interface BulkResult {
  readonly email: string;
  readonly outcome: 'CREATED' | 'FAILED' | 'UNKNOWN' | 'NOT_ATTEMPTED';
  /** Null unless CREATED, and where the API counted a success whose token could not be told. */
  readonly token: EnrollmentToken | null;
  readonly error: GatewayError | null;
}

/** The bulk create whose tokens are looked for. */
export interface SentBulk {
  readonly organizationId: OrganizationId;
  readonly draft: TokenDraft;
  /** Compares the fields that only this platform's drafts have; true where left out. */
  readonly matchesPlatform?: (token: EnrollmentToken) => boolean;
  /** Largest page to ask the API for. */
  readonly maximumLimit: number;
}

/** Most pages read back, so that a replay long after the bulk stays cheap; what they do not show is UNKNOWN. */
const maximumPages = 10;

/** Other tokens expected among the new ones; a few more items cost less than another call. */
const spareItems = 50;

type TokensByEmail = ReadonlyMap<string, readonly EnrollmentToken[]>;

/** Tokens that were read, and whether none that matters can be missing. */
interface NewTokens {
  readonly tokens: ReadonlyMap<string, EnrollmentToken>;
  readonly isWhole: boolean;
  /** Why the reading ended early. */
  readonly error: GatewayError | null;
}

/** What the API's counts say of a chunk's addresses. */
const counted = ({ outcome, addresses }: BulkChunk): 'all-created' | 'none-created' | 'unsaid' => {
  if (outcome.state !== 'answered') return 'unsaid';
  const { success, fail } = outcome.counts;
  if (success === addresses.length && fail === 0) return 'all-created';
  return fail === addresses.length && success === 0 ? 'none-created' : 'unsaid';
};

/** The tokens of one chunk, by address: new since it was sent and equal to the draft. */
const tokensOf = (chunk: BulkChunk, sent: SentBulk, read: NewTokens): TokensByEmail => {
  const { outcome, addresses } = chunk;
  const byEmail = new Map(
    addresses.map(({ email }) => [comparableEmail(email), [] as EnrollmentToken[]]),
  );
  if (outcome.state !== 'answered' && outcome.state !== 'unknown') return byEmail;
  for (const token of read.tokens.values()) {
    const own = byEmail.get(comparableEmail(token.user?.known.email ?? ''));
    if (
      own !== undefined &&
      isNewSince(token, outcome.sentAtMs) &&
      matchesDraft(token, sent.draft) &&
      (sent.matchesPlatform?.(token) ?? true)
    ) {
      own.push(token);
    }
  }
  return new Map(
    [...byEmail].map(([email, tokens]) => [email, latestOf(tokens, outcome.sentAtMs)]),
  );
};

/** Whether nothing more can be learned of a chunk by reading on. */
const isTold = (chunk: BulkChunk, sent: SentBulk, read: NewTokens): boolean => {
  const { state } = chunk.outcome;
  const counts = counted(chunk);
  if (state === 'refused' || state === 'not-attempted' || counts === 'none-created') return true;
  // Whose creation failed is told only by reading all there is.
  if (state === 'answered' && counts === 'unsaid') return false;
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
  const limit = Math.min(sent.maximumLimit, count + spareItems);
  const tokens = new Map<string, EnrollmentToken>();
  const end = (isWhole: boolean, error: GatewayError | null = null): NewTokens => ({
    tokens,
    isWhole,
    error,
  });

  let isReadable = true;
  for (let page = 1; page <= maximumPages; page += 1) {
    if (chunks.every((chunk) => isTold(chunk, sent, end(false)))) return end(false);
    try {
      const { items, hasNextPage } = await platform.listTokens(
        withCause(operation, 'read-back'),
        sent.organizationId,
        {
          page,
          limit,
          sort: { field: 'createdAt', direction: 'descending' },
          filter: { includeDeleted: false },
        },
      );
      isReadable = isReadable && !items.includes(null);
      const readable = items.filter((token) => token !== null);
      for (const token of readable) tokens.set(token.sourceId, token);
      const oldest = readable.at(-1);
      if (!hasNextPage || (oldest !== undefined && isOlderThan(oldest, sinceMs))) {
        return end(isReadable);
      }
    } catch (error) {
      if (error instanceof GatewayError) return end(false, error);
      throw error;
    }
  }
  return end(false);
};

const judge = (chunk: BulkChunk, sent: SentBulk, read: NewTokens): BulkResult[] => {
  const { addresses, outcome } = chunk;
  const results = (of: (address: EmailAddress) => Omit<BulkResult, 'email'>): BulkResult[] =>
    addresses.map((address) => ({ email: address.email, ...of(address) }));
  if (outcome.state === 'refused' || outcome.state === 'not-attempted') {
    const verdict = outcome.state === 'refused' ? 'FAILED' : 'NOT_ATTEMPTED';
    return results(() => ({ outcome: verdict, token: null, error: outcome.error }));
  }

  const byEmail = tokensOf(chunk, sent, read);
  const found = [...byEmail.values()];
  const counts = counted(chunk);
  const addsUp =
    read.isWhole &&
    outcome.state === 'answered' &&
    found.every((tokens) => tokens.length <= 1) &&
    outcome.counts.success === found.filter((tokens) => tokens.length === 1).length &&
    outcome.counts.success + outcome.counts.fail === addresses.length;

  return results(({ email }) => {
    const [token = null, ...others] = byEmail.get(comparableEmail(email)) ?? [];
    const only = others.length === 0 ? token : null;
    if (counts === 'all-created' || (counts === 'unsaid' && only !== null)) {
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
 * Tells for each distinct address, in the order given, what became of it. Reads the newest tokens of the organization
 * back, page by page and only as far as needed: no upstream call where the counts say it all, mostly one, at most 10.
 * Where a read fails, what it would have told is UNKNOWN.
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
      .flatMap((chunk) => judge(chunk, sent, read))
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

/** The counts that results say: they know more than the API's own where the answer to a chunk was lost. */
export const countResults = (results: readonly BulkResult[]): BulkCounts => {
  const count = (outcome: BulkResult['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length;
  return { total: results.length, success: count('CREATED'), fail: count('FAILED') };
};
