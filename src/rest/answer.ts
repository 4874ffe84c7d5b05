import { type Body, readBody } from './body.ts';
import type { WireAnswer } from './dispatcher.ts';
import type { UpstreamRequest } from './request.ts';
import { longestRetryAfter } from './retry-after.ts';

/** An answer whose body is decompressed and parsed. */
export interface DecodedAnswer {
  readonly status: number;
  readonly body: Body;
  /** The wait that `Retry-After` asks for; null if there is none that can be read. */
  readonly retryAfterMs: number | null;
}

/**
 * Returns the payload of a success and throws the error that any other answer means. It knows the API's envelope and its
 * codes. The cause of an error for a failed answer is an UpstreamFailure.
 */
export type ReadPayload = (answer: DecodedAnswer, request: UpstreamRequest) => unknown;

/** Decodes an answer. `maxBytes` bounds the decompressed body; `epochMs` is now, for dates in `Retry-After`. */
export const decodeAnswer = async (
  answer: WireAnswer,
  maxBytes: number,
  epochMs: number,
): Promise<DecodedAnswer> => ({
  status: answer.status,
  body: await readBody(answer, maxBytes),
  retryAfterMs: longestRetryAfter(answer.headers['retry-after'], epochMs),
});
