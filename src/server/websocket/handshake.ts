import type { IncomingMessage } from 'node:http';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, handleProtocols } from 'graphql-ws';
import {
  badRequest,
  HttpError,
  notFound,
  retryAfter,
  retryAfterSeconds,
} from '../http/http-error.ts';
import { readTarget } from '../http/request-target.ts';
import { graphqlPath } from '../http/routing.ts';

interface HandshakeOptions {
  /** Origins of pages that may connect. */
  readonly corsOrigins: readonly string[];
  /** Pages of the gateway's own origin may connect as well. */
  readonly hasGraphiql: boolean;
  readonly isDraining: () => boolean;
}

/** The only version of the protocol WebSocket that is in use. */
const version = '13';

const ending = (): HttpError =>
  new HttpError(
    503,
    'RATE_LIMITED',
    'The gateway is being stopped. Connect again.',
    retryAfter(retryAfterSeconds),
  );

const hostOf = (url: string): string | null => (URL.canParse(url) ? new URL(url).host : null);

/** Whether a page of this origin is one of the gateway's own. A proxy may have added TLS. */
const isOwn = (origin: string, host = ''): boolean => {
  // Pages of applications have origins of other schemes, and can have any host.
  const [scheme] = /^https?:\/\//i.exec(origin) ?? [];
  const own = scheme === undefined ? null : hostOf(`${scheme}${host}`);
  return own !== null && own === hostOf(origin);
};

/** Browsers send the origin of the page with each handshake. Other clients send none, and no preflight protects this. */
const isOriginAllowed = (
  { headers: { origin, host } }: IncomingMessage,
  { corsOrigins, hasGraphiql }: HandshakeOptions,
): boolean =>
  origin === undefined || corsOrigins.includes(origin) || (hasGraphiql && isOwn(origin, host));

/** The reason to refuse a WebSocket; null if there is none. Throws an HttpError if the target is not valid. */
export const handshakeFault = (
  request: IncomingMessage,
  options: HandshakeOptions,
): HttpError | null => {
  const { path } = readTarget(request);
  const { headers } = request;
  if (path !== graphqlPath && path !== `${graphqlPath}/`) return notFound();
  if (headers['sec-websocket-version'] !== version) {
    const message = `The version of WebSocket is not supported. Send Sec-WebSocket-Version: ${version}.`;
    return badRequest(message, 426, { 'sec-websocket-version': version, upgrade: 'websocket' });
  }
  if (!isOriginAllowed(request, options)) {
    const message =
      'Pages of this origin may not connect. Add the origin to CORS_ORIGINS of the gateway.';
    return badRequest(message, 403);
  }
  if (!handleProtocols(headers['sec-websocket-protocol'] ?? '')) {
    return badRequest(
      `The subprotocol is not supported. Send Sec-WebSocket-Protocol: ${GRAPHQL_TRANSPORT_WS_PROTOCOL}, as the package graphql-ws does. The older subprotocol graphql-ws is another one.`,
    );
  }
  return options.isDraining() ? ending() : null;
};
