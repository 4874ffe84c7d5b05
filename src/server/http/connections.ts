import type { Duplex } from 'node:stream';
import type { Exchange } from './responder.ts';

/** One request on a connection. */
interface QueuedRequest extends Exchange {
  /** Called when all earlier requests of the connection have been answered; never if the connection ends before. */
  readonly begin: () => void;
  /** Called once, when the response has been sent or the connection has ended. */
  readonly end: () => void;
}

interface Connection {
  current: QueuedRequest | null;
  /** Pipelined requests, in the order of their arrival. */
  readonly waiting: QueuedRequest[];
  /** What follows the answers: the connection is beyond repair. */
  finalAnswer: (() => void) | null;
}

/** A signal that is aborted when the process is told to end. */
export type Draining = Pick<AbortSignal, 'aborted' | 'addEventListener'>;

/** Requests begin one after another on each connection. */
export interface Connections {
  readonly enter: (turn: QueuedRequest) => void;
  /** The request of a connection that is in progress, if there is one. */
  readonly currentOf: (socket: Duplex) => Exchange | null;
  /**
   * Whether the answer must end its connection: the process is told to end, and no request that had arrived before waits
   * behind this one.
   */
  readonly isLast: (exchange: Exchange) => boolean;
  /** Calls `then` when every request that has arrived on the connection has been answered. */
  readonly whenAnswered: (socket: Duplex, then: () => void) => void;
}

/**
 * Node gives out all requests of a chunk of 64 KB at once, up to 3,600 of them, and reads no further while its socket is
 * paused. Each that waits takes about 5 KB.
 */
const maxWaiting = 4_000;

/**
 * Keeps pipelined requests waiting for their turn, and stops reading from their connection meanwhile. At most 4,000
 * requests wait over all connections: one that sends more is cut off. While the process drains, all connections are read:
 * a paused socket does not tell that its client has left, and its request would be waited for.
 */
export const createConnections = (draining: Draining): Connections => {
  const connections = new WeakMap<Duplex, Connection>();
  const paused = new Set<Duplex>();
  /** Requests that arrived after the process was told to end. */
  const late = new WeakSet<Exchange['request']>();
  let waitingCount = 0;

  const pause = (socket: Duplex): void => {
    if (draining.aborted) return;
    paused.add(socket);
    socket.pause();
  };
  const read = (socket: Duplex): void => {
    paused.delete(socket);
    socket.resume();
  };
  draining.addEventListener('abort', () => paused.forEach(read), { once: true });

  const dropWaiting = (connection: Connection): void => {
    waitingCount -= connection.waiting.length;
    for (const turn of connection.waiting.splice(0)) turn.end();
  };

  const proceed = (socket: Duplex, connection: Connection): void => {
    connection.current = null;
    // After an answer with `Connection: close` no later one could be sent.
    if (!socket.writable) {
      dropWaiting(connection);
      return;
    }
    const next = connection.waiting.shift();
    if (next === undefined && connection.finalAnswer) {
      connection.finalAnswer();
      return;
    }
    // The last one that waited may not have arrived whole.
    if (connection.waiting.length === 0 && !connection.finalAnswer) read(socket);
    if (next === undefined) return;
    waitingCount -= 1;
    start(socket, connection, next);
  };

  const start = (socket: Duplex, connection: Connection, turn: QueuedRequest): void => {
    connection.current = turn;
    turn.response.once('close', () => {
      turn.end();
      proceed(socket, connection);
    });
    turn.begin();
  };

  const open = (socket: Duplex): Connection => {
    const connection: Connection = { current: null, waiting: [], finalAnswer: null };
    connections.set(socket, connection);
    socket.once('close', () => {
      paused.delete(socket);
      dropWaiting(connection);
    });
    // Reading a body resumes the socket, even if that body has been received whole.
    socket.on('resume', () => {
      if (connection.waiting.length > 0 || connection.finalAnswer) pause(socket);
    });
    return connection;
  };

  return {
    enter: (turn) => {
      const { socket } = turn.request;
      if (draining.aborted) late.add(turn.request);
      // Neither it nor its response would tell that it has ended.
      if (socket.destroyed) {
        turn.end();
        return;
      }
      const connection = connections.get(socket) ?? open(socket);
      if (connection.current === null) {
        start(socket, connection, turn);
        return;
      }
      if (waitingCount >= maxWaiting) socket.destroy();
      if (socket.destroyed) {
        turn.end();
        return;
      }
      waitingCount += 1;
      connection.waiting.push(turn);
      pause(socket);
    },
    currentOf: (socket) => connections.get(socket)?.current ?? null,
    isLast: ({ request }) => {
      if (!draining.aborted) return false;
      const connection = connections.get(request.socket);
      const hasMore = connection && (connection.waiting.length > 0 || connection.finalAnswer);
      return late.has(request) || !hasMore;
    },
    whenAnswered: (socket, then) => {
      const connection = connections.get(socket);
      if (!connection?.current) {
        then();
        return;
      }
      connection.finalAnswer ??= then;
      pause(socket);
    },
  };
};
