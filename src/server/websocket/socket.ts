import { setTimeout as delay } from 'node:timers/promises';
import { CloseCode } from 'graphql-ws';
import type { WebSocket } from 'ws';
import { toRequestId } from '../telemetry/request-id.ts';
import { type CallerHeaders, InitPayloadError, readCallerHeaders } from './caller-headers.ts';
import { codeOfError, ownCloseCodes } from './close-codes.ts';
import { watchLiveness } from './liveness.ts';
import { createMessageRate, messageRate } from './message-rate.ts';
import type { CreateMessageQueue } from './message-turns.ts';
import { readMessage, withQuery } from './messages.ts';
import type { StartOperation } from './operation-start.ts';
import { createSocketOperations } from './operations.ts';
import type { Protocol } from './protocol.ts';

interface SocketOptions {
  readonly protocol: Protocol;
  readonly start: StartOperation;
  readonly createQueue: CreateMessageQueue;
  /** The id of the handshake. The operations of the socket have it as well, each with a number. */
  readonly requestId: string;
  /** Those of the handshake. */
  readonly headers: CallerHeaders;
  readonly stallMs: number;
  /** Called when the first operation begins, and when the last one has ended. */
  readonly onChange: (hasOperations: boolean) => void;
  /** Called once, with the code of the side that closed the socket. */
  readonly onClose: (code: number) => void;
  readonly onFailure: (cause: unknown, requestId: string) => void;
}

/** An open socket. */
export interface OpenSocket {
  /**
   * Closes the socket when its operations have ended; they end because the process drains. Resolves when the client has
   * confirmed the close, or the time for it is over.
   */
  readonly drain: () => Promise<void>;
  /** Closes the socket at once, to make room for another one. */
  readonly evict: () => void;
}

/** In milliseconds. A drain does not wait longer for a client that does not read. */
const drainMs = 1_000;

/**
 * The protocol does not say that a subscription has begun. So a pong waits until those before it have, but for this time
 * at most, in milliseconds: clients take a longer silence for a lost connection.
 */
const pongMs = 4_000;

/** In bytes (RFC 6455, section 5.5). */
const maxReason = 123;

/** The reason of a close. graphql-ws puts ids into it, and the package ws throws an error if it is too long. */
const toReason = (text: string): Buffer => {
  const bytes = Buffer.alloc(maxReason);
  return bytes.subarray(0, new TextEncoder().encodeInto(text, bytes).written);
};

const waitFor = (ms: number): Promise<void> => delay(ms, undefined, { ref: false });

/** Serves one socket until it is closed. */
export const serveSocket = (socket: WebSocket, options: SocketOptions): OpenSocket => {
  const { protocol, start, requestId, onFailure } = options;
  const liveness = watchLiveness(socket, options.stallMs);
  const mayReceive = createMessageRate();
  const operations = createSocketOperations(() => options.onChange(operations.count() > 0));
  let { headers } = options;
  let started = 0;
  let closedWith: number | null = null;
  let handle = async (_text: string): Promise<void> => {};
  const queue = options.createQueue(() => socket.resume());

  const close = (code: number, reason: string): void => {
    if (socket.readyState !== socket.OPEN) return;
    closedWith = code;
    operations.abortAll();
    queue.clear();
    socket.close(code, toReason(reason));
    socket.resume();
  };

  /** Counts what the client has sent. False: it is not handled. */
  const isAdmitted = (): boolean => {
    if (socket.readyState !== socket.OPEN) return false;
    liveness.heard();
    if (mayReceive()) return true;
    close(
      ownCloseCodes.policy,
      `Too many messages: ${messageRate.atOnce} may come at once, then ${messageRate.perSecond} in a second.`,
    );
    // Nothing more is read. The connection is ended after the time for the close.
    socket.pause();
    return false;
  };

  const receive = async (text: string): Promise<void> => {
    const message = readMessage(text);
    if (message === null) {
      close(CloseCode.BadRequest, 'Invalid message received');
      return;
    }
    const { type, id } = message;
    if (type === 'subscribe' && id !== undefined) {
      await operations.run(id, () => handle(withQuery(message)));
      return;
    }
    if (type === 'complete' && id !== undefined) operations.abort(id);
    await handle(text);
  };
  const fail = (cause: unknown): void => {
    onFailure(cause, requestId);
    close(CloseCode.InternalServerError, 'Internal server error');
  };

  const onClosed = protocol.opened(
    {
      protocol: socket.protocol,
      send: liveness.send,
      close: (code = CloseCode.InternalServerError, reason = '') => close(code, reason),
      onMessage: (given) => {
        handle = given;
      },
      // By default the payload comes back, and a client that does not read could fill the memory.
      onPing: async () => {
        if (operations.count() > 0) await Promise.race([operations.whenBegun(), waitFor(pongMs)]);
        await liveness.send('{"type":"pong"}');
      },
    },
    {
      initialise: (payload) => {
        try {
          headers = readCallerHeaders(options.headers, payload);
          return true;
        } catch (error) {
          if (!(error instanceof InitPayloadError)) throw error;
          close(CloseCode.BadRequest, error.message);
          return false;
        }
      },
      start: async (id, payload) => {
        const operation = operations.find(id);
        if (operation === undefined) throw new TypeError('The operation is not recorded.');
        started += 1;
        const begun = start({
          ...{ payload, headers },
          requestId: toRequestId(`${requestId}.${started}`),
          signal: operation.controller.signal,
          running: operation.running,
        });
        return begun.finally(operation.onBegun);
      },
    },
  );

  socket.on('message', (data, isBinary) => {
    if (!isAdmitted()) return;
    if (isBinary || !(data instanceof Buffer)) {
      close(CloseCode.BadRequest, 'Messages must be texts');
      return;
    }
    queue.add(() => {
      receive(data.toString('utf8')).catch(fail);
    });
    // What follows stays with the client until the messages of this chunk have been handled.
    socket.pause();
  });
  socket.on('ping', isAdmitted).on('pong', isAdmitted);
  // The package closes the socket with the code that fits the error.
  socket.on('error', (error) => {
    closedWith ??= codeOfError(error);
    operations.abortAll();
  });
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  socket.once('close', (code, reason) => {
    liveness.end();
    queue.clear();
    operations.abortAll();
    options.onClose(closedWith ?? code);
    onClosed(code, reason.toString('utf8')).catch((cause: unknown) => onFailure(cause, requestId));
  });

  return {
    drain: async () => {
      await Promise.race([operations.whenNone(), waitFor(drainMs)]);
      close(ownCloseCodes.goingAway, 'The gateway is being stopped.');
      await closed;
    },
    evict: () => {
      close(ownCloseCodes.tryAgainLater, 'Too many WebSockets, and this one had no subscription.');
      setImmediate(() => socket.terminate());
    },
  };
};
