import type { BulkCounts, SentChunk } from '../domain/creation-record.ts';
import {
  CreationFailedError,
  ForbiddenError,
  GatewayError,
  InputRejectedError,
  NotFoundError,
  NotSupportedError,
  OutcomeUnknownError,
  PlanLimitError,
  surelyHadNoEffect,
} from '../domain/errors.ts';

/** The outcome of one chunk of a bulk create. */
export type ChunkOutcome =
  | { readonly state: 'answered'; readonly sentAtMs: number; readonly counts: BulkCounts }
  /** The chunk may have reached the API. */
  | { readonly state: 'unknown'; readonly sentAtMs: number; readonly error: GatewayError }
  /**
   * The API refused this chunk, or one before it for all. It surely had no effect. A call with the same key sends it
   * again.
   */
  | { readonly state: 'refused'; readonly error: GatewayError }
  /** It surely was not sent. A call with the same key sends it. `error` is null if the call's time was up. */
  | { readonly state: 'not-attempted'; readonly error: GatewayError | null };

const lostAnswerError = (cause?: unknown): OutcomeUnknownError =>
  new OutcomeUnknownError(
    "The API's answer to a part of the bulk create was lost: those tokens may have been created. Look at the results " +
      'before inviting these addresses again.',
    [],
    { cause },
  );

/** The outcome of a chunk by its record. */
export const outcomeOf = (sent: SentChunk | null): ChunkOutcome => {
  if (sent === null) return { state: 'not-attempted', error: null };
  const { sentAtMs, counts } = sent;
  return counts === null
    ? { state: 'unknown', sentAtMs, error: lostAnswerError() }
    : { state: 'answered', sentAtMs, counts };
};

/** The record of a chunk's outcome. A chunk without effect is recorded as not sent. */
export const sentChunkOf = (outcome: ChunkOutcome): SentChunk | null => {
  if (outcome.state === 'answered') return { sentAtMs: outcome.sentAtMs, counts: outcome.counts };
  if (outcome.state === 'unknown') return { sentAtMs: outcome.sentAtMs, counts: null };
  return null;
};

/** Refusals of a chunk's content. Other chunks can succeed. */
const chunkRefusals = [InputRejectedError, CreationFailedError];

/** Refusals that hold for every chunk. */
const generalRefusals = [PlanLimitError, NotFoundError, ForbiddenError, NotSupportedError];

/**
 * The outcome of a chunk whose POST failed. A failure that is neither a refusal nor a lost answer means that the chunk
 * was not sent: there was no time, no call, no quota or no connection left.
 */
export const outcomeOfFailure = (error: unknown, sentAtMs: number): ChunkOutcome => {
  if (!(error instanceof GatewayError) || !surelyHadNoEffect(error)) {
    return { state: 'unknown', sentAtMs, error: lostAnswerError(error) };
  }
  const isRefusal = [...chunkRefusals, ...generalRefusals].some((kind) => error instanceof kind);
  return { state: isRefusal ? 'refused' : 'not-attempted', error };
};

/** Whether the failure of a chunk does not hold for the chunks that are left. */
export const concernsOneChunk = (outcome: ChunkOutcome): boolean =>
  outcome.state === 'unknown' ||
  (outcome.state === 'refused' && chunkRefusals.some((kind) => outcome.error instanceof kind));
