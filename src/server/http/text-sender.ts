import type { ServerResponse } from 'node:http';

/** Sends a text as the whole body of a response, and ends the response. */
export type SendText = (response: ServerResponse, text: string) => void;

/**
 * Limits the memory of answers that their clients have not read yet, over all connections. Beyond `maxUnsentBytes` it
 * closes the connections of the oldest ones. Clients that read are not affected: they take an answer at once. A client
 * that never reads could otherwise fill the memory by repeating its request.
 */
export const createTextSender = (maxUnsentBytes: number): SendText => {
  /** Responses and their sizes, oldest first. */
  const unsent = new Map<ServerResponse, number>();
  let bytes = 0;
  const forget = (response: ServerResponse): void => {
    bytes -= unsent.get(response) ?? 0;
    unsent.delete(response);
  };
  return (response, text) => {
    const size = Buffer.byteLength(text);
    unsent.set(response, size);
    bytes += size;
    response.once('close', () => forget(response));
    response.end(text);
    for (const oldest of unsent.keys()) {
      if (bytes <= maxUnsentBytes) return;
      forget(oldest);
      oldest.destroy();
    }
  };
};
