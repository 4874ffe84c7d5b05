import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { OperationReport } from '../telemetry/operation-report.ts';
import { toRequestId } from '../telemetry/request-id.ts';
import { corsHeaders } from './cross-site.ts';
import { type Refusal, refusalText } from './http-error.ts';
import { securityHeaders } from './security-headers.ts';

/** A request, its response and its id. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
}

/** Answers requests without GraphQL, in the same form. */
export interface Refuse {
  /** Answers with a refusal and reports it; cuts the connection if an answer has been begun. */
  readonly exchange: (exchange: Exchange, refusal: Refusal) => void;
  /** Answers without a body, and without a report. */
  readonly empty: (
    exchange: Exchange,
    status: number,
    headers?: Readonly<Record<string, string>>,
  ) => void;
  /** Answers what is no request that could be read, and ends the connection. */
  readonly connection: (socket: Duplex, refusal: Refusal) => void;
}

const responseType = 'application/graphql-response+json';

const typeFor = (accept: string | undefined): string =>
  `${accept?.includes(responseType) ? responseType : 'application/json'}; charset=utf-8`;

const lengthOf = (text: string): string => String(Buffer.byteLength(text));

export const createRefuse = (
  corsOrigins: readonly string[],
  report: (operation: OperationReport) => void,
  /** Whether the answer must end its connection. */
  isLast: (exchange: Exchange) => boolean,
): Refuse => {
  const headersFor = (requestId: string, origin: string | undefined) => ({
    ...securityHeaders,
    ...corsHeaders(origin ?? null, corsOrigins),
    'x-request-id': requestId,
  });

  const open = (
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

  const tell = ({ code }: Refusal, requestId: string): void =>
    report({
      requestId,
      caller: null,
      name: null,
      kind: 'none',
      isAccepted: false,
      outcome: code,
      upstreamCalls: 0,
      durationMs: 0,
    });

  return {
    exchange: (exchange, refusal) => {
      const { request, response, requestId } = exchange;
      if (response.headersSent || response.destroyed) {
        response.destroy();
        return;
      }
      tell(refusal, requestId);
      // What was set for an answer that failed halfway.
      for (const name of response.getHeaderNames()) response.removeHeader(name);
      const text = refusalText(refusal, requestId);
      open(exchange, refusal.status, {
        'content-type': typeFor(request.headers.accept),
        // Node adds none for HTTP/1.0.
        'content-length': lengthOf(text),
        ...refusal.headers,
      });
      response.end(text);
    },
    empty: (exchange, status, headers = {}) => {
      open(exchange, status, headers);
      exchange.response.end();
    },
    connection: (socket, refusal) => {
      const requestId = toRequestId(null);
      tell(refusal, requestId);
      const text = refusalText(refusal, requestId);
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
