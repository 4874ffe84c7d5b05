import { randomUUID } from 'node:crypto';
import type { Plugin } from 'graphql-yoga';

const header = 'x-request-id';
const wellFormed = /^[\w.-]{1,128}$/;
const ids = new WeakMap<Request, string>();

/** The caller's id if it is well-formed, else a new one. */
export const toRequestId = (given: string | null): string =>
  given !== null && wellFormed.test(given) ? given : randomUUID();

/** The id of a request. All calls for the same request return the same id. */
export const requestIdOf = (request: Request): string => {
  const known = ids.get(request);
  if (known !== undefined) return known;
  const id = toRequestId(request.headers.get(header));
  ids.set(request, id);
  return id;
};

/** Adds the request id to every response. */
export const useRequestId = (): Plugin => ({
  onResponse: ({ request, response }) => {
    response.headers.set(header, requestIdOf(request));
  },
});
