import type { Duplex } from 'node:stream';
import type { Exchange } from './refuse.ts';

/** One request on a connection. */
interface Turn extends Exchange {
  /** Called when all earlier requests of the connection have been answered; never if the connection ends before. */
  readonly begin: () => void;
  /** Called once, when the response has been sent or the connection has ended. */
  readonly end: () => void;
}

interface Connection {
  current: Turn | null;
  /** Pipelined requests, in the order of their arrival. */
  readonly waiting: Turn[];
  /** What follows the answers: the connection is beyond repair. */
  last: (() => void) | null;
}

/** Requests begin one after another on each connection. */
export interface Connections {
  readonly enter: (turn: Turn) => void;
  /** The request of a connection that is in progress, if there is one. */
  readonly currentOf: (socket: Duplex) => Exchange | null;
  /** Calls `then` when every request that has arrived on the connection has been answered. */
  readonly whenAnswered: (socket: Duplex, then: () => void) => void;
}

/**
 * Node gives out all requests of a chunk of 64 KB at once, up to 3,600 of them, and reads no further while its socket is
 * paused. Each that waits takes about 5 KB.
 */
const mostWaiting = 4_000;

/**
 * Keeps pipelined requests waiting for their turn, and stops reading from their connection meanwhile. At most 4,000
 * requests wait over all connections: one that sends more is cut off.
 */
export const createConnections = (): Connections => {
  const connections = new WeakMap<Duplex, Connection>();
  let waitingCount = 0;

  const proceed = (socket: Duplex, connection: Connection): void => {
    connection.current = null;
    // After an answer with `Connection: close` no later one could be sent.
    if (!socket.writable) return;
    const next = connection.waiting.shift();
    if (next === undefined && connection.last) {
      connection.last();
      return;
    }
    // The last one that waited may not have arrived whole.
    if (connection.waiting.length === 0 && !connection.last) socket.resume();
    if (next === undefined) return;
    waitingCount -= 1;
    start(socket, connection, next);
  };

  const start = (socket: Duplex, connection: Connection, turn: Turn): void => {
    connection.current = turn;
    turn.response.once('close', () => {
      turn.end();
      proceed(socket, connection);
    });
    turn.begin();
  };

  const open = (socket: Duplex): Connection => {
    const connection: Connection = { current: null, waiting: [], last: null };
    connections.set(socket, connection);
    socket.once('close', () => {
      waitingCount -= connection.waiting.length;
      for (const turn of connection.waiting.splice(0)) turn.end();
    });
    // Reading a body resumes the socket, even if that body has been received whole.
    socket.on('resume', () => {
      if (connection.waiting.length > 0 || connection.last) socket.pause();
    });
    return connection;
  };

  return {
    enter: (turn) => {
      const { socket } = turn.request;
      const connection = connections.get(socket) ?? open(socket);
      if (connection.current === null) {
        start(socket, connection, turn);
        return;
      }
      if (waitingCount >= mostWaiting) socket.destroy();
      if (socket.destroyed) {
        turn.end();
        return;
      }
      waitingCount += 1;
      connection.waiting.push(turn);
      socket.pause();
    },
    currentOf: (socket) => connections.get(socket)?.current ?? null,
    whenAnswered: (socket, then) => {
      const connection = connections.get(socket);
      if (!connection?.current) {
        then();
        return;
      }
      connection.last ??= then;
      socket.pause();
    },
  };
};
