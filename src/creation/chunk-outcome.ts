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

/** What became of one chunk. */
export type ChunkOutcome =
  | { readonly state: 'answered'; readonly sentAtMs: number; readonly counts: BulkCounts }
  /** It may have reached the API. */
  | { readonly state: 'unknown'; readonly sentAtMs: number; readonly error: GatewayError }
  /** The API refused this chunk, or all that was left: it surely had no effect, and the same key sends it again. */
  | { readonly state: 'refused'; readonly error: GatewayError }
  /** It surely did not go out: the same key goes on with it. `error` is what ended the call, if not its time. */
  | { readonly state: 'not-attempted'; readonly error: GatewayError | null };

const answerLost = (cause?: unknown): OutcomeUnknownError =>
  new OutcomeUnknownError(
    "The API's answer to a part of the bulk create was lost: those tokens may have been created. Look at the results " +
      'before inviting these addresses again.',
    [],
    { cause },
  );

/** The outcome that a record says of a chunk. */
export const outcomeOf = (sent: SentChunk | null): ChunkOutcome => {
  if (sent === null) return { state: 'not-attempted', error: null };
  const { sentAtMs, counts } = sent;
  return counts === null
    ? { state: 'unknown', sentAtMs, error: answerLost() }
    : { state: 'answered', sentAtMs, counts };
};

/** What is stored of an outcome: a chunk without effect is as if it had not been tried. */
export const sentChunkOf = (outcome: ChunkOutcome): SentChunk | null => {
  if (outcome.state === 'answered') return { sentAtMs: outcome.sentAtMs, counts: outcome.counts };
  if (outcome.state === 'unknown') return { sentAtMs: outcome.sentAtMs, counts: null };
  return null;
};

/** The API's refusals of a chunk's content: the other chunks may fare better. */
const refusalsOfOne = [InputRejectedError, CreationFailedError];

/** Its refusals of whatever is sent: the chunks that are left would be refused, too. */
const refusalsOfAll = [PlanLimitError, NotFoundError, ForbiddenError, NotSupportedError];

/**
 * What became of a chunk whose POST failed. What is neither a refusal nor lost did not go out: there was no time, no
 * call, no quota or no connection left for it.
 */
export const outcomeOfFailure = (error: unknown, sentAtMs: number): ChunkOutcome => {
  if (!(error instanceof GatewayError) || !surelyHadNoEffect(error)) {
    return { state: 'unknown', sentAtMs, error: answerLost(error) };
  }
  const isRefusal = [...refusalsOfOne, ...refusalsOfAll].some((kind) => error instanceof kind);
  return { state: isRefusal ? 'refused' : 'not-attempted', error };
};

/** Whether a failed chunk says nothing of those that are left. */
export const concernsOneChunk = (outcome: ChunkOutcome): boolean =>
  outcome.state === 'unknown' ||
  (outcome.state === 'refused' && refusalsOfOne.some((kind) => outcome.error instanceof kind));
