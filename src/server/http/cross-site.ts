import { useCSRFPrevention } from '@graphql-yoga/plugin-csrf-prevention';
import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** A page of another site can send these headers only after a preflight request. */
const preflightHeaders = [
  'apollo-require-preflight',
  'x-apollo-operation-name',
  'x-graphql-yoga-csrf',
];

/** Browsers repeat credentials of these schemes without being asked, for a page of any site. */
const browserSchemes = /^(?:basic|digest|negotiate|ntlm)\b/i;

/** Whether a page put the Authorization header into the request, which takes a preflight request. */
const isAuthorizedByPage = ({ method, headers }: Request): boolean => {
  const authorization = headers.get('authorization')?.trim() ?? '';
  return method === 'GET' && authorization !== '' && !browserSchemes.test(authorization);
};

/** Refuses a GET that a browser sends for any page without a preflight request. The error names the headers that help. */
export const useCsrfPrevention = (): Plugin => {
  const { onRequestParse } = useCSRFPrevention({ requestHeaders: preflightHeaders });
  return {
    onRequestParse: (payload) => {
      if (isAuthorizedByPage(payload.request)) return;
      try {
        return onRequestParse?.(payload);
      } catch {
        throw new GraphQLError(
          `A GET needs the header Authorization: Bearer …, or one of these with any value: ${preflightHeaders.join(', ')}. Or send a POST.`,
          { extensions: { code: 'BAD_REQUEST', http: { status: 403 } } },
        );
      }
    },
  };
};

/**
 * yoga's CORS options for a request with this Origin header. Only pages of the listed origins may call the gateway, and
 * they may send any header. Their credential is a header, never a cookie, so CORS credentials stay off.
 */
export const corsOptions = (origin: string | null, allowed: readonly string[]) =>
  origin !== null &&
  allowed.includes(origin) && {
    origin,
    methods: ['GET', 'POST'],
    // What clients read. Without this, a page can read neither the request id nor when to try again.
    exposedHeaders: ['x-request-id', 'retry-after', 'www-authenticate', 'allow', 'accept-encoding'],
    credentials: false,
    maxAge: 600,
  };

/** The headers with which a page of an allowed origin can read an answer that yoga does not give. */
export const corsHeaders = (
  origin: string | null,
  allowed: readonly string[],
): Readonly<Record<string, string>> => {
  const options = corsOptions(origin, allowed);
  if (!options) return {};
  return {
    'access-control-allow-origin': options.origin,
    'access-control-expose-headers': options.exposedHeaders.join(', '),
  };
};
