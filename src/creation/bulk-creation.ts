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
import { type CreationClaim, type CreationDependencies, claimCreation } from './creation-claim.ts';
import { comparableEmail, distinctAddresses, type EmailAddress } from './email-addresses.ts';

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

export interface BulkChunk {
  readonly addresses: readonly EmailAddress[];
  readonly outcome: ChunkOutcome;
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
      message: `userEmails[${index}] is not an e-mail address of at most 128 characters.`,
    })),
  );

const progressOf = (
  claim: CreationClaim<BulkProgress>,
  outcomes: readonly ChunkOutcome[],
): BulkProgress => ({ ...claim.progress, chunks: outcomes.map(sentChunkOf) });

const split = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );

/** The claim of a create without a record: it has no key, or nothing to send. */
const createUnrecordedClaim = (progress: BulkProgress): CreationClaim<BulkProgress> => ({
  progress,
  isOwned: true,
  save: () => Promise.resolve(true),
  release: () => Promise.resolve(),
});

const claimBulk = async (
  dependencies: CreationDependencies,
  { key, input, chunkSize, signal }: BulkRequest,
  addresses: readonly EmailAddress[],
): Promise<CreationClaim<BulkProgress>> => {
  const wellFormed = addresses.filter(({ isWellFormed }) => isWellFormed);
  const chunks = split(wellFormed, chunkSize).map(() => null);
  const first: BulkProgress = { state: 'bulk', chunkSize, chunks };
  if (key === null || chunks.length === 0) return createUnrecordedClaim(first);
  // Another version of the gateway can have other rules for addresses. Then the chunks would hold other addresses, so
  // the key must conflict.
  const emails = addresses.map(({ email, isWellFormed }) =>
    isWellFormed ? comparableEmail(email) : { malformed: comparableEmail(email) },
  );
  return claimCreation<BulkProgress>(dependencies, {
    id: hashKey(dependencies, key),
    inputHash: dependencies.hash(canonicalText({ input, emails })),
    initial: first,
    readProgress: (progress) => (progress.state === 'bulk' ? progress : null),
    hasUnsent: (progress) => progress.chunks.includes(null),
    signal,
  });
};

/**
 * Sends the chunks that are left and writes their outcomes into `outcomes`. If the API refuses a chunk for a reason
 * that holds for every chunk, nothing more is sent and all that is left counts as refused. Returns false if another
 * call has taken over.
 */
const sendUnsent = async (
  dependencies: CreationDependencies,
  request: BulkRequest,
  claim: CreationClaim<BulkProgress>,
  chunks: readonly (readonly EmailAddress[])[],
  outcomes: ChunkOutcome[],
): Promise<boolean> => {
  for (const [index, addresses] of chunks.entries()) {
    if (outcomes[index]?.state !== 'not-attempted') continue;
    if (request.signal.aborted) return true;
    const sentAtMs = dependencies.clock.epochMs();
    try {
      const updated = outcomes.with(index, outcomeOf({ sentAtMs, counts: null }));
      if (!(await claim.save(progressOf(claim, updated)))) return false;
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

/** Creates a BulkCreateOnce. A process needs one. */
export const createBulkCreation =
  (dependencies: CreationDependencies): BulkCreateOnce =>
  async (request) => {
    const addresses = distinctAddresses(request.emails);
    const wellFormed = addresses.filter(({ isWellFormed }) => isWellFormed);
    let hasSent = false;
    const send: BulkRequest['send'] = (emails) => {
      hasSent = true;
      return request.send(emails);
    };
    for (;;) {
      const claim = await claimBulk(dependencies, request, addresses);
      const chunkAddresses = split(wellFormed, claim.progress.chunkSize);
      const outcomes = claim.progress.chunks.map(outcomeOf);
      if (claim.isOwned) {
        if (
          !(await sendUnsent(dependencies, { ...request, send }, claim, chunkAddresses, outcomes))
        )
          continue;
        const progress = progressOf(claim, outcomes);
        const hadEffect = progress.chunks.some((chunk) => chunk !== null);
        await claim.release(hadEffect ? progress : null);
      }
      const [first] = outcomes;
      if (
        first?.state === 'not-attempted' &&
        first.error !== null &&
        outcomes.every(({ state }) => state === 'not-attempted')
      ) {
        throw first.error;
      }
      const chunks = outcomes.map((outcome, index) => ({
        addresses: chunkAddresses[index] ?? [],
        outcome,
      }));
      return summarize(
        addresses,
        chunks,
        !hasSent && outcomes.some(({ state }) => state !== 'not-attempted'),
      );
    }
  };
