import { createServer, type Server } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { PendingWork } from '../life-cycle/pending-work.ts';
import type { OperationReport } from '../telemetry/operation-report.ts';
import { createConnections, type Draining } from './connections.ts';
import { badRequest, HttpError } from './http-error.ts';
import { createRequestListener, type GraphqlServer } from './request-listener.ts';
import { createResponder } from './responder.ts';

export interface HttpServerOptions {
  readonly graphql: GraphqlServer;
  readonly pendingWork: PendingWork;
  /** From its abort on, every answer ends its connection. */
  readonly draining: Draining;
  readonly corsOrigins: readonly string[];
  /** Whether a browser is shown GraphiQL. */
  readonly hasGraphiql: boolean;
  /** Told of every request that is refused before GraphQL sees it. */
  readonly report: (operation: OperationReport) => void;
  /** Told of every failure of the gateway itself. */
  readonly onFailure: (cause: unknown, requestId: string) => void;
}

/** How long Node waits for clients, in milliseconds, by the names that it gives to that. */
export const httpTimes = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  /** How often the two are looked at. */
  connectionsCheckingInterval: 5_000,
  /** Balancers usually open the connections: theirs end first. */
  keepAliveTimeout: 65_000,
} as const;

export const defaultStallMs = 60_000;

/** What Node's HTTP parser and its timers say of a connection, as an answer. */
const toRefusal = (code: string | undefined): HttpError => {
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

const closing = (refusal: HttpError): HttpError =>
  new HttpError(refusal.status, refusal.code, refusal.message, {
    ...refusal,
    headers: { ...refusal.headers, connection: 'close' },
  });

const codeOf = (error: Error): string | undefined =>
  'code' in error && typeof error.code === 'string' ? error.code : undefined;

/**
 * The gateway's HTTP server, not yet listening. It closes connections that accept none of their answer for `stallMs`
 * milliseconds.
 */
export const createHttpServer = (
  options: HttpServerOptions,
  stallMs: number = defaultStallMs,
): Server => {
  const connections = createConnections(options.draining);
  const refuse = createResponder(options.corsOrigins, options.report, connections.isLast);
  const edge = createRequestListener({ ...options, connections, refuse });

  const onClientError = (error: Error, socket: Duplex): void => {
    // Browsers open connections in advance, and never use some of them.
    const isUnused = socket instanceof Socket && socket.bytesRead === 0;
    if (!socket.writable || isUnused || codeOf(error) === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    const refusal = toRefusal(codeOf(error));
    const current = connections.currentOf(socket);
    // The request whose body is at fault is answered itself; those before it are answered first.
    if (current && !current.request.complete) refuse.sendError(current, closing(refusal));
    else connections.whenAnswered(socket, () => refuse.sendErrorAndClose(socket, refusal));
  };

  // Node answers requests without a Host header and with unknown expectations by itself, unless it is told otherwise.
  const server = createServer({ ...httpTimes, requireHostHeader: false }, edge);
  server.on('checkContinue', edge).on('checkExpectation', edge);
  server.on('clientError', onClientError);
  server.on('connect', (_request, socket) => {
    const refusal = badRequest('The method CONNECT is not supported.', 405, {
      allow: 'GET, HEAD, POST, OPTIONS',
    });
    connections.whenAnswered(socket, () => refuse.sendErrorAndClose(socket, refusal));
  });
  server.setTimeout(stallMs, (socket) => {
    // An operation may take longer. Node tells of a timeout only if no byte of an answer has been accepted meanwhile.
    const isExecuting = connections.currentOf(socket) !== null && socket.writableLength === 0;
    if (isExecuting) socket.setTimeout(stallMs);
    else socket.destroy();
  });
  return server;
};
