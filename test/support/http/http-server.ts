import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import {
  type Compressors,
  zlibCompressors,
} from '../../../src/server/http/encoding/text-compression.ts';
import { createHttpServer } from '../../../src/server/http/server.ts';
import { createPendingWork } from '../../../src/server/life-cycle/pending-work.ts';
import type { OperationReport } from '../../../src/server/telemetry/operation-report.ts';
import type { Webhooks } from '../../../src/server/webhooks/webhooks.ts';
import { listen } from './listen.ts';
import { rawRequest } from './raw-http.ts';

export const hostHeader = { Host: 'gateway' };
/** The bytes of a GET of `/graphql` with this query string. */
export const get = (search = '') => rawRequest(`GET /graphql?${search}`, hostHeader);
/** The bytes of a POST to `/graphql` with this body. */
export const post = (body: string) =>
  rawRequest('POST /graphql?', { ...hostHeader, 'Content-Type': 'application/json' }, body);

/** Starts the gateway's HTTP server in front of a function that stands in for GraphQL; it stops when the test ends. */
export const startHttpServer = async (
  handle: (request: Request) => Response | Promise<Response>,
  stallMs?: number,
  corsOrigins: readonly string[] = [],
  compressors: Compressors = zlibCompressors,
  webhooks: Webhooks | null = null,
) => {
  const reports: OperationReport[] = [];
  const failures: { readonly cause: unknown; readonly requestId: string }[] = [];
  const asked: string[] = [];
  const pendingWork = createPendingWork();
  const draining = new AbortController();
  const server = createHttpServer(
    {
      graphql: {
        fetchAPI: { Request },
        handleRequest: (request) => {
          asked.push(request.url);
          return handle(request);
        },
      },
      pendingWork,
      draining: draining.signal,
      corsOrigins,
      graphiql: null,
      webhooks,
      compressors,
      maxSockets: 10,
      metrics: { onSocketOpen: () => {}, onSocketClose: () => {} },
      report: (operation) => reports.push(operation),
      onFailure: (cause, requestId) => failures.push({ cause, requestId }),
    },
    stallMs,
  );
  const port = await listen(server);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${port}`,
    server,
    pendingWork,
    /** Starts the drain, as SIGTERM does. */
    drain: () => draining.abort(),
    reports,
    failures,
    asked,
  };
};

/** Creates an answer that stays open until the test calls `give`. */
export const createHeldAnswer = () => {
  let give = (_answer: Response): void => {};
  const answer = new Promise<Response>((resolve) => {
    give = resolve;
  });
  return { answer, give: (text: string) => give(new Response(text)) };
};

/** Waits until the client has closed the connection, then fails. */
export const untilAborted = async ({ signal }: Request): Promise<Response> => {
  await once(signal, 'abort');
  signal.throwIfAborted();
  return new Response('');
};
