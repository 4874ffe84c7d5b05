import { createServer, type Server } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { PendingWork } from '../life-cycle/pending-work.ts';
import type { OperationReport } from '../telemetry/operation-report.ts';
import type { SocketMetrics } from '../telemetry/socket-metrics.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import { UpgradableRequest } from '../websocket/upgradable-request.ts';
import { createWebSockets } from '../websocket/web-sockets.ts';
import { createConnections, type Draining } from './connections.ts';
import type { StaticPage } from './encoding/static-page.ts';
import type { Compressors } from './encoding/text-compression.ts';
import { badRequest, HttpError } from './http-error.ts';
import { createRequestListener, type GraphqlServer } from './request-listener.ts';
import { createResponder } from './responder.ts';
import { serverMethods } from './routing.ts';

export interface HttpServerOptions {
  readonly graphql: GraphqlServer;
  readonly pendingWork: PendingWork;
  /** Aborted when the process drains. From then on, every answer ends its connection. */
  readonly draining: Draining;
  readonly corsOrigins: readonly string[];
  /** Null: GraphiQL is off. */
  readonly graphiql: StaticPage | null;
  readonly webhooks: Webhooks | null;
  readonly compressors: Compressors;
  /** Limit of WebSockets. */
  readonly maxSockets: number;
  readonly metrics: SocketMetrics;
  /** Called for each request that is refused before it reaches the GraphQL server. */
  readonly report: (operation: OperationReport) => void;
  readonly onFailure: (cause: unknown, requestId: string) => void;
}

/** How long Node waits for clients, in milliseconds, by the names of Node's options. */
export const httpTimes = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  /** How often Node checks the two above. */
  connectionsCheckingInterval: 5_000,
  /** Longer than the usual idle timeout of a load balancer (60 s), so that the balancer ends its connections first. */
  keepAliveTimeout: 65_000,
} as const;

export const defaultStallMs = 60_000;

/** The answer to an error of Node's HTTP parser or its timers. */
const toHttpError = (code: string | undefined): HttpError => {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return badRequest('The request target and the headers are too long: 16 KiB at most.', 431);
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return badRequest('The extensions of a chunk are too long. Send none.', 413);
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return badRequest('The request did not arrive in time. Send it again.', 408);
    default:
      return badRequest('The request is not valid HTTP/1.1.');
  }
};

const withClose = (error: HttpError): HttpError =>
  new HttpError(error.status, error.code, error.message, {
    ...error,
    headers: { ...error.headers, connection: 'close' },
  });

const codeOf = (error: Error): string | undefined =>
  'code' in error && typeof error.code === 'string' ? error.code : undefined;

/**
 * Creates the gateway's HTTP server, not yet listening. It closes connections whose client has read nothing of an answer
 * for `stallMs` milliseconds.
 */
export const createHttpServer = (
  options: HttpServerOptions,
  stallMs: number = defaultStallMs,
): Server => {
  const connections = createConnections(options.draining);
  const responder = createResponder(options.corsOrigins, options.report, connections.isLast);
  const listener = createRequestListener({ ...options, connections, responder });

  const onClientError = (error: Error, socket: Duplex): void => {
    // Browsers open connections in advance and do not use all of them.
    const isUnused = socket instanceof Socket && socket.bytesRead === 0;
    if (!socket.writable || isUnused || codeOf(error) === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const httpError = toHttpError(codeOf(error));
    const current = connections.currentOf(socket);
    // If the fault is in the body of the current request, that request is answered with the error. Otherwise the fault
    // is in a later request, and all requests before it are answered first.
    if (current && !current.request.complete) responder.sendError(current, withClose(httpError));
    else connections.whenAnswered(socket, () => responder.sendErrorAndClose(socket, httpError));
  };

  // By default, Node itself answers requests without a Host header or with an unknown expectation.
  const server = createServer(
    { ...httpTimes, requireHostHeader: false, IncomingMessage: UpgradableRequest },
    listener,
  );
  server.on('checkContinue', listener).on('checkExpectation', listener);
  server.on('clientError', onClientError);
  // Node passes the socket on without its own listeners: an error without a listener is an uncaught exception.
  const guard = (socket: Duplex): void => {
    socket.on('error', () => socket.destroy());
    if (socket instanceof Socket) socket.setTimeout(stallMs, () => socket.destroy());
  };
  server.on('connect', (_request, socket) => {
    guard(socket);
    const httpError = badRequest('The method CONNECT is not supported.', 405, {
      allow: serverMethods,
    });
    connections.whenAnswered(socket, () => responder.sendErrorAndClose(socket, httpError));
  });
  const takeUpgrade = createWebSockets({
    ...options,
    ...{ connections, responder, stallMs },
    hasGraphiql: options.graphiql !== null,
  });
  server.on('upgrade', (request, socket, head) => {
    guard(socket);
    takeUpgrade(request, socket, head);
  });
  server.setTimeout(stallMs, (socket) => {
    // An operation may run longer than this, and its connection stays open. Otherwise the client has read nothing.
    const isExecuting = connections.currentOf(socket) !== null && socket.writableLength === 0;
    if (isExecuting) socket.setTimeout(stallMs);
    else socket.destroy();
  });
  return server;
};
