import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import { badRequest } from './http-error.ts';

/** The request target, without its host. */
export interface Target {
  /** `*` for `OPTIONS *`, which concerns the whole server. */
  readonly path: string;
  /** The query string with its `?`, or empty. */
  readonly search: string;
}

/** Headers that are ambiguous if they are sent twice. Node keeps the first one without an error. */
const singleHeaders: ReadonlySet<string> = new Set(['host', 'content-type', 'authorization']);

const registeredName = /^(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})+(?::\d{0,5})?$/i;
const literalAddress = /^\[([\da-f:.]+)\](?::\d{0,5})?$/i;
const absoluteForm = /^https?:\/\/([^/?]*)(.*)$/i;
/** All other characters must be percent-encoded. `#` is one of them: clients do not send fragments. */
const targetCharacters = /^[!"$-~]+$/;

const isAuthority = (text: string): boolean => {
  const address = literalAddress.exec(text)?.[1];
  return address === undefined ? registeredName.test(text) : isIPv6(address);
};

const checkSingleHeaders = ({ rawHeaders }: IncomingMessage): void => {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    if (!singleHeaders.has(name)) continue;
    if (seen.has(name)) throw badRequest(`The header ${name} is sent twice. Send it once.`);
    seen.add(name);
  }
};

const checkHost = ({ headers: { host }, httpVersionMinor }: IncomingMessage): void => {
  if (host === undefined && httpVersionMinor === 0) return;
  if (host === undefined || !isAuthority(host)) {
    throw badRequest('The Host header is missing or not valid. Send one with a name and a port.');
  }
};

const invalidTarget = () =>
  badRequest(
    'The request target is not valid. Send a path, or a URL with http or https, and percent-encode all characters that a URL must not contain.',
  );

/** `decodeURIComponent` throws for incomplete escapes and for bytes that are not UTF-8. */
const isWellEncoded = (search: string): boolean => {
  if (!search.includes('%')) return true;
  try {
    decodeURIComponent(search);
    return true;
  } catch {
    return false;
  }
};

/**
 * Reads the request target and checks the Host header (RFC 9112, section 3.2). In the absolute form the authority of the
 * target is used instead of Host. Throws an HttpError if either is not valid.
 */
export const readTarget = (request: IncomingMessage): Target => {
  const { url = '', method } = request;
  checkSingleHeaders(request);
  checkHost(request);
  if (url === '*' && method === 'OPTIONS') return { path: url, search: '' };
  if (!targetCharacters.test(url)) throw invalidTarget();
  let local = url;
  if (!url.startsWith('/')) {
    const [, authority = '', rest = ''] = absoluteForm.exec(url) ?? [];
    if (!isAuthority(authority)) throw invalidTarget();
    local = rest.startsWith('/') ? rest : `/${rest}`;
  }
  const end = local.indexOf('?');
  const path = end === -1 ? local : local.slice(0, end);
  const search = end === -1 ? '' : local.slice(end);
  if (!isWellEncoded(search)) throw invalidTarget();
  return { path, search };
};
