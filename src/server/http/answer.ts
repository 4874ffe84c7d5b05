import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { SendText } from './text-sender.ts';

/** Node sets these. */
const connectionHeaders: ReadonlySet<string> = new Set(['connection', 'transfer-encoding']);

const isStream = ({ headers }: Response): boolean =>
  /^(?:text\/event-stream|multipart\/mixed)/.test(headers.get('content-type') ?? '');

/**
 * Writes an answer of the GraphQL server. If it `isLast`, it ends its connection. Resolves when the whole answer has been
 * passed to Node, or the client has left. A stream is sent as fast as its client reads.
 */
export const sendAnswer = async (
  answer: Response,
  response: ServerResponse,
  { sendText, isLast }: { readonly sendText: SendText; readonly isLast: () => boolean },
): Promise<void> => {
  const whole = isStream(answer) ? null : await answer.text();
  if (response.destroyed) return;
  response.statusCode = answer.status;
  answer.headers.forEach((value, name) => {
    if (!connectionHeaders.has(name)) response.setHeader(name, value);
  });
  if (isLast()) response.setHeader('connection', 'close');
  if (whole !== null) {
    sendText(response, whole);
    return;
  }
  try {
    await pipeline(Readable.from(answer.body ?? []), response);
  } catch (error) {
    // If the client leaves, the response is destroyed and `errored` is null.
    if (!response.destroyed || response.errored) throw error;
  }
};
