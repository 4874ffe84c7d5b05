import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** A request, its response and its id. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
}

/** A request that waits for the earlier ones of its connection, or is being answered. */
interface QueuedRequest extends Exchange {
  /** Called when all earlier requests of the connection have been answered. Not called if the connection ends before. */
  readonly begin: () => void;
  /** Called once, when the response has been sent or the connection has ended. */
  readonly end: () => void;
}

interface Connection {
  current: QueuedRequest | null;
  /** Pipelined requests, in the order of their arrival. */
  readonly waiting: QueuedRequest[];
  /** Sends an error as the last answer. Set if the connection cannot be read any further. */
  finalAnswer: (() => void) | null;
  /** Whether the connection ends with the current answer, and takes no further requests. */
  isEnding: boolean;
  /** Keeps the connection paused while it must not be read. */
  readonly onResume: () => void;
}

/** A signal that is aborted when the process begins to drain. */
export type Draining = Pick<AbortSignal, 'aborted' | 'addEventListener'>;

/** Starts the requests of each connection one after another. */
export interface Connections {
  readonly enter: (queued: QueuedRequest) => void;
  /** The request that is being answered on a connection; null if there is none. */
  readonly currentOf: (socket: Duplex) => Exchange | null;
  /**
   * Whether an answer must end its connection: the process drains, and no request that arrived before the drain waits
   * behind this one.
   */
  readonly isLast: (exchange: Exchange) => boolean;
  /**
   * Makes the current answer the last one of its connection, because nobody knows when it ends. Requests that wait behind it
   * are dropped, and the connection is closed if further ones arrive.
   */
  readonly makeLast: (exchange: Exchange) => void;
  /** Calls `then` when every request that has arrived on the connection has been answered. */
  readonly whenAnswered: (socket: Duplex, then: () => void) => void;
  /** The same for a connection that another protocol takes over then. */
  readonly handOver: (socket: Duplex, then: () => void) => void;
}

/**
 * Limit of waiting requests. Node emits all requests of a chunk of 64 KB at once, up to 3,600 of them, and stops reading
 * while the socket is paused. A waiting request takes about 5 KB.
 */
const maxWaiting = 4_000;

/**
 * Queues pipelined requests, and pauses their connection meanwhile. At most 4,000 requests wait, over all connections; a
 * connection that exceeds the limit is closed. While the process drains, no connection is paused: a paused socket does
 * not report that its client has left, and the drain would wait for its request.
 */
export const createConnections = (draining: Draining): Connections => {
  const connections = new WeakMap<Duplex, Connection>();
  const paused = new Set<Duplex>();
  /** Requests that arrived during the drain. */
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
    for (const queued of connection.waiting.splice(0)) queued.end();
  };

  const proceed = (socket: Duplex, connection: Connection): void => {
    connection.current = null;
    // After an answer with `Connection: close`, no other answer can be sent.
    if (!socket.writable) {
      dropWaiting(connection);
      return;
    }
    const next = connection.waiting.shift();
    if (next === undefined && connection.finalAnswer) {
      connection.finalAnswer();
      return;
    }
    // The last waiting request may not have arrived completely.
    if (connection.waiting.length === 0 && !connection.finalAnswer) read(socket);
    if (next === undefined) return;
    waitingCount -= 1;
    start(socket, connection, next);
  };

  const start = (socket: Duplex, connection: Connection, queued: QueuedRequest): void => {
    connection.current = queued;
    queued.response.once('close', () => {
      queued.end();
      proceed(socket, connection);
    });
    queued.begin();
  };

  const open = (socket: Duplex): Connection => {
    const connection: Connection = {
      current: null,
      waiting: [],
      finalAnswer: null,
      isEnding: false,
      // Reading a body resumes the socket, even if that body has been received completely.
      onResume: () => {
        if (connection.waiting.length > 0 || connection.finalAnswer) pause(socket);
      },
    };
    connections.set(socket, connection);
    socket.once('close', () => {
      paused.delete(socket);
      dropWaiting(connection);
    });
    socket.on('resume', connection.onResume);
    return connection;
  };

  const whenAnswered: Connections['whenAnswered'] = (socket, then) => {
    const connection = connections.get(socket);
    if (!connection?.current) {
      then();
      return;
    }
    if (connection.isEnding) {
      socket.destroy();
      return;
    }
    connection.finalAnswer ??= then;
    pause(socket);
  };

  return {
    enter: (queued) => {
      const { socket } = queued.request;
      if (draining.aborted) late.add(queued.request);
      // A destroyed socket and its response emit no further events.
      if (socket.destroyed) {
        queued.end();
        return;
      }
      const connection = connections.get(socket) ?? open(socket);
      if (connection.current === null) {
        start(socket, connection, queued);
        return;
      }
      if (waitingCount >= maxWaiting || connection.isEnding) socket.destroy();
      if (socket.destroyed) {
        queued.end();
        return;
      }
      waitingCount += 1;
      connection.waiting.push(queued);
      pause(socket);
    },
    currentOf: (socket) => connections.get(socket)?.current ?? null,
    isLast: ({ request }) => {
      const connection = connections.get(request.socket);
      if (connection?.isEnding) return true;
      if (!draining.aborted) return false;
      const hasMore = connection && (connection.waiting.length > 0 || connection.finalAnswer);
      return late.has(request) || !hasMore;
    },
    makeLast: ({ request: { socket } }) => {
      const connection = connections.get(socket);
      if (!connection) return;
      connection.isEnding = true;
      // What follows cannot be answered any more.
      if (connection.finalAnswer) socket.destroy();
      dropWaiting(connection);
      read(socket);
    },
    whenAnswered,
    handOver: (socket, then) =>
      whenAnswered(socket, () => {
        const connection = connections.get(socket);
        connections.delete(socket);
        paused.delete(socket);
        if (connection) socket.off('resume', connection.onResume);
        then();
        // It was paused while it waited.
        socket.resume();
      }),
  };
};
