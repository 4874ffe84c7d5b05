import { randomUUID } from 'node:crypto';
import type { Plugin } from 'graphql-yoga';

const header = 'x-request-id';
const wellFormed = /^[\w.-]{1,128}$/;
const ids = new WeakMap<Request, string>();

/** The caller's own id if it is well-formed, else a new one. */
export const toRequestId = (given: string | null): string =>
  given !== null && wellFormed.test(given) ? given : randomUUID();

/** The id of a request: the caller's own where it is well formed, else one made here. */
export const requestIdOf = (request: Request): string => {
  const known = ids.get(request);
  if (known !== undefined) return known;
  const id = toRequestId(request.headers.get(header));
  ids.set(request, id);
  return id;
};

/** Echoes the request id on every response. */
export const useRequestId = (): Plugin => ({
  onResponse: ({ request, response }) => {
    response.headers.set(header, requestIdOf(request));
  },
});
