import { canonicalText } from '../domain/canonical-input.ts';
import type { BulkCounts, BulkProgress } from '../domain/creation-record.ts';
import { type GatewayError, InputRejectedError } from '../domain/errors.ts';
import {
  type ChunkOutcome,
  concernsOneChunk,
  outcomeOf,
  outcomeOfFailure,
  sentChunkOf,
} from './chunk-outcome.ts';
import { type CreationKey, hashKey } from './creation.ts';
import { type Claim, type CreationMeans, claimCreation } from './creation-claim.ts';
import { comparableEmail, distinctAddresses, type EmailAddress } from './email-addresses.ts';

/** One bulk create. */
export interface BulkRequest {
  readonly key: CreationKey | null;
  /** What is compared, besides the addresses, where a key comes again: the draft. */
  readonly input: unknown;
  /** As the caller gave them. */
  readonly emails: readonly string[];
  /** Addresses in one POST, 1 or more. A key that comes again keeps that of the first call. */
  readonly chunkSize: number;
  /** Once aborted no further chunk leaves; one that left is waited for. */
  readonly signal: AbortSignal;
  /** Makes the POST for one chunk. What it throws tells whether it may have arrived. */
  readonly send: (emails: readonly string[]) => Promise<BulkCounts>;
}

export interface BulkChunk {
  readonly addresses: readonly EmailAddress[];
  readonly outcome: ChunkOutcome;
}

/** A bulk create as it went. What is neither success nor fail is unknown or was not attempted. */
export interface BulkCreation {
  /** Distinct addresses given. */
  readonly total: number;
  /** As the API counted them. */
  readonly success: number;
  /** As the API counted them, the malformed ones, and those of refused chunks. */
  readonly fail: number;
  /** In the order given, with the malformed ones. */
  readonly addresses: readonly EmailAddress[];
  /** The well-formed addresses, in the order given. */
  readonly chunks: readonly BulkChunk[];
  /** What went wrong: malformed addresses together, then chunks, each kind of failure once. */
  readonly errors: readonly GatewayError[];
  /** Whether earlier calls with the same key did it all, and this one sent nothing. */
  readonly replayed: boolean;
}

/**
 * Creates tokens for many addresses, chunk after chunk, each at most once. A failing chunk neither undoes nor stops the
 * others, unless it says that all would fail. Throws as a CreateOnce where nothing was done.
 */
export type BulkCreateOnce = (request: BulkRequest) => Promise<BulkCreation>;

/** The faults of malformed addresses, by their place in the list given. */
export const malformedError = (addresses: readonly EmailAddress[]): InputRejectedError =>
  new InputRejectedError(
    addresses.map(({ index }) => ({
      path: ['input', 'userEmails', String(index)],
      message: `userEmails[${index}] is not an e-mail address of at most 128 characters.`,
    })),
  );

const progressOf = (
  claim: Claim<BulkProgress>,
  outcomes: readonly ChunkOutcome[],
): BulkProgress => ({ ...claim.progress, chunks: outcomes.map(sentChunkOf) });

const split = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );

/** The claim of a create without a key, or with nothing to send: nobody else can know of it. */
const unrecorded = (progress: BulkProgress): Claim<BulkProgress> => ({
  progress,
  isOwned: true,
  keep: () => Promise.resolve(true),
  finish: () => Promise.resolve(),
});

const claimBulk = async (
  means: CreationMeans,
  { key, input, chunkSize, signal }: BulkRequest,
  addresses: readonly EmailAddress[],
): Promise<Claim<BulkProgress>> => {
  const wellFormed = addresses.filter(({ isWellFormed }) => isWellFormed);
  const chunks = split(wellFormed, chunkSize).map(() => null);
  const first: BulkProgress = { state: 'bulk', chunkSize, chunks };
  if (key === null || chunks.length === 0) return unrecorded(first);
  // The rules of addresses may change between two calls, and with them the addresses of each chunk.
  const emails = addresses.map(({ email, isWellFormed }) =>
    isWellFormed ? comparableEmail(email) : { malformed: comparableEmail(email) },
  );
  return claimCreation<BulkProgress>(means, {
    id: hashKey(means, key),
    inputHash: means.hash(canonicalText({ input, emails })),
    first,
    narrow: (progress) => (progress.state === 'bulk' ? progress : null),
    canGoOn: (progress) => progress.chunks.includes(null),
    signal,
  });
};

/**
 * Sends what is left and writes down in `outcomes` how it went. A chunk that the API refuses as it would refuse any ends
 * the sending, and all that is left is refused with it. False where another call took the rest over.
 */
const sendRest = async (
  means: CreationMeans,
  request: BulkRequest,
  claim: Claim<BulkProgress>,
  chunks: readonly (readonly EmailAddress[])[],
  outcomes: ChunkOutcome[],
): Promise<boolean> => {
  for (const [index, addresses] of chunks.entries()) {
    if (outcomes[index]?.state !== 'not-attempted') continue;
    if (request.signal.aborted) return true;
    const sentAtMs = means.clock.epochMs();
    try {
      const leaving = outcomes.with(index, outcomeOf({ sentAtMs, counts: null }));
      if (!(await claim.keep(progressOf(claim, leaving)))) return false;
      const counts = await request.send(addresses.map(({ email }) => email));
      outcomes[index] = { state: 'answered', sentAtMs, counts };
    } catch (error) {
      const outcome = outcomeOfFailure(error, sentAtMs);
      outcomes[index] = outcome;
      if (concernsOneChunk(outcome)) continue;
      for (let rest = index; rest < outcomes.length; rest += 1) {
        if (outcomes[rest]?.state === 'not-attempted') outcomes[rest] = outcome;
      }
      return true;
    }
  }
  return true;
};

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

/** Makes a BulkCreateOnce; a process needs but one. */
export const createBulkCreation =
  (means: CreationMeans): BulkCreateOnce =>
  async (request) => {
    const addresses = distinctAddresses(request.emails);
    const wellFormed = addresses.filter(({ isWellFormed }) => isWellFormed);
    let hasSent = false;
    const send: BulkRequest['send'] = (emails) => {
      hasSent = true;
      return request.send(emails);
    };
    for (;;) {
      const claim = await claimBulk(means, request, addresses);
      const parts = split(wellFormed, claim.progress.chunkSize);
      const outcomes = claim.progress.chunks.map(outcomeOf);
      if (claim.isOwned) {
        if (!(await sendRest(means, { ...request, send }, claim, parts, outcomes))) continue;
        const progress = progressOf(claim, outcomes);
        const hadEffect = progress.chunks.some((chunk) => chunk !== null);
        await claim.finish(hadEffect ? progress : null);
      }
      const [first] = outcomes;
      if (
        first?.state === 'not-attempted' &&
        first.error !== null &&
        outcomes.every(({ state }) => state === 'not-attempted')
      ) {
        throw first.error;
      }
      const chunks = outcomes.map((outcome, index) => ({ addresses: parts[index] ?? [], outcome }));
      return summarize(
        addresses,
        chunks,
        !hasSent && outcomes.some(({ state }) => state !== 'not-attempted'),
      );
    }
  };
