import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { SendText } from './text-sender.ts';

/** Node decides on these. */
const connectionHeaders: ReadonlySet<string> = new Set(['connection', 'transfer-encoding']);

const isStream = ({ headers }: Response): boolean =>
  /^(?:text\/event-stream|multipart\/mixed)/.test(headers.get('content-type') ?? '');

/**
 * Writes an answer of the GraphQL server; one that `isLast` ends its connection. Resolves when all of it has been handed
 * over, or the client has left; a stream goes no faster than its client reads.
 */
export const sendAnswer = async (
  answer: Response,
  response: ServerResponse,
  { sendWhole, isLast }: { readonly sendWhole: SendText; readonly isLast: () => boolean },
): Promise<void> => {
  const whole = isStream(answer) ? null : await answer.text();
  if (response.destroyed) return;
  response.statusCode = answer.status;
  answer.headers.forEach((value, name) => {
    if (!connectionHeaders.has(name)) response.setHeader(name, value);
  });
  if (isLast()) response.setHeader('connection', 'close');
  if (whole !== null) {
    sendWhole(response, whole);
    return;
  }
  try {
    await pipeline(Readable.from(answer.body ?? []), response);
  } catch (error) {
    // The client left, which destroys the response without an error.
    if (!response.destroyed || response.errored) throw error;
  }
};
