import type { BulkCounts, BulkProgress, SentChunk } from '../domain/creation-record.ts';
import { type GatewayError, InputRejectedError, OutcomeUnknownError } from '../domain/errors.ts';
import { longestEmail } from '../domain/mdm-user.ts';
import { type CreationDependencies, type CreationKey, nameRecord } from './creation-claim.ts';
import { comparableEmail, distinctAddresses, type EmailAddress } from './email-addresses.ts';
import { type PostOutcome, unsent } from './post-outcome.ts';
import { sendPosts } from './recorded-posts.ts';

/** A create of tokens for many e-mail addresses. */
export interface BulkRequest {
  readonly key: CreationKey | null;
  /** The draft, compared together with the addresses if the key is used again. */
  readonly input: unknown;
  /** As the caller gave them. */
  readonly emails: readonly string[];
  /** Addresses in one POST, at least 1. If the key was used before, the chunk size of the first call is used. */
  readonly chunkSize: number;
  /** Once it is aborted, no further chunk is sent. A chunk that was sent is still waited for. */
  readonly signal: AbortSignal;
  /** Makes the POST for one chunk. Its error says whether the POST may have arrived. */
  readonly send: (emails: readonly string[]) => Promise<BulkCounts>;
}

/** The API's answer to the POST of one chunk. */
interface ChunkAnswer {
  readonly sentAtMs: number;
  readonly counts: BulkCounts;
}

export interface BulkChunk {
  readonly addresses: readonly EmailAddress[];
  readonly outcome: PostOutcome<ChunkAnswer>;
}

/** The outcome of a bulk create. An address that counts as neither success nor fail is unknown or was not attempted. */
export interface BulkCreation {
  /** The number of distinct addresses. */
  readonly total: number;
  /** As the API counted them. */
  readonly success: number;
  /** As the API counted them, and the addresses that are malformed or belong to refused chunks. */
  readonly fail: number;
  /** The distinct addresses in the order given, with the malformed ones. */
  readonly addresses: readonly EmailAddress[];
  /** The well-formed addresses, in the order given. */
  readonly chunks: readonly BulkChunk[];
  /** One error for all malformed addresses, then one for each kind of failure of a chunk. */
  readonly errors: readonly GatewayError[];
  /** Whether this call sent nothing because earlier calls with the same key had sent everything. */
  readonly replayed: boolean;
}

/**
 * Creates tokens for many addresses, chunk after chunk, and sends each chunk at most once. A chunk that fails does not
 * affect the others, unless its error shows that every chunk would fail. Throws the same errors as a CreateOnce if
 * nothing was done.
 */
export type BulkCreateOnce = (request: BulkRequest) => Promise<BulkCreation>;

/** The error for malformed addresses. Each fault has the address's index in the list given. */
export const malformedError = (addresses: readonly EmailAddress[]): InputRejectedError =>
  new InputRejectedError(
    addresses.map(({ index }) => ({
      path: ['input', 'userEmails', String(index)],
      message: `userEmails[${index}] is not an e-mail address of at most ${longestEmail} characters.`,
    })),
  );

/** The outcome of a chunk that may have reached the API. */
const lostOutcome = (sentAtMs: number, cause?: unknown): PostOutcome<ChunkAnswer> => ({
  state: 'unknown',
  sentAtMs,
  error: new OutcomeUnknownError(
    "The API's answer to a part of the bulk create was lost: those tokens may have been created. Look at the results " +
      'before inviting these addresses again.',
    [],
    { cause },
  ),
});

const outcomeOf = (sent: SentChunk | null): PostOutcome<ChunkAnswer> => {
  if (sent === null) return unsent;
  const { sentAtMs, counts } = sent;
  return counts === null ? lostOutcome(sentAtMs) : { state: 'answered', sentAtMs, counts };
};

const sentChunkOf = (outcome: PostOutcome<ChunkAnswer>): SentChunk | null => {
  if (outcome.state === 'answered') return { sentAtMs: outcome.sentAtMs, counts: outcome.counts };
  return outcome.state === 'unknown' ? { sentAtMs: outcome.sentAtMs, counts: null } : null;
};

const split = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );

const summarize = (
  addresses: readonly EmailAddress[],
  chunks: readonly BulkChunk[],
  replayed: boolean,
): BulkCreation => {
  const malformed = addresses.filter(({ isWellFormed }) => !isWellFormed);
  const errors = new Map<string, GatewayError>();
  let success = 0;
  let fail = malformed.length;
  for (const { addresses: sent, outcome } of chunks) {
    if (outcome.state === 'answered') {
      success += outcome.counts.success;
      fail += outcome.counts.fail;
    } else if (outcome.error !== null) {
      if (outcome.state === 'refused') fail += sent.length;
      if (!errors.has(outcome.error.code)) errors.set(outcome.error.code, outcome.error);
    }
  }
  return {
    total: addresses.length,
    success,
    fail,
    addresses,
    chunks,
    errors: [...(malformed.length > 0 ? [malformedError(malformed)] : []), ...errors.values()],
    replayed,
  };
};

/** Creates a BulkCreateOnce. A process needs one. */
export const createBulkCreation =
  (dependencies: CreationDependencies): BulkCreateOnce =>
  async ({ key, input, emails: given, chunkSize, signal, send }) => {
    const addresses = distinctAddresses(given);
    const wellFormed = addresses.filter(({ isWellFormed }) => isWellFormed);
    const chunks = split(wellFormed, chunkSize).map(() => null);
    // Another version of the gateway can have other rules for addresses. Then the chunks would hold other addresses, so
    // the key must conflict.
    const emails = addresses.map(({ email, isWellFormed }) =>
      isWellFormed ? comparableEmail(email) : { malformed: comparableEmail(email) },
    );
    const bulk = await sendPosts<BulkProgress, ChunkAnswer>(dependencies, {
      record: key && chunks.length > 0 ? nameRecord(dependencies, key, { input, emails }) : null,
      initial: { state: 'bulk', chunkSize, chunks },
      readProgress: (progress) => (progress.state === 'bulk' ? progress : null),
      hasUnsent: (progress) => progress.chunks.includes(null),
      readOutcomes: async (progress) => progress.chunks.map(outcomeOf),
      progressOf: (progress, outcomes) => ({ ...progress, chunks: outcomes.map(sentChunkOf) }),
      signal,
      stopped: signal,
      send: async (index, sentAtMs, progress) => {
        const chunk = split(wellFormed, progress.chunkSize)[index] ?? [];
        return { sentAtMs, counts: await send(chunk.map(({ email }) => email)) };
      },
      findLost: async (...lost) => lostOutcome(...lost),
    });
    const { progress, outcomes, replayed } = bulk;
    const [first] = outcomes;
    if (
      first?.state === 'not-attempted' &&
      first.error !== null &&
      outcomes.every(({ state }) => state === 'not-attempted')
    ) {
      throw first.error;
    }
    const sent = split(wellFormed, progress.chunkSize);
    return summarize(
      addresses,
      outcomes.map((outcome, index) => ({ addresses: sent[index] ?? [], outcome })),
      replayed,
    );
  };
