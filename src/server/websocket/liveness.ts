import type { WebSocket } from 'ws';

/** What is known of the connection of a socket. */
export interface Liveness {
  /** Sends a text. Resolves when it has been passed to the connection, or the socket is closed. */
  readonly send: (text: string) => Promise<void>;
  /** Notes that the client has sent something. */
  readonly heard: () => void;
  readonly end: () => void;
}

/** Pings in the time after which a client counts as lost. */
const pings = 5;

/**
 * Pings a client, and ends its connection if for `stallMs` nothing has come from it, no answer to a ping either, or if it
 * has read nothing of what was sent.
 */
export const watchLiveness = (socket: WebSocket, stallMs: number): Liveness => {
  let heardMs = performance.now();
  /** Since when the connection takes nothing; null if nothing waits to be sent. */
  let stalledMs: number | null = null;
  let unsent = 0;

  const onSent = (): void => {
    unsent -= 1;
    stalledMs = unsent === 0 ? null : performance.now();
  };
  const check = (): void => {
    const longAgoMs = performance.now() - stallMs;
    if (heardMs < longAgoMs || (stalledMs ?? Number.POSITIVE_INFINITY) < longAgoMs) {
      socket.terminate();
      return;
    }
    // Behind what waits to be sent, a ping would wait, too.
    if (unsent === 0 && socket.readyState === socket.OPEN) socket.ping();
  };
  const timer = setInterval(check, stallMs / pings);
  timer.unref();
  return {
    send: (text) =>
      new Promise((resolve) => {
        if (socket.readyState !== socket.OPEN) {
          resolve();
          return;
        }
        unsent += 1;
        stalledMs ??= performance.now();
        socket.send(text, () => {
          onSent();
          resolve();
        });
      }),
    heard: () => {
      heardMs = performance.now();
    },
    end: () => clearInterval(timer),
  };
};
