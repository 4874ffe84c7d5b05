import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';

export interface StubAnswer {
  readonly status?: number;
  /** Sent as it is where it is a text, else as JSON. */
  readonly body: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface StubUpstream {
  readonly baseUrl: string;
  /** Method and path of every request since the last `clear`, without the query. */
  readonly requests: string[];
  readonly close: () => void;
}

/** An API that answers what a test says; the path comes without `/v1` and without the query. */
export const startStubUpstream = async (
  answer: (path: string, query: URLSearchParams, request: IncomingMessage) => StubAnswer,
): Promise<StubUpstream> => {
  const requests: string[] = [];
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    const url = new URL(request.url ?? '/', 'http://stub.invalid');
    requests.push(`${request.method} ${url.pathname}`);
    const {
      status = 200,
      body,
      contentType = 'application/json',
      headers = {},
    } = answer(url.pathname.replace(/^\/v1/, ''), url.searchParams, request);
    response.writeHead(status, { 'content-type': contentType, ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  return {
    baseUrl: `http://127.0.0.1:${address.port}/v1`,
    requests,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
