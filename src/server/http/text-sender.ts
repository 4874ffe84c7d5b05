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

/**
 * Limits the memory of answers that their clients have not read yet, or that are being compressed, over all connections.
 * Beyond `maxUnsentBytes` it closes the connections of the oldest ones. Clients that read are not affected: they take an
 * answer at once. A client that never reads could otherwise fill the memory by repeating its request.
 */
export const createTextSender = ({
  maxUnsentBytes,
  compress,
  onFailure,
}: TextSenderOptions): SendText => {
  /** Responses and the sizes of what is held for them, oldest first. */
  const unsent = new Map<ServerResponse, number>();
  let bytes = 0;
  const forget = (response: ServerResponse): void => {
    bytes -= unsent.get(response) ?? 0;
    unsent.delete(response);
  };
  const hold = (response: ServerResponse, size: number): void => {
    bytes += size - (unsent.get(response) ?? 0);
    unsent.set(response, size);
    for (const oldest of unsent.keys()) {
      if (bytes <= maxUnsentBytes) return;
      forget(oldest);
      oldest.destroy();
    }
  };
  return async ({ request, response, requestId }, text, { signal, setHead }) => {
    response.once('close', () => forget(response));
    hold(response, Buffer.byteLength(text));
    const compressed = await compress(text, { request, signal }).catch((cause: unknown) => {
      if (!signal.aborted) {
        onFailure(new Error('An answer was sent uncompressed.', { cause }), requestId);
      }
      return null;
    });
    if (response.destroyed) return;
    setHead();
    if (compressed === null) {
      response.end(text);
      return;
    }
    response.setHeader('content-encoding', compressed.encoding);
    response.setHeader('content-length', compressed.bytes.length);
    hold(response, compressed.bytes.length);
    response.end(compressed.bytes);
  };
};
