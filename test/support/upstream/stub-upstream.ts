import { createServer, type IncomingMessage } from 'node:http';
import { listen } from '../http/listen.ts';

/** An answer of the stub. */
export interface StubAnswer {
  readonly status?: number;
  /** A string is sent unchanged, any other value as JSON. */
  readonly body: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A REST API whose answers a test defines. */
export interface StubUpstream {
  readonly baseUrl: string;
  /** Method and path of each request, without the query. */
  readonly requests: string[];
  readonly close: () => void;
}

/**
 * Starts an API that answers with the given function. The function receives the path without `/v1` and the query. If it
 * returns null, the connection is closed without an answer.
 */
export const startStubUpstream = async (
  answer: (path: string, query: URLSearchParams, request: IncomingMessage) => StubAnswer | null,
): Promise<StubUpstream> => {
  const requests: string[] = [];
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    const url = new URL(request.url ?? '/', 'http://stub.invalid');
    requests.push(`${request.method} ${url.pathname}`);
    const given = answer(url.pathname.replace(/^\/v1/, ''), url.searchParams, request);
    if (given === null) {
      request.socket.destroy();
      return;
    }
    const { status = 200, body, contentType = 'application/json', headers = {} } = given;
    response.writeHead(status, { 'content-type': contentType, ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  const port = await listen(server);
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
