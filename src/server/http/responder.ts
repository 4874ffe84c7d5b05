import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { OperationReport } from '../telemetry/operation-report.ts';
import { toRequestId } from '../telemetry/request-id.ts';
import { corsHeaders } from './cross-site.ts';
import { type HttpError, httpErrorBody } from './http-error.ts';
import { securityHeaders } from './security-headers.ts';

/** A request, its response and its id. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
}

/** Answers requests without GraphQL, in the same form. */
export interface Responder {
  /** Answers with a refusal and reports it; cuts the connection if an answer has been begun. */
  readonly sendError: (exchange: Exchange, refusal: HttpError) => void;
  /** Answers without a body, and without a report. */
  readonly sendEmpty: (
    exchange: Exchange,
    status: number,
    headers?: Readonly<Record<string, string>>,
  ) => void;
  /** Answers what is no request that could be read, and ends the connection. */
  readonly sendErrorAndClose: (socket: Duplex, refusal: HttpError) => void;
}

const responseType = 'application/graphql-response+json';

const typeFor = (accept: string | undefined): string =>
  `${accept?.includes(responseType) ? responseType : 'application/json'}; charset=utf-8`;

const lengthOf = (text: string): string => String(Buffer.byteLength(text));

export const createResponder = (
  corsOrigins: readonly string[],
  report: (operation: OperationReport) => void,
  /** Whether the answer must end its connection. */
  isLast: (exchange: Exchange) => boolean,
): Responder => {
  const headersFor = (requestId: string, origin: string | undefined) => ({
    ...securityHeaders,
    ...corsHeaders(origin ?? null, corsOrigins),
    'x-request-id': requestId,
  });

  const writeHead = (
    exchange: Exchange,
    status: number,
    headers: Readonly<Record<string, string>>,
  ): void => {
    const { request, response, requestId } = exchange;
    response.statusCode = status;
    if (isLast(exchange)) response.setHeader('connection', 'close');
    const all = { ...headersFor(requestId, request.headers.origin), ...headers };
    for (const [name, value] of Object.entries(all)) response.setHeader(name, value);
  };

  const reportError = ({ code }: HttpError, requestId: string): void =>
    report({
      requestId,
      caller: null,
      name: null,
      kind: 'none',
      isAuthenticated: false,
      outcome: code,
      upstreamCalls: 0,
      durationMs: 0,
    });

  return {
    sendError: (exchange, refusal) => {
      const { request, response, requestId } = exchange;
      if (response.headersSent || response.destroyed) {
        response.destroy();
        return;
      }
      reportError(refusal, requestId);
      // What was set for an answer that failed halfway.
      for (const name of response.getHeaderNames()) response.removeHeader(name);
      const text = httpErrorBody(refusal, requestId);
      writeHead(exchange, refusal.status, {
        'content-type': typeFor(request.headers.accept),
        // Node adds none for HTTP/1.0.
        'content-length': lengthOf(text),
        ...refusal.headers,
      });
      response.end(text);
    },
    sendEmpty: (exchange, status, headers = {}) => {
      writeHead(exchange, status, headers);
      exchange.response.end();
    },
    sendErrorAndClose: (socket, refusal) => {
      const requestId = toRequestId(null);
      reportError(refusal, requestId);
      const text = httpErrorBody(refusal, requestId);
      const headers = {
        ...headersFor(requestId, undefined),
        ...refusal.headers,
        'content-type': typeFor(undefined),
        'content-length': lengthOf(text),
        connection: 'close',
      };
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      const status = `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}\r\n`;
      socket.end(`${status}${lines.join('')}\r\n${text}`, () => socket.destroy());
    },
  };
};
