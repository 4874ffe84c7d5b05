import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Exchange } from './connections.ts';
import type { SendText } from './text-sender.ts';

/** Node sets the first two. yoga sets the third to `none` for event streams, and no answer of yoga is encoded. */
const notCopied: ReadonlySet<string> = new Set([
  'connection',
  'transfer-encoding',
  'content-encoding',
]);

const isOfType = ({ headers }: Response, type: string): boolean =>
  headers.get('content-type')?.startsWith(type) ?? false;

/** Sends a stream as fast as its client reads. Resolves when all has been passed to Node, or the client has left. */
export const sendStream = async (stream: Readable, response: ServerResponse): Promise<void> => {
  try {
    await pipeline(stream, response);
  } catch (error) {
    // If the client leaves, the response is destroyed and `errored` is null.
    if (!response.destroyed || response.errored) throw error;
  }
};

interface AnswerOptions {
  readonly sendText: SendText;
  readonly isLast: () => boolean;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
}

/**
 * Writes an answer of the GraphQL server. If it `isLast`, it ends its connection. Resolves when the whole answer has been
 * passed to Node, or the client has left. A stream is sent as fast as its client reads, and never compressed: its events
 * would wait for each other.
 */
export const sendAnswer = async (
  answer: Response,
  exchange: Exchange,
  { sendText, isLast, signal }: AnswerOptions,
): Promise<void> => {
  const { response } = exchange;
  const hasEvents = isOfType(answer, 'text/event-stream');
  const isStream = hasEvents || isOfType(answer, 'multipart/mixed');
  const whole = isStream ? null : await answer.text();
  if (response.destroyed) return;
  const setHead = (): void => {
    response.statusCode = answer.status;
    answer.headers.forEach((value, name) => {
      // The names are as yoga wrote them.
      if (!notCopied.has(name.toLowerCase())) response.setHeader(name, value);
    });
    // yoga's 400 for a missing query names two of the methods.
    if (answer.status !== 405) response.removeHeader('allow');
    // Proxies that collect an answer before they pass it on, such as nginx, read this.
    if (hasEvents) response.setHeader('x-accel-buffering', 'no');
    if (isLast()) response.setHeader('connection', 'close');
  };
  if (whole !== null) {
    await sendText(exchange, whole, { signal, setHead });
    return;
  }
  setHead();
  await sendStream(Readable.from(answer.body ?? []), response);
};
