import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

const jsonTypes = ['application/json', 'application/graphql+json'];

/** A page of another site can send these headers only after a preflight request. */
const preflightHeaders = ['x-graphql-yoga-csrf', 'apollo-require-preflight'];

const badRequest = (message: string, status: number): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status } } });

/** Whether a content type is JSON. A page of another site can send it only after a preflight request. */
export const isJson = (contentType: string | null): boolean => {
  if (contentType === 'application/json') return true;
  const type = contentType?.split(';')[0]?.trim().toLowerCase();
  return type !== undefined && jsonTypes.includes(type);
};

/** Refuses requests that a browser sends for any page without a preflight request. */
export const useCsrfPrevention = (): Plugin => ({
  onRequestParse: ({ request }) => {
    const hasJson = isJson(request.headers.get('content-type'));
    if (request.method === 'POST' && !hasJson) {
      throw badRequest('Send the operation as JSON, with the content type application/json.', 415);
    }
    if (hasJson || preflightHeaders.some((name) => request.headers.has(name))) return;
    throw badRequest(`A GET needs the header ${preflightHeaders[0]}: 1, or send a POST.`, 403);
  },
});

const allowedHeaders =
  'authorization, content-type, traceparent, tracestate, x-explain, x-graphql-yoga-csrf, x-request-id';

/** The headers with which a browser lets a page of an allowed origin read the answer. */
export const corsHeaders = (
  origin: string | null,
  allowed: readonly string[],
): Readonly<Record<string, string>> =>
  origin !== null && allowed.includes(origin)
    ? {
        'access-control-allow-origin': origin,
        'access-control-expose-headers': 'x-request-id, retry-after',
      }
    : {};

/**
 * Allows the pages of the listed origins to call the gateway. Their credential is a header, never a cookie, so CORS
 * credentials stay off.
 */
export const useCors = (origins: readonly string[]): Plugin => {
  return {
    onRequest: ({ request, endResponse, fetchAPI }) => {
      const origin = request.headers.get('origin');
      if (request.method !== 'OPTIONS' || origin === null || !origins.includes(origin)) return;
      endResponse(
        new fetchAPI.Response(null, {
          status: 204,
          headers: {
            'access-control-allow-methods': 'GET, POST',
            'access-control-allow-headers': allowedHeaders,
            'access-control-max-age': '600',
          },
        }),
      );
    },
    onResponse: ({ request, response }) => {
      const headers = corsHeaders(request.headers.get('origin'), origins);
      for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
    },
  };
};
