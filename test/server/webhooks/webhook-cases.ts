import { rawRequest } from '../../support/http/raw-http.ts';

/** A call of a webhook that is refused. */
export interface WebhookCase {
  readonly name: string;
  /** The HTTP status and the code of the error. */
  readonly gives: string;
  readonly bytes: (secret: string) => Buffer;
  /** How often it is sent. The last answer counts. */
  readonly times?: number;
}

const host = { Host: 'gateway' };
const post = (path: string, body = '{}') => rawRequest(`POST /webhooks/${path}`, host, body);

export const webhookCases: readonly WebhookCase[] = [
  {
    name: 'a wrong secret, or one too few or too many characters',
    gives: '404 BAD_REQUEST',
    bytes: (secret) => post(secret.slice(1)),
  },
  {
    name: 'more in the path than an organization',
    gives: '404 BAD_REQUEST',
    bytes: (secret) => post(`${secret}/${'0'.repeat(24)}/more`),
  },
  {
    name: 'another method than POST',
    gives: '405 BAD_REQUEST',
    bytes: (secret) => rawRequest(`GET /webhooks/${secret}`, host),
  },
  {
    name: 'a slug in place of the id of an organization',
    gives: '400 BAD_REQUEST',
    bytes: (secret) => post(`${secret}/lumen-logistics`),
  },
  {
    name: 'a body of 300 KB',
    gives: '413 REQUEST_ENTITY_TOO_LARGE',
    bytes: (secret) => post(secret, 'x'.repeat(300_000)),
  },
  {
    name: 'the right secret, 80 times at once',
    gives: '429 RATE_LIMITED',
    bytes: post,
    times: 80,
  },
];
