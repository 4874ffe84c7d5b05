import type { IncomingMessage } from 'node:http';
import { acceptsAnswer, prefersPage } from './accept.ts';
import { badRequest, notAcceptable } from './http-error.ts';
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
  /** A browser asks for the page. */
  | { readonly kind: 'graphiql' }
  /** `OPTIONS *`. */
  | { readonly kind: 'server' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly cause: unknown };

interface RoutingOptions {
  readonly maxBodyBytes: number;
  readonly hasGraphiql: boolean;
}

const knownRoutes = new Map([
  ['/graphql', { kind: 'graphql', path: '/graphql' } as const],
  ['/graphql/', { kind: 'graphql', path: '/graphql' } as const],
  ['/health/live', { kind: 'health', path: '/health/live' } as const],
  ['/health/ready', { kind: 'health', path: '/health/ready' } as const],
  ['/metrics', { kind: 'metrics', path: '/metrics' } as const],
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

const readRoute = (request: IncomingMessage, options: RoutingOptions): Route => {
  checkProtocol(request);
  const { path, search } = readTarget(request);
  if (path === '*') return { kind: 'server' };
  const route = knownRoutes.get(path);
  if (route === undefined) return { kind: 'unknown' };
  const { kind } = route;
  const target = `${route.path}${search}`;
  if (kind !== 'graphql') return { kind, target, hasBody: false };
  if (options.hasGraphiql && asksForPage(request)) return { kind: 'graphiql' };
  if (!acceptsAnswer(request.headers.accept)) throw notAcceptable();
  const hasBody = request.method === 'POST';
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
