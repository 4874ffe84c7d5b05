import { readBody } from '../rest/body.ts';
import type { WireAnswer } from '../rest/dispatcher.ts';
import { contractBroken } from '../rest/exchange-errors.ts';
import type { UpstreamRequest } from '../rest/request.ts';
import { isSuccess, readData, readFailure } from './envelope.ts';
import { longestRetryAfter, toError } from './failures.ts';

/** The payload of an answer; throws what a refusal means. `maxBytes` bounds the decompressed body. */
export const readAnswer = async (
  answer: WireAnswer,
  request: UpstreamRequest,
  maxBytes: number,
  epochMs: number,
): Promise<unknown> => {
  const { status, headers } = answer;
  const body = await readBody(answer, maxBytes);
  const content = body.kind === 'json' ? body.value : undefined;
  const isFine = status >= 200 && status < 300;
  if (isFine) {
    if (body.kind === 'unreadable') throw contractBroken(request, new Error(body.why));
    if (isSuccess(content)) return readData(content);
  }
  const retryAfterMs = longestRetryAfter(headers['retry-after'], epochMs);
  throw toError({ ...readFailure(content), status: isFine ? null : status, retryAfterMs }, request);
};
