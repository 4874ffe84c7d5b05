import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { createHttpServer } from '../../src/server/http/server.ts';
import { createPendingWork } from '../../src/server/life-cycle/pending-work.ts';
import type { OperationReport } from '../../src/server/telemetry/operation-report.ts';
import { rawRequest } from './raw-http.ts';

export const proof = { Host: 'gateway' };
export const get = (search = '') => rawRequest(`GET /graphql?${search}`, proof);
export const post = (body: string) =>
  rawRequest('POST /graphql?', { ...proof, 'Content-Type': 'application/json' }, body);

/** The HTTP server in front of a GraphQL server that is a function; it ends with the test. */
export const startHttpServer = async (
  handle: (request: Request) => Response | Promise<Response>,
  stallMs?: number,
  corsOrigins: readonly string[] = [],
) => {
  const reports: OperationReport[] = [];
  const failures: { readonly cause: unknown; readonly requestId: string }[] = [];
  const asked: string[] = [];
  const activity = createPendingWork();
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
      pendingWork: activity,
      draining: draining.signal,
      corsOrigins,
      hasGraphiql: false,
      report: (operation) => reports.push(operation),
      onFailure: (cause, requestId) => failures.push({ cause, requestId }),
    },
    stallMs,
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    server,
    activity,
    /** As SIGTERM does. */
    drain: () => draining.abort(),
    reports,
    failures,
    asked,
  };
};

/** An answer that is given when the test says so. */
export const held = () => {
  let give = (_answer: Response): void => {};
  const answer = new Promise<Response>((resolve) => {
    give = resolve;
  });
  return { answer, give: (text: string) => give(new Response(text)) };
};

/** Answers nothing until the client has left. */
export const untilAborted = async ({ signal }: Request): Promise<Response> => {
  await once(signal, 'abort');
  signal.throwIfAborted();
  return new Response('');
};
