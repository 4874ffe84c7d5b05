import type { IncomingHttpHeaders, IncomingMessage, RequestListener } from 'node:http';
import type { PendingWork } from '../life-cycle/pending-work.ts';
import { requestLimits } from '../limits/request-limits.ts';
import { toRequestId } from '../telemetry/request-id.ts';
import { sendAnswer } from './answer.ts';
import type { Connections } from './connections.ts';
import { isJson } from './cross-site.ts';
import { HttpError, internalError, notAcceptable } from './http-error.ts';
import { type IncomingBody, readBody } from './request-body.ts';
import { createRequestCapacity } from './request-capacity.ts';
import type { Exchange, Responder } from './responder.ts';
import { type Route, routeRequest } from './routing.ts';
import { createTextSender } from './text-sender.ts';

/** The GraphQL server behind the edge. */
export interface GraphqlServer {
  readonly fetchAPI: { readonly Request: typeof Request };
  /** Called without a context: copying one makes all that is added to it later slow to reach. */
  readonly handleRequest: (request: Request, ...none: never[]) => Response | PromiseLike<Response>;
}

export interface RequestListenerOptions {
  readonly graphql: GraphqlServer;
  readonly connections: Connections;
  readonly refuse: Responder;
  readonly pendingWork: PendingWork;
  readonly hasGraphiql: boolean;
  /** Told of every failure of the gateway itself. */
  readonly onFailure: (cause: unknown, requestId: string) => void;
}

const capacityLimits = { requests: 2_000, bodyBytes: 64 * 1024 * 1024 };

/** Answers that were sent and that their clients have not taken yet, over all connections. */
const maxUnsentBytes = 64 * 1024 * 1024;

/** A scrape's answer is some hundred kilobytes. Whoever does not read it must not keep the probes waiting. */
const scrapeLimits = { requests: 20, bodyBytes: 0 };

/** Names no host: nothing may depend on the Host header. */
const origin = 'http://gateway';

/** The client holds the body back until it is told to send it. HTTP/1.0 does not know that. */
const awaitsContinue = ({ headers, httpVersion }: IncomingMessage): boolean =>
  headers.expect !== undefined && httpVersion === '1.1';

const toHeaders = (headers: IncomingHttpHeaders, requestId: string): Record<string, string> => {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) given[name] = String(value);
  given['x-request-id'] = requestId;
  // The server knows only the lower case.
  if (isJson(headers['content-type'] ?? null)) given['content-type'] = 'application/json';
  return given;
};

/**
 * Listens to Node's HTTP server in front of the GraphQL server. It decides on the route, bounds what requests in progress
 * hold, reads bodies, and answers all that fails in the gateway's own words.
 */
export const createRequestListener = (options: RequestListenerOptions): RequestListener => {
  const { graphql, connections, refuse, pendingWork: activity } = options;
  const routingOptions = {
    maxBodyBytes: requestLimits.bodyBytes,
    hasGraphiql: options.hasGraphiql,
  };
  const capacity = createRequestCapacity(capacityLimits);
  const scrapeCapacity = createRequestCapacity(scrapeLimits);
  const sendWhole = createTextSender(maxUnsentBytes);

  const forward = async (exchange: Exchange, local: string, body: string | null): Promise<void> => {
    const { request, response, requestId } = exchange;
    const controller = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) controller.abort();
    });
    // The client left before this listened.
    if (response.destroyed) controller.abort();
    const given = new graphql.fetchAPI.Request(`${origin}${local}`, {
      method: request.method ?? 'GET',
      headers: toHeaders(request.headers, requestId),
      body,
      signal: controller.signal,
    });
    const answer = await graphql.handleRequest(given);
    // The server's 406 has no body: it could not write its refusal in an accepted type either.
    if (answer.status === 406) throw notAcceptable();
    await sendAnswer(answer, response, {
      sendWhole,
      isLast: () => connections.isLast(exchange),
    });
  };

  const serve = async (
    exchange: Exchange,
    route: Route,
    body: IncomingBody | null,
    atEnd: (() => void)[],
  ): Promise<void> => {
    switch (route.kind) {
      case 'refused':
        throw route.cause;
      case 'unknown':
        refuse.sendEmpty(exchange, 404);
        return;
      case 'server':
        refuse.sendEmpty(exchange, 204, { allow: 'GET, HEAD, POST, OPTIONS' });
        return;
      case 'metrics':
        atEnd.push(scrapeCapacity.admit());
        break;
      case 'graphql':
        atEnd.push(capacity.admit());
        break;
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
    await forward(exchange, route.local, text);
  };

  const fail = (exchange: Exchange, cause: unknown): void => {
    const { response, requestId } = exchange;
    if (cause instanceof HttpError) {
      refuse.sendError(exchange, cause);
      return;
    }
    // The client left, and its operation was ended.
    const isAbort = cause instanceof Error && cause.name === 'AbortError';
    if (response.destroyed && isAbort) return;
    options.onFailure(cause, requestId);
    refuse.sendError(exchange, internalError());
  };

  return (request, response) => {
    const requestId = toRequestId(String(request.headers['x-request-id'] ?? ''));
    const exchange = { request, response, requestId };
    const plan = routeRequest(request, routingOptions);
    const atEnd: (() => void)[] = [];
    // Probes and scrapes do not delay the drain.
    if (plan.kind !== 'health' && plan.kind !== 'metrics') {
      atEnd.push(activity.begin());
    }
    // Bodies are read as they arrive, also of requests that wait: Node would keep each small piece of them.
    let body: IncomingBody | null = null;
    if ('hasBody' in plan && plan.hasBody) {
      body = readBody(request, routingOptions.maxBodyBytes, capacity);
      atEnd.push(body.release);
    } else {
      request.resume();
    }
    connections.enter({
      ...exchange,
      begin: () => {
        serve(exchange, plan, body, atEnd).catch((cause: unknown) => fail(exchange, cause));
      },
      end: () => {
        for (const finish of atEnd.splice(0)) finish();
      },
    });
  };
};
