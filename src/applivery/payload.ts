import type { ReadPayload } from '../rest/answer.ts';
import { createContractBrokenError } from '../rest/exchange-errors.ts';
import { isSuccess, readData, readFailure } from './envelope.ts';
import { toError } from './failures.ts';

/** Returns the `data` of the API's envelope. Throws the error that a refusal means. */
export const readPayload: ReadPayload = ({ status, body, retryAfterMs }, request) => {
  const content = body.kind === 'json' ? body.value : undefined;
  const hasSuccessStatus = status >= 200 && status < 300;
  if (hasSuccessStatus) {
    if (body.kind === 'unreadable') throw createContractBrokenError(request, new Error(body.why));
    if (isSuccess(content)) return readData(content);
  }
  const failure = readFailure(content);
  throw toError({ ...failure, status: hasSuccessStatus ? null : status, retryAfterMs }, request);
};
