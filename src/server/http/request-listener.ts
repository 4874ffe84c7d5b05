import type { IncomingHttpHeaders, IncomingMessage, RequestListener } from 'node:http';
import type { Activity } from '../life-cycle/pending-work.ts';
import { requestLimits } from '../limits/request-limits.ts';
import { toRequestId } from '../telemetry/request-id.ts';
import { sendAnswer } from './answer.ts';
import type { Connections } from './connections.ts';
import { isJson } from './cross-site.ts';
import { internalError, notAcceptable, Refusal } from './http-error.ts';
import { type IncomingBody, readBody } from './request-body.ts';
import { createAdmission } from './request-capacity.ts';
import type { Exchange, Refuse } from './responder.ts';
import { type Plan, planRequest } from './routing.ts';
import { createOutgoing } from './text-sender.ts';

/** The GraphQL server behind the edge. */
export interface GraphqlServer {
  readonly fetchAPI: { readonly Request: typeof Request };
  /** Called without a context: copying one makes all that is added to it later slow to reach. */
  readonly handleRequest: (request: Request, ...none: never[]) => Response | PromiseLike<Response>;
}

export interface EdgeOptions {
  readonly graphql: GraphqlServer;
  readonly connections: Connections;
  readonly refuse: Refuse;
  readonly activity: Activity;
  readonly hasGraphiql: boolean;
  /** Told of every failure of the gateway itself. */
  readonly onFailure: (cause: unknown, requestId: string) => void;
}

const inProgress = { requests: 2_000, bodyBytes: 64 * 1024 * 1024 };

/** Answers that were sent and that their clients have not taken yet, over all connections. */
const mostOutgoingBytes = 64 * 1024 * 1024;

/** A scrape's answer is some hundred kilobytes. Whoever does not read it must not keep the probes waiting. */
const scrapesInProgress = { requests: 20, bodyBytes: 0 };

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
export const createEdge = (options: EdgeOptions): RequestListener => {
  const { graphql, connections, refuse, activity } = options;
  const planOptions = {
    maxBodyBytes: requestLimits.bodyBytes,
    hasGraphiql: options.hasGraphiql,
  };
  const admission = createAdmission(inProgress);
  const scrapes = createAdmission(scrapesInProgress);
  const sendWhole = createOutgoing(mostOutgoingBytes);

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
    plan: Plan,
    body: IncomingBody | null,
    atEnd: (() => void)[],
  ): Promise<void> => {
    switch (plan.kind) {
      case 'refused':
        throw plan.cause;
      case 'unknown':
        refuse.empty(exchange, 404);
        return;
      case 'server':
        refuse.empty(exchange, 204, { allow: 'GET, HEAD, POST, OPTIONS' });
        return;
      case 'metrics':
        atEnd.push(scrapes.begin());
        break;
      case 'graphql':
        atEnd.push(admission.begin());
        break;
      case 'health':
        break;
      default:
        plan satisfies never;
        return;
    }
    let text: string | Error | null = null;
    if (body !== null) {
      if (awaitsContinue(exchange.request)) exchange.response.writeContinue();
      text = await body.text;
      if (text instanceof Error) throw text;
      if (text === null) return;
    }
    await forward(exchange, plan.local, text);
  };

  const fail = (exchange: Exchange, cause: unknown): void => {
    const { response, requestId } = exchange;
    if (cause instanceof Refusal) {
      refuse.exchange(exchange, cause);
      return;
    }
    // The client left, and its operation was ended.
    const isAbort = cause instanceof Error && cause.name === 'AbortError';
    if (response.destroyed && isAbort) return;
    options.onFailure(cause, requestId);
    refuse.exchange(exchange, internalError());
  };

  return (request, response) => {
    const requestId = toRequestId(String(request.headers['x-request-id'] ?? ''));
    const exchange = { request, response, requestId };
    const plan = planRequest(request, planOptions);
    const atEnd: (() => void)[] = [];
    // Probes and scrapes do not delay the drain.
    if (plan.kind !== 'health' && plan.kind !== 'metrics') {
      atEnd.push(activity.begin());
    }
    // Bodies are read as they arrive, also of requests that wait: Node would keep each small piece of them.
    let body: IncomingBody | null = null;
    if ('hasBody' in plan && plan.hasBody) {
      body = readBody(request, planOptions.maxBodyBytes, admission);
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
