import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { listen } from '../support/http/listen.ts';

/** What a broken API does with a request instead of answering it. */
export type Fault = (response: ServerResponse, request: IncomingMessage) => void;

/** A REST API over real HTTP that forwards requests to another API, except those to which a fault applies. */
export interface FaultyApi {
  readonly baseUrl: string;
  /** Applies the fault to each following request whose method and URL match. */
  readonly break: (match: RegExp, fault: Fault) => void;
  /** Removes the fault and clears the list of requests. */
  readonly reset: () => void;
  /** Method and URL of each request since the last `reset`, in order. */
  readonly requests: () => readonly string[];
  readonly close: () => Promise<void>;
}

/** Starts a faulty API in front of the API with this URL. */
export const startFaultyApi = async (behind: string): Promise<FaultyApi> => {
  const origin = new URL(behind).origin;
  const sockets = new Set<Socket>();
  let broken: { readonly match: RegExp; readonly fault: Fault } | null = null;
  let seen: string[] = [];

  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const method = request.method ?? 'GET';
    const body = await buffer(request);
    const { authorization = '', 'content-type': contentType = 'application/json' } =
      request.headers;
    const answer = await fetch(`${origin}${request.url}`, {
      method,
      headers: { authorization, 'content-type': contentType },
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    });
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(await answer.text());
  };

  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    const line = `${request.method} ${request.url}`;
    seen.push(line);
    if (broken?.match.test(line)) {
      request.resume();
      broken.fault(response, request);
      return;
    }
    forward(request, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const port = await listen(server);
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    break: (match, fault) => {
      broken = { match, fault };
    },
    reset: () => {
      broken = null;
      seen = [];
    },
    requests: () => seen,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};

/** Answers with the given bytes. */
const bytes =
  (body: string | Buffer, status = 200, headers: Readonly<Record<string, string>> = {}): Fault =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body);
  };

const json = (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}) =>
  bytes(JSON.stringify(body), status, headers);

/** Answers with the error envelope of the API. Its message must not reach clients or the log. */
const refusal = (status: number, code: number, headers: Readonly<Record<string, string>> = {}) =>
  json({ status: false, error: { code, message: 'PLANTED words of the API' } }, status, headers);

/** Answers with a page of a list in the envelope of the API. */
const page = (items: unknown, more: Readonly<Record<string, unknown>> = {}): Fault =>
  json({
    status: true,
    data: { items, totalDocs: 1, limit: 25, page: 1, hasNextPage: false, ...more },
  });

const resetConnection: Fault = (_response, { socket }) => socket.resetAndDestroy();
const hangUp: Fault = (_response, { socket }) => socket.end();
const ignore: Fault = () => {};
const keepOpen: Fault = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.write('{"status": true, "data": {"items": [');
};
const truncate: Fault = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
  response.write('{"status": true, "data": {', () => response.destroy());
};
const sendOtherBytes: Fault = (_response, { socket }) => {
  socket.end('PLANTED this is not HTTP\r\n\r\n');
};
const drip: Fault = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(timer));
};

const html = '<!doctype html><title>PLANTED</title>';
const bomb = gzipSync(Buffer.alloc(40 * 1024 * 1024, 32));

/** The faults of an API, by name. */
export const faults = {
  'a reset connection': resetConnection,
  'a connection closed without an answer': hangUp,
  'a truncated answer': truncate,
  'bytes that are no HTTP answer': sendOtherBytes,
  'no answer at all': ignore,
  'an answer that never ends': keepOpen,
  'an answer that arrives byte by byte': drip,
  'a 500': refusal(500, 1000),
  'a 502 of a proxy': bytes(html, 502, { 'content-type': 'text/html' }),
  'a 503': refusal(503, 1000),
  'a 504': refusal(504, 1000),
  'a 429 with Retry-After': refusal(429, 0, { 'retry-after': '3600' }),
  'a 401': refusal(401, 4002),
  'a 403': refusal(403, 4003),
  'a plan that does not include the feature': refusal(400, 5050),
  'a 404': refusal(404, 3001),
  'a 400': refusal(400, 3000),
  'a 418': refusal(418, 9999),
  'a redirect': bytes('', 302, { location: 'http://127.0.0.1:1/PLANTED' }),
  'a page of HTML': bytes(html, 200, { 'content-type': 'text/html' }),
  'an empty body': bytes(''),
  'half of a JSON document': bytes('{"status": true, "data": {"items": ['),
  'a body that is not UTF-8 text': bytes(Buffer.from([0xff, 0xfe, 0x00, 0x7b])),
  'an error envelope with status 200': refusal(200, 1000),
  'JSON that is not an envelope': json({ PLANTED: true }),
  null: json(null),
  'an envelope whose list is not a list': page('PLANTED'),
  'an answer of 17 MB': bytes(Buffer.alloc(17 * 1024 * 1024, 32)),
  'an answer that inflates to 40 MB': bytes(bomb, 200, { 'content-encoding': 'gzip' }),
  'a wrong Content-Encoding': bytes('{"status":true}', 200, { 'content-encoding': 'gzip' }),
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof faults;
