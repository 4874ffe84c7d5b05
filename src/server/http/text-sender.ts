import type { ServerResponse } from 'node:http';

/** Sends whole answers, and bounds what all of them hold while their clients have not taken them. */
export type SendText = (response: ServerResponse, text: string) => void;

/**
 * Beyond `mostBytes` the connections of the answers that wait longest are cut off: clients that read take an answer in a
 * moment, and whoever does not read could otherwise fill the memory by asking again.
 */
export const createTextSender = (maxUnsentBytes: number): SendText => {
  /** In the order in which they were sent. */
  const waiting = new Map<ServerResponse, number>();
  let bytes = 0;
  const forget = (response: ServerResponse): void => {
    bytes -= waiting.get(response) ?? 0;
    waiting.delete(response);
  };
  return (response, text) => {
    const size = Buffer.byteLength(text);
    waiting.set(response, size);
    bytes += size;
    response.once('close', () => forget(response));
    response.end(text);
    for (const oldest of waiting.keys()) {
      if (bytes <= maxUnsentBytes) return;
      forget(oldest);
      oldest.destroy();
    }
  };
};
