import type { IncomingMessage } from 'node:http';
import type { ReceiveWebhook, Webhooks } from '../webhooks/webhooks.ts';
import { acceptsAnswer, prefersPage } from './accept.ts';
import { corsOptions } from './cross-site.ts';
import {
  badRequest,
  type HttpError,
  methodNotAllowed,
  notAcceptable,
  notFound,
} from './http-error.ts';
import { bodyFault } from './request-body.ts';
import { readTarget } from './request-target.ts';

/** Where a request goes, by its first line and its headers. */
export type Route =
  | {
      readonly kind: 'graphql' | 'health' | 'metrics';
      /** Path and query string, for the GraphQL server. */
      readonly target: string;
      readonly hasBody: boolean;
    }
  | { readonly kind: 'webhook'; readonly receive: ReceiveWebhook }
  /** A browser asks for the page. */
  | { readonly kind: 'graphiql' }
  /** A browser asks for `/`, and is led to the page. */
  | { readonly kind: 'redirect' }
  /** OPTIONS. */
  | { readonly kind: 'methods'; readonly allow: string }
  /** An unknown path, or a method that a health route or the metrics do not have. */
  | { readonly kind: 'noOperation'; readonly error: HttpError }
  | { readonly kind: 'refused'; readonly cause: unknown };

interface RoutingOptions {
  readonly maxBodyBytes: number;
  readonly hasGraphiql: boolean;
  readonly corsOrigins: readonly string[];
  readonly webhooks: Webhooks | null;
}

/** Where GraphQL is, and GraphiQL's page. */
export const graphqlPath = '/graphql';

/** The methods of GraphQL. No route has others. */
export const serverMethods = 'GET, HEAD, POST, OPTIONS';

interface KnownRoute {
  readonly kind: 'graphql' | 'health' | 'metrics';
  readonly path: string;
  readonly allow: string;
}

const graphqlRoute: KnownRoute = { kind: 'graphql', path: graphqlPath, allow: serverMethods };

const readOnly = (kind: 'health' | 'metrics', path: string): KnownRoute => ({
  kind,
  path,
  allow: 'GET, HEAD, OPTIONS',
});

const knownRoutes: ReadonlyMap<string, KnownRoute> = new Map([
  [graphqlPath, graphqlRoute],
  [`${graphqlPath}/`, graphqlRoute],
  ['/health/live', readOnly('health', '/health/live')],
  ['/health/ready', readOnly('health', '/health/ready')],
  ['/metrics', readOnly('metrics', '/metrics')],
]);

/** Closes the connection: the end of the request cannot be found, so neither can the next request. */
const closing = { connection: 'close' };

const checkProtocol = ({ httpVersion, headers }: IncomingMessage): void => {
  if (httpVersion !== '1.1' && httpVersion !== '1.0') {
    throw badRequest('The version of HTTP is not supported. Send HTTP/1.1.', 505, closing);
  }
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || httpVersion === '1.0')) {
    const message = 'The transfer encoding is not supported. Send a Content-Length, or chunks.';
    throw badRequest(message, 501, closing);
  }
  const { expect } = headers;
  if (httpVersion === '1.1' && expect !== undefined && expect.toLowerCase() !== '100-continue') {
    throw badRequest('The expectation is not supported. Send no Expect header.', 417);
  }
};

/** A browser that opens the URL, also with a query string, gets the page. It runs no operation. */
const asksForPage = ({ method, headers }: IncomingMessage): boolean =>
  (method === 'GET' || method === 'HEAD') && prefersPage(headers);

const isAllowed = (method: string, allow: string): boolean => allow.split(', ').includes(method);

/** Whether yoga answers: it has the CORS headers for a preflight request of a listed origin. */
const isListedPreflight = (
  { method, headers }: IncomingMessage,
  origins: readonly string[],
): boolean =>
  method === 'OPTIONS' &&
  headers['access-control-request-method'] !== undefined &&
  corsOptions(headers.origin ?? null, origins) !== false;

const readRoute = (request: IncomingMessage, options: RoutingOptions): Route => {
  checkProtocol(request);
  const { path, search } = readTarget(request);
  if (path === '*') return { kind: 'methods', allow: serverMethods };
  const { method = 'GET' } = request;
  const route = knownRoutes.get(path);
  if (route === undefined) {
    const receive = options.webhooks?.find(path);
    if (receive) return { kind: 'webhook', receive };
    const leadsToPage = path === '/' && options.hasGraphiql && asksForPage(request);
    return leadsToPage ? { kind: 'redirect' } : { kind: 'noOperation', error: notFound() };
  }
  const { kind, allow } = route;
  const target = `${route.path}${search}`;
  if (kind === 'graphql' && isListedPreflight(request, options.corsOrigins)) {
    return { kind, target, hasBody: false };
  }
  if (method === 'OPTIONS') return { kind: 'methods', allow };
  if (!isAllowed(method, allow)) {
    const error = methodNotAllowed(allow);
    if (kind === 'graphql') throw error;
    return { kind: 'noOperation', error };
  }
  if (kind !== 'graphql') return { kind, target, hasBody: false };
  if (options.hasGraphiql && asksForPage(request)) return { kind: 'graphiql' };
  if (!acceptsAnswer(request.headers.accept)) throw notAcceptable();
  const hasBody = method === 'POST';
  const fault = hasBody ? bodyFault(request, options.maxBodyBytes) : null;
  if (fault) throw fault;
  return { kind, target, hasBody };
};

/** Finds the route from the request target and the headers, before the body is read. Never throws. */
export const routeRequest = (request: IncomingMessage, options: RoutingOptions): Route => {
  try {
    return readRoute(request, options);
  } catch (cause) {
    return { kind: 'refused', cause };
  }
};
