import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { rawRequest } from '../../support/http/raw-http.ts';

/** Bytes that the gateway refuses before GraphQL receives a request. */
export interface EdgeCase {
  readonly name: string;
  /** The HTTP status and the code of the error. */
  readonly gives: string;
  readonly bytes: string | Buffer;
}

const typename = '{"query":"{ __typename }"}';
const json = { Host: 'gateway', 'Content-Type': 'application/json' };
const csrfHeaders = { Host: 'gateway', 'X-Graphql-Yoga-Csrf': '1' };
const create =
  'mutation { createAppleEnrollmentToken(input: { userId: "planted", sendEmail: false }) { userErrors { message } } }';

const post = (headers: Readonly<Record<string, string>>, body: string | Buffer = typename) =>
  rawRequest('POST /graphql', { ...json, ...headers }, body);

const get = (target: string, headers: Readonly<Record<string, string>> = csrfHeaders) =>
  rawRequest(`GET ${target}`, headers);

const chunked = (...chunks: string[]): string =>
  `POST /graphql HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunks.join('')}`;

const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

/** 10 MB, which compression reduces to a few kilobytes. */
const large = JSON.stringify({ query: '{ __typename }', variables: { a: ' '.repeat(10_000_000) } });

const hostCases: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['a host with a space', { Host: 'a b' }],
  ['a host that names a route', { Host: 'x/metrics?' }],
  ['a host with a user name', { Host: 'planted@gateway' }],
  ['a host whose port is not a number', { Host: 'gateway:http' }],
  ['a host that is an IPv6 address with too many groups', { Host: '[1:2:3:4:5:6:7:8:9]' }],
  ['an empty host', { Host: '' }],
  ['no host', {}],
];

const targetCases: readonly (readonly [string, string])[] = [
  ['a target with another scheme', 'ftp://gateway/graphql'],
  ['a target with a user name', 'http://planted@gateway/graphql'],
  ['a target without a host', 'http:///graphql'],
  ['the target `*`', '*'],
  ['a target with a fragment', '/graphql#planted'],
  ['a target with a byte that must be encoded', '/graphql?query={a\xfc}'],
  ['a query string with an incomplete escape', '/graphql?query={__typename}%2'],
  ['a query string with an escape that is not UTF-8', '/graphql?query=%E0%A4%A'],
];

const handshake = {
  Host: 'gateway',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol': 'graphql-transport-ws',
};

const handshakeCases: readonly (readonly [
  string,
  string,
  Readonly<Record<string, string>>,
  string?,
])[] = [
  ['a WebSocket of a page of another origin', '403 BAD_REQUEST', { Origin: 'https://planted.com' }],
  ['a WebSocket of a page of its own origin', '403 BAD_REQUEST', { Origin: 'http://gateway' }],
  [
    'a WebSocket with another subprotocol',
    '400 BAD_REQUEST',
    { 'Sec-WebSocket-Protocol': 'graphql-ws' },
  ],
  ['a WebSocket with a key that is none', '400 BAD_REQUEST', { 'Sec-WebSocket-Key': 'planted' }],
  ['a WebSocket of an older version', '426 BAD_REQUEST', { 'Sec-WebSocket-Version': '8' }],
  ['a WebSocket at another path', '404 BAD_REQUEST', {}, '/planted'],
];

const encodingCases: readonly (readonly [string, string, string, Buffer])[] = [
  ['a body in an unknown encoding', '415 BAD_REQUEST', 'zstd', gzipSync(typename)],
  ['a body in two encodings', '415 BAD_REQUEST', 'gzip, gzip', gzipSync(gzipSync(typename))],
  ['a body that is not gzip', '400 BAD_REQUEST', 'gzip', Buffer.from(typename)],
  ['a truncated gzip body', '400 BAD_REQUEST', 'gzip', gzipSync(typename).subarray(0, 20)],
  ['a body of 10 MB in gzip', '413 REQUEST_ENTITY_TOO_LARGE', 'gzip', gzipSync(large)],
  ['a body of 10 MB in deflate', '413 REQUEST_ENTITY_TOO_LARGE', 'deflate', deflateSync(large)],
  ['a body of 10 MB in Brotli', '413 REQUEST_ENTITY_TOO_LARGE', 'br', brotliCompressSync(large)],
];

export const edgeCases: readonly EdgeCase[] = [
  ...handshakeCases.map(([name, gives, headers, target = '/graphql']) => ({
    ...{ name, gives },
    bytes: get(target, { ...handshake, ...headers }),
  })),
  ...hostCases.map(([name, headers]) => ({
    name,
    gives: '400 BAD_REQUEST',
    bytes: get('/', headers),
  })),
  {
    name: 'two Host headers',
    gives: '400 BAD_REQUEST',
    bytes: 'GET /graphql HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
  },
  {
    name: 'two Authorization headers',
    gives: '400 BAD_REQUEST',
    bytes:
      'GET /graphql HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nauthorization: Bearer b\r\n\r\n',
  },
  {
    name: 'two Content-Type headers',
    gives: '400 BAD_REQUEST',
    bytes: post({ 'content-type': 'text/plain' }),
  },
  ...targetCases.map(([name, target]) => ({ name, gives: '400 BAD_REQUEST', bytes: get(target) })),
  {
    name: 'a POST to `*`',
    gives: '400 BAD_REQUEST',
    bytes: rawRequest('POST *', json, typename),
  },
  {
    name: 'a create that accepts only HTML',
    gives: '406 BAD_REQUEST',
    bytes: post({ Accept: 'text/html' }, JSON.stringify({ query: create })),
  },
  {
    name: 'a create that accepts only JSON in another charset',
    gives: '406 BAD_REQUEST',
    bytes: post({ Accept: 'application/json; charset=latin1' }, JSON.stringify({ query: create })),
  },
  {
    name: 'a GET that accepts only HTML',
    gives: '406 BAD_REQUEST',
    bytes: get('/graphql?query={__typename}', { ...csrfHeaders, Accept: 'text/html' }),
  },
  ...encodingCases.map(([name, gives, encoding, body]) => ({
    name,
    gives,
    bytes: post({ 'Content-Encoding': encoding }, body),
  })),
  {
    name: 'a body that is not UTF-8',
    gives: '400 BAD_REQUEST',
    bytes: post({}, Buffer.from('{"query":"{ __typename }", "x": "\xfc"}', 'latin1')),
  },
  {
    name: 'a body of 300 KB in chunks',
    gives: '413 REQUEST_ENTITY_TOO_LARGE',
    bytes: chunked(chunk('x'.repeat(150_000)), chunk('x'.repeat(150_000))),
  },
  {
    name: 'a Content-Length of 300 KB without a body',
    gives: '413 REQUEST_ENTITY_TOO_LARGE',
    bytes: rawRequest('POST /graphql', {
      ...json,
      'Content-Length': '300000',
      Expect: '100-continue',
    }),
  },
  {
    name: 'a chunk whose length is not a number',
    gives: '400 BAD_REQUEST',
    bytes: chunked(chunk('{'), 'planted\r\n'),
  },
  {
    name: 'a chunk with extensions of 20 KB',
    gives: '413 BAD_REQUEST',
    bytes: chunked(`1;${'a'.repeat(20_000)}\r\nx\r\n`),
  },
  {
    name: 'both Content-Length and chunks',
    gives: '400 BAD_REQUEST',
    bytes: `${chunked().replace('\r\n\r\n', '\r\nContent-Length: 5\r\n\r\n')}${chunk('{}')}`,
  },
  {
    name: 'a transfer encoding that is not supported',
    gives: '501 BAD_REQUEST',
    bytes: chunked().replace('chunked', 'gzip, chunked'),
  },
  {
    name: 'chunks in HTTP/1.0',
    gives: '501 BAD_REQUEST',
    bytes: chunked(chunk(typename), '0\r\n\r\n').replace('HTTP/1.1', 'HTTP/1.0'),
  },
  {
    name: 'an Expect header that is not supported',
    gives: '417 BAD_REQUEST',
    bytes: post({ Expect: 'planted' }),
  },
  {
    name: 'an unsupported version of HTTP',
    gives: '505 BAD_REQUEST',
    bytes: 'GET /graphql HTTP/2.0\r\nHost: gateway\r\n\r\n',
  },
  {
    name: 'a CONNECT request',
    gives: '405 BAD_REQUEST',
    bytes: 'CONNECT gateway:443 HTTP/1.1\r\nHost: gateway:443\r\n\r\n',
  },
  { name: 'a target of 20 KB', gives: '431 BAD_REQUEST', bytes: get(`/${'a'.repeat(20_000)}`) },
  {
    name: 'headers of 20 KB',
    gives: '431 BAD_REQUEST',
    bytes: get('/graphql', { ...csrfHeaders, Cookie: 'a'.repeat(20_000) }),
  },
  { name: 'bytes that are not HTTP', gives: '400 BAD_REQUEST', bytes: 'planted\r\n\r\n' },
  {
    name: 'a header line without a colon',
    gives: '400 BAD_REQUEST',
    bytes: 'GET /graphql HTTP/1.1\r\nHost: gateway\r\nplanted\r\n\r\n',
  },
];
