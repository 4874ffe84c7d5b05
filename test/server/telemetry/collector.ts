import { createServer, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from '../../support/http/listen.ts';
import type { Loose } from '../../support/loose.ts';

/** One finished span, as it arrived. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly failed: boolean;
}

/** Takes traces as OTLP over HTTP, in JSON. */
export interface Collector {
  readonly endpoint: string;
  readonly spans: () => readonly CollectedSpan[];
  /** Every body as it came. */
  readonly bodies: () => string;
  /** Of every export. */
  readonly headers: () => readonly IncomingHttpHeaders[];
  readonly close: () => void;
}

const contentOf = (value: Loose): unknown => Object.values(value)[0];

const toSpan = (span: Loose): CollectedSpan => ({
  ...span,
  attributes: Object.fromEntries(
    span.attributes.map(({ key, value }: Loose) => [key, contentOf(value)]),
  ),
  failed: span.status.code === 2,
});

export const startCollector = async (): Promise<Collector> => {
  const bodies: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const server = createServer(async (request, response) => {
    headers.push(request.headers);
    if (request.url === '/v1/traces') bodies.push(await text(request));
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
  const port = await listen(server);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    spans: () =>
      bodies.flatMap((body) =>
        JSON.parse(body).resourceSpans.flatMap((resource: Loose) =>
          resource.scopeSpans.flatMap((scope: Loose) => scope.spans.map(toSpan)),
        ),
      ),
    bodies: () => bodies.join('\n'),
    headers: () => headers,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
