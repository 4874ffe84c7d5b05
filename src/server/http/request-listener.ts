import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import type { PendingWork } from '../life-cycle/pending-work.ts';
import { requestLimits } from '../limits/request-limits.ts';
import { isStreaming } from '../subscriptions/streaming-requests.ts';
import { toRequestId } from '../telemetry/request-id.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import { sendAnswer } from './answer.ts';
import type { Connections, Exchange } from './connections.ts';
import { encodingFor } from './encoding/negotiation.ts';
import { type StaticPage, sendPage } from './encoding/static-page.ts';
import {
  availableEncodings,
  type Compressors,
  createTextCompression,
} from './encoding/text-compression.ts';
import { HttpError, internalError, notAcceptable } from './http-error.ts';
import { awaitsContinue, type IncomingBody, readBody } from './request-body.ts';
import { createRequestCapacity } from './request-capacity.ts';
import type { Responder } from './responder.ts';
import { graphqlPath, type Route, routeRequest } from './routing.ts';
import { createTextSender } from './text-sender.ts';

/** The GraphQL server that answers the forwarded requests. */
export interface GraphqlServer {
  readonly fetchAPI: { readonly Request: typeof Request };
  /** Called without a server context: yoga would copy it, and access to properties that are added later would be slow. */
  readonly handleRequest: (request: Request, ...none: never[]) => Response | PromiseLike<Response>;
}

export interface RequestListenerOptions {
  readonly graphql: GraphqlServer;
  readonly connections: Connections;
  readonly responder: Responder;
  readonly pendingWork: PendingWork;
  readonly graphiql: StaticPage | null;
  readonly corsOrigins: readonly string[];
  readonly webhooks: Webhooks | null;
  readonly compressors: Compressors;
  /** Called for each failure of the gateway itself. */
  readonly onFailure: (cause: unknown, requestId: string) => void;
}

interface ForwardedRequest {
  /** Path and query string. */
  readonly target: string;
  /** Null if there is none. */
  readonly body: string | null;
  /** Ends what the request holds: it is no longer in progress. Called if its answer can last for days. */
  readonly release: () => void;
}

/** Calls the functions, each only once. */
const releaseAll = (releases: (() => void)[]): void => {
  for (const release of releases.splice(0)) release();
};

const capacityLimits = { requests: 2_000, bodyBytes: 64 * 1024 * 1024 };

/** Limit of answers that their clients have not read yet, over all connections. */
const maxUnsentBytes = 64 * 1024 * 1024;

/** The answer to a scrape has some hundred kilobytes. Clients that do not read it must not delay the health probes. */
const scrapeLimits = { requests: 20, bodyBytes: 0 };

/** For a client without compression, the page is decompressed on the way, which takes some hundred kilobytes. */
const decompressionLimits = { requests: 50, bodyBytes: 0 };

/** A fixed host, so that nothing depends on the Host header. */
const origin = 'http://gateway';

const toHeaders = (headers: IncomingHttpHeaders, requestId: string): Record<string, string> => {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) given[name] = String(value);
  given['x-request-id'] = requestId;
  return given;
};

/**
 * Creates the listener between Node's HTTP server and the GraphQL server. It finds the route, limits requests in
 * progress, reads bodies, forwards requests to the GraphQL server, and answers failures with the gateway's own messages.
 */
export const createRequestListener = (options: RequestListenerOptions): RequestListener => {
  const { graphql, graphiql, connections, responder, pendingWork } = options;
  const routingOptions = {
    maxBodyBytes: requestLimits.bodyBytes,
    hasGraphiql: graphiql !== null,
    corsOrigins: options.corsOrigins,
    webhooks: options.webhooks,
  };
  const capacity = createRequestCapacity(capacityLimits);
  const scrapeCapacity = createRequestCapacity(scrapeLimits);
  const decompressionCapacity = createRequestCapacity(decompressionLimits);
  const sendText = createTextSender({
    maxUnsentBytes,
    compress: createTextCompression(options.compressors),
    onFailure: options.onFailure,
  });

  const available = availableEncodings(options.compressors);

  const forward = async (
    exchange: Exchange,
    { target, body, release }: ForwardedRequest,
  ): Promise<void> => {
    const { request, response, requestId } = exchange;
    const controller = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) controller.abort();
    });
    // The client may have left before the listener was added.
    if (response.destroyed) controller.abort();
    const headers = toHeaders(request.headers, requestId);
    // Every body is JSON. yoga compares the content type in lower case only.
    if (body !== null) {
      headers['content-type'] = 'application/json';
      // The length that was received may be that of a compressed body, or unknown.
      headers['content-length'] = String(Buffer.byteLength(body));
    }
    const given = new graphql.fetchAPI.Request(`${origin}${target}`, {
      // A HEAD is answered like the GET. Node sends no body for it.
      method: request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET'),
      headers,
      body,
      signal: controller.signal,
    });
    const answer = await graphql.handleRequest(given);
    // yoga's own 406 has no body.
    if (answer.status === 406 && answer.body === null) throw notAcceptable();
    if (isStreaming(given)) {
      connections.makeLast(exchange);
      release();
      // There is no body, so nobody would read the events.
      if (request.method === 'HEAD') controller.abort();
    }
    await sendAnswer(answer, exchange, {
      sendText,
      isLast: () => connections.isLast(exchange),
      signal: controller.signal,
    });
  };

  const serve = async (
    exchange: Exchange,
    route: Exclude<Route, { readonly kind: 'webhook' }>,
    body: IncomingBody | null,
    atEnd: (() => void)[],
  ): Promise<void> => {
    switch (route.kind) {
      case 'refused':
        throw route.cause;
      case 'noOperation':
        // Scanners send many of these.
        responder.sendUnreported(exchange, route.error);
        return;
      case 'methods':
        responder.sendEmpty(exchange, 204, { allow: route.allow });
        return;
      case 'redirect':
        responder.sendEmpty(exchange, 302, { location: graphqlPath });
        return;
      case 'metrics':
        atEnd.push(scrapeCapacity.admit());
        break;
      case 'graphql':
        // A page can read a 503 only after its preflight request was answered.
        if (exchange.request.method !== 'OPTIONS') atEnd.push(capacity.admit());
        break;
      case 'graphiql': {
        const { setHead } = responder;
        const encoding = encodingFor(exchange.request, available);
        atEnd.push(capacity.admit());
        if (encoding === null) atEnd.push(decompressionCapacity.admit());
        if (graphiql) await sendPage(graphiql, exchange, { encoding, setHead });
        return;
      }
      case 'health':
        break;
      default:
        route satisfies never;
        return;
    }
    let text: string | Error | null = null;
    if (body !== null) {
      if (awaitsContinue(exchange.request)) exchange.response.writeContinue();
      text = await body.text;
      if (text instanceof Error) throw text;
      if (text === null) return;
    }
    const release = () => releaseAll(atEnd);
    await forward(exchange, { target: route.target, body: text, release });
  };

  const fail = (exchange: Exchange, cause: unknown): void => {
    const { response, requestId } = exchange;
    if (cause instanceof HttpError) {
      responder.sendError(exchange, cause);
      return;
    }
    // The client left, and its operation was aborted.
    const isAbort = cause instanceof Error && cause.name === 'AbortError';
    if (response.destroyed && isAbort) return;
    options.onFailure(cause, requestId);
    responder.sendError(exchange, internalError());
  };

  return (request, response) => {
    const requestId = toRequestId(String(request.headers['x-request-id'] ?? ''));
    const exchange = { request, response, requestId };
    const route = routeRequest(request, routingOptions);
    const atEnd: (() => void)[] = [];
    // Probes and scrapes do not delay the drain.
    if (route.kind !== 'health' && route.kind !== 'metrics') {
      atEnd.push(pendingWork.begin());
    }
    // Bodies of waiting requests are read as well: Node would keep each small chunk separately.
    let body: IncomingBody | null = null;
    if ('hasBody' in route && route.hasBody) {
      body = readBody(request, routingOptions.maxBodyBytes, capacity);
      atEnd.push(body.release);
    } else if (route.kind !== 'webhook') {
      request.resume();
    }
    const answer =
      route.kind === 'webhook'
        ? route.receive(exchange, responder)
        : () => serve(exchange, route, body, atEnd);
    connections.enter({
      ...exchange,
      begin: () => {
        answer().catch((cause: unknown) => fail(exchange, cause));
      },
      end: () => {
        releaseAll(atEnd);
      },
    });
  };
};
