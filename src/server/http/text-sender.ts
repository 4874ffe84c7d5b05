import type { ServerResponse } from 'node:http';
import type { Exchange } from './connections.ts';
import type { CompressText } from './encoding/text-compression.ts';

/**
 * Sends a text as the whole body of a response, compressed if the client accepts it, and ends the response. Calls
 * `setHead` before the first byte; not at all if the client leaves before.
 */
export type SendText = (exchange: Exchange, text: string, options: SendOptions) => Promise<void>;

interface SendOptions {
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
  readonly setHead: () => void;
}

interface TextSenderOptions {
  readonly maxUnsentBytes: number;
  readonly compress: CompressText;
  /** Called if an answer could not be compressed. It is sent uncompressed. */
  readonly onFailure: (cause: unknown, requestId: string) => void;
}

/** What is held for a response. */
interface Held {
  readonly size: number;
  /** The text while it waits for its compression; null if the response has its own bytes. */
  readonly waiting: string | null;
}

/**
 * Limits the memory of answers that their clients have not read yet, or that are being compressed, over all connections.
 * Beyond `maxUnsentBytes` it closes the connections of the oldest ones. Without the limit, a client that never reads could
 * fill the memory by repeating its request. Equal texts that wait for compression are one text in memory, and count once:
 * otherwise many clients with the same large answer would be cut off before they can read.
 */
export const createTextSender = ({
  maxUnsentBytes,
  compress,
  onFailure,
}: TextSenderOptions): SendText => {
  /** Oldest first. */
  const unsent = new Map<ServerResponse, Held>();
  /** The number of responses that wait with a text. */
  const waiters = new Map<string, number>();
  let bytes = 0;

  const addBytes = (held: Held): void => {
    const others = held.waiting === null ? 0 : (waiters.get(held.waiting) ?? 0);
    if (others === 0) bytes += held.size;
    if (held.waiting !== null) waiters.set(held.waiting, others + 1);
  };
  const removeBytes = (held: Held): void => {
    const others = held.waiting === null ? 0 : (waiters.get(held.waiting) ?? 1) - 1;
    if (others === 0) bytes -= held.size;
    if (held.waiting === null) return;
    if (others === 0) waiters.delete(held.waiting);
    else waiters.set(held.waiting, others);
  };
  const forget = (response: ServerResponse): void => {
    const held = unsent.get(response);
    if (held) removeBytes(held);
    unsent.delete(response);
  };
  const hold = (response: ServerResponse, held: Held): void => {
    const before = unsent.get(response);
    if (before) removeBytes(before);
    addBytes(held);
    unsent.set(response, held);
    for (const oldest of unsent.keys()) {
      if (bytes <= maxUnsentBytes) return;
      forget(oldest);
      oldest.destroy();
    }
  };
  return async ({ request, response, requestId }, text, { signal, setHead }) => {
    response.once('close', () => forget(response));
    const size = Buffer.byteLength(text);
    hold(response, { size, waiting: text });
    const compressed = await compress(text, { request, signal }).catch((cause: unknown) => {
      if (!signal.aborted) {
        onFailure(new Error('An answer was sent uncompressed.', { cause }), requestId);
      }
      return null;
    });
    if (response.destroyed) return;
    setHead();
    if (compressed === null) {
      hold(response, { size, waiting: null });
      if (response.destroyed) return;
      response.end(text);
      return;
    }
    response.setHeader('content-encoding', compressed.encoding);
    response.setHeader('content-length', compressed.bytes.length);
    hold(response, { size: compressed.bytes.length, waiting: null });
    response.end(compressed.bytes);
  };
};
