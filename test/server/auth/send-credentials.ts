import { once } from 'node:events';
import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import type { Loose } from '../../support/loose.ts';

/** Sends one request with these Authorization headers. Resolves with the status and the first error's code. */
export const sendCredentials = async (
  url: string,
  query: string,
  authorizations: readonly string[],
) => {
  const body = JSON.stringify({ query });
  const headers = [
    ...['host', new URL(url).host],
    ...['content-type', 'application/json'],
    ...['content-length', String(Buffer.byteLength(body))],
    ...authorizations.flatMap((value) => ['authorization', value]),
  ];
  const sent = request(url, { method: 'POST', headers }).end(body);
  const [response]: Loose = await once(sent, 'response');
  const { errors }: Loose = await json(response);
  return { status: response.statusCode, code: errors?.[0]?.extensions.code };
};
