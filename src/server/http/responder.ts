import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type OperationReport, reportOfRefusal } from '../telemetry/operation-report.ts';
import { toRequestId } from '../telemetry/request-id.ts';
import type { Exchange } from './connections.ts';
import { corsHeaders } from './cross-site.ts';
import { type HttpError, httpErrorBody } from './http-error.ts';
import { securityHeaders } from './security-headers.ts';

/** Answers requests without the GraphQL server. Errors have the format of GraphQL errors. */
export interface Responder {
  /** Sets the status, these headers, and those that every answer has. */
  readonly setHead: (
    exchange: Exchange,
    status: number,
    headers: Readonly<Record<string, string>>,
  ) => void;
  /** Sends and reports an error. If an answer has already begun, it only closes the connection. */
  readonly sendError: (exchange: Exchange, error: HttpError) => void;
  /** Sends an error that does not count as an operation. */
  readonly sendUnreported: (exchange: Exchange, error: HttpError) => void;
  /** Sends an answer without a body, and reports nothing. */
  readonly sendEmpty: (
    exchange: Exchange,
    status: number,
    headers?: Readonly<Record<string, string>>,
  ) => void;
  /** Sends and reports an error for a request that could not be read, and ends the connection. */
  readonly sendErrorAndClose: (socket: Duplex, error: HttpError, requestId?: string) => void;
}

const responseType = 'application/graphql-response+json';

const typeFor = (accept: string | undefined): string =>
  `${accept?.includes(responseType) ? responseType : 'application/json'}; charset=utf-8`;

const lengthOf = (text: string): string => String(Buffer.byteLength(text));

/** `isLast` tells whether an answer must end its connection. */
export const createResponder = (
  corsOrigins: readonly string[],
  report: (operation: OperationReport) => void,
  isLast: (exchange: Exchange) => boolean,
): Responder => {
  const headersFor = (requestId: string, origin: string | undefined) => ({
    ...securityHeaders,
    ...corsHeaders(origin ?? null, corsOrigins),
    'x-request-id': requestId,
  });

  const setHead: Responder['setHead'] = (exchange, status, headers) => {
    const { request, response, requestId } = exchange;
    response.statusCode = status;
    if (isLast(exchange)) response.setHeader('connection', 'close');
    const all = { ...headersFor(requestId, request.headers.origin), ...headers };
    for (const [name, value] of Object.entries(all)) response.setHeader(name, value);
  };

  const reportError = ({ code }: HttpError, requestId: string): void =>
    report(reportOfRefusal(requestId, code));

  const sendUnreported: Responder['sendUnreported'] = (exchange, error) => {
    const { request, response, requestId } = exchange;
    const text = httpErrorBody(error, requestId);
    setHead(exchange, error.status, {
      'content-type': typeFor(request.headers.accept),
      // Node does not add it for HTTP/1.0.
      'content-length': lengthOf(text),
      ...error.headers,
    });
    response.end(text);
  };

  return {
    setHead,
    sendError: (exchange, error) => {
      const { response, requestId } = exchange;
      if (response.headersSent || response.destroyed) {
        response.destroy();
        return;
      }
      reportError(error, requestId);
      // An answer that failed before its first byte may have set headers.
      for (const name of response.getHeaderNames()) response.removeHeader(name);
      sendUnreported(exchange, error);
    },
    sendUnreported,
    sendEmpty: (exchange, status, headers = {}) => {
      setHead(exchange, status, headers);
      exchange.response.end();
    },
    sendErrorAndClose: (socket, error, requestId = toRequestId(null)) => {
      reportError(error, requestId);
      const text = httpErrorBody(error, requestId);
      const headers = {
        ...headersFor(requestId, undefined),
        ...error.headers,
        'content-type': typeFor(undefined),
        'content-length': lengthOf(text),
        connection: 'close',
      };
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      const status = `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}\r\n`;
      socket.end(`${status}${lines.join('')}\r\n${text}`, () => socket.destroy());
    },
  };
};
