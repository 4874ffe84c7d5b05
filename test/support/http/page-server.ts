import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { listen } from './listen.ts';
import { postJson } from './post-json.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** Forwards an operation. Answers are passed on as they come, because a subscription has no end. */
const forward = async (request: IncomingMessage, response: ServerResponse, gatewayUrl: string) => {
  const { authorization, accept } = request.headers;
  const left = new AbortController();
  response.once('close', () => left.abort());
  const headers = { ...(accept && { accept }), ...(authorization && { authorization }) };
  const sent = postJson(gatewayUrl, await text(request), headers, left.signal);
  const answer = await sent.catch(() => null);
  if (answer === null) {
    // As proxies answer if nothing listens behind them.
    response.writeHead(502, { 'content-type': 'text/html' });
    response.end('<h1>Bad gateway</h1>');
    return;
  }
  const type = answer.headers.get('content-type') ?? 'application/json';
  response.writeHead(answer.status, { 'content-type': type });
  response.flushHeaders();
  await pipeline(answer.body ?? [], response);
};

const serveFile = async (response: ServerResponse, folder: string, path: string) => {
  const name = path === '/' ? '/index.html' : normalize(path);
  const content = await readFile(join(folder, name)).catch(() => null);
  response.writeHead(content ? 200 : 404, { 'content-type': types[extname(name)] ?? 'text/plain' });
  response.end(content);
};

/** A server of static files. */
export interface PageServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Serves a built page on a free port, and forwards `/graphql` to the gateway. */
export const servePage = async (folder: string, gatewayUrl: string): Promise<PageServer> => {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://page.invalid');
    const answered =
      pathname === '/graphql'
        ? forward(request, response, gatewayUrl)
        : serveFile(response, folder, pathname);
    answered.catch(() => response.destroy());
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
