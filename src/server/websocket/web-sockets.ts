import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { handleProtocols } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Connections, Draining } from '../http/connections.ts';
import { badRequest, HttpError, internalError, overloaded } from '../http/http-error.ts';
import { createRequestCapacity } from '../http/request-capacity.ts';
import type { GraphqlServer } from '../http/request-listener.ts';
import type { Responder } from '../http/responder.ts';
import type { PendingWork } from '../life-cycle/pending-work.ts';
import { maxSubscriptionBytes } from '../subscriptions/subscriptions.ts';
import type { OperationReport } from '../telemetry/operation-report.ts';
import { toRequestId } from '../telemetry/request-id.ts';
import type { SocketMetrics } from '../telemetry/socket-metrics.ts';
import { headersOfHandshake } from './caller-headers.ts';
import { handshakeFault } from './handshake.ts';
import { createMessageTurns } from './message-turns.ts';
import { createOperationStart } from './operation-start.ts';
import { createProtocol } from './protocol.ts';
import { type OpenSocket, serveSocket } from './socket.ts';

interface WebSocketOptions {
  readonly graphql: GraphqlServer;
  readonly connections: Pick<Connections, 'handOver'>;
  readonly responder: Pick<Responder, 'sendErrorAndClose'>;
  readonly pendingWork: PendingWork;
  readonly draining: Draining;
  readonly corsOrigins: readonly string[];
  readonly hasGraphiql: boolean;
  /** Limit of sockets, with those that have no subscription yet. */
  readonly maxSockets: number;
  /** A client of which nothing comes for this time, or that reads nothing, is lost. In milliseconds. */
  readonly stallMs: number;
  readonly metrics: SocketMetrics;
  readonly report: (operation: OperationReport) => void;
  readonly onFailure: (cause: unknown, requestId: string) => void;
}

/** Takes over the connection of a request that Node has upgraded. */
export type TakeUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Operations that start at a time, over all sockets, as many as requests by HTTP. Each holds a message of 32 KiB at most. */
const startingLimits = { requests: 2_000, bodyBytes: 0 };

const settings = {
  noServer: true,
  clientTracking: false,
  handleProtocols,
  // Each socket would keep some hundred kilobytes for it, and a small message can be a large text.
  perMessageDeflate: false,
  maxPayload: maxSubscriptionBytes,
  // Each part and each chunk of an unfinished message takes memory of its own.
  maxFragments: 64,
  maxBufferedChunks: 256,
  // How long a client may take to confirm a close, in milliseconds.
  closeTimeout: 1_000,
};

/** The share of `stallMs` in which `connection_init` must come: 10 s of a minute. */
const initShare = 1 / 6;

/**
 * Creates what serves WebSockets. Sockets without a subscription cannot keep others out: if there are too many sockets,
 * the one that has had no subscription for the longest time is closed.
 */
export const createWebSockets = (options: WebSocketOptions): TakeUpgrade => {
  const { connections, responder, pendingWork, draining, metrics, onFailure, stallMs } = options;
  const capacity = createRequestCapacity(startingLimits);
  const start = createOperationStart({ ...options, capacity });
  const protocol = createProtocol(stallMs * initShare);
  const createQueue = createMessageTurns();
  const server = new WebSocketServer(settings);
  const requestIds = new WeakMap<IncomingMessage, string>();
  const open = new Set<OpenSocket>();
  /** Open sockets without an operation, in the order in which they lost the last one. */
  const idle = new Set<OpenSocket>();

  const forget = (socket: OpenSocket): void => {
    open.delete(socket);
    idle.delete(socket);
  };
  const makeRoom = (): void => {
    if (open.size < options.maxSockets) return;
    const [oldest] = idle;
    if (oldest === undefined) throw overloaded();
    forget(oldest);
    oldest.evict();
  };

  const serve = (webSocket: WebSocket, request: IncomingMessage, requestId: string): void => {
    metrics.onSocketOpen();
    const socket: OpenSocket = serveSocket(webSocket, {
      ...{ protocol, start, createQueue, requestId, stallMs, onFailure },
      headers: headersOfHandshake(request.headers),
      onChange: (hasOperations) => {
        if (hasOperations) idle.delete(socket);
        else if (open.has(socket)) idle.add(socket);
      },
      onClose: (code) => {
        metrics.onSocketClose(code);
        forget(socket);
      },
    });
    open.add(socket);
    idle.add(socket);
  };

  const drain = async (socket: OpenSocket): Promise<void> => {
    const end = pendingWork.begin();
    await socket.drain();
    end();
  };
  const onDrain = (): void => {
    for (const socket of open) drain(socket).catch((cause: unknown) => onFailure(cause, ''));
  };
  draining.addEventListener('abort', onDrain, { once: true });

  const refuse = (socket: Duplex, cause: unknown, requestId: string): void => {
    const isRefusal = cause instanceof HttpError;
    if (!isRefusal) onFailure(cause, requestId);
    responder.sendErrorAndClose(socket, isRefusal ? cause : internalError(), requestId);
  };
  server.on('headers', (headers, request) => {
    headers.push(`x-request-id: ${requestIds.get(request) ?? ''}`);
  });
  server.on('wsClientError', (_error, socket, request) => {
    const error = badRequest(
      'The handshake is not valid. Send a Sec-WebSocket-Key as in RFC 6455.',
    );
    refuse(socket, error, requestIds.get(request) ?? toRequestId(null));
  });
  const faultOptions = { ...options, isDraining: () => draining.aborted };

  return (request, socket, head) => {
    const requestId = toRequestId(String(request.headers['x-request-id'] ?? ''));
    requestIds.set(request, requestId);
    connections.handOver(socket, () => {
      try {
        const fault = handshakeFault(request, faultOptions);
        if (fault) throw fault;
        makeRoom();
        server.handleUpgrade(request, socket, head, (webSocket) => {
          serve(webSocket, request, requestId);
        });
      } catch (cause) {
        refuse(socket, cause, requestId);
      }
    });
  };
};
