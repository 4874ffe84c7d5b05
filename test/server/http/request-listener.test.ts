import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startWorld, type World } from '../../support/gateway/gateway.ts';
import { openRaw, rawRequest, sendRaw } from '../../support/http/raw-http.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld({ tokens: 20, users: 4, policies: 4 }, { NODE_ENV: 'production' });
});
afterAll(() => world.close());
beforeEach(() => world.sandbox.clearRequests());

const typename = '{"query":"{ __typename }"}';
const answered = '{"data":{"__typename":"Query"}}';
const json = { Host: 'gateway', 'Content-Type': 'application/json' };
const proof = { Host: 'gateway', 'X-Graphql-Yoga-Csrf': '1' };

const post = (
  headers: Readonly<Record<string, string>> = {},
  body: string | Buffer = typename,
  target = '/graphql',
) => rawRequest(`POST ${target}`, { ...json, ...headers }, body);

const send = (bytes: string | Buffer) => sendRaw(world.url, bytes);

describe('a request is served', () => {
  it.each<[string, string | Buffer]>([
    ['with a target in absolute form', post({}, typename, 'http://gateway/graphql')],
    ['with an absolute target of https', post({}, typename, 'HTTPS://gateway:443/graphql')],
    ['with an absolute target of another host', post({}, typename, 'http://other.example/graphql')],
    ['with a query string that ends like a health route', post({}, typename, '/graphql?/health')],
    [
      'with a query string that ends like the readiness route',
      post({}, typename, '/graphql?/health/ready'),
    ],
    ['with a host and a port', post({ Host: 'gateway.example:8080' })],
    ['with an address of IPv4 as host', post({ Host: '127.0.0.1:4000' })],
    ['with an address of IPv6 as host', post({ Host: '[::1]:4000' })],
    ['with a host that URLs cannot have', post({ Host: '1.2.3.4.5' })],
    [
      'in HTTP/1.0 without a host',
      post()
        .toString()
        .replace('1.1', '1.0')
        .replace(/Host.*\r\n/, ''),
    ],
    ['with an upgrade that is not offered', post({ Connection: 'Upgrade', Upgrade: 'h2c' })],
    [
      'with a content type in capitals',
      post({ 'Content-Type': 'Application/JSON; Charset=UTF-8' }),
    ],
    ['with a byte order mark', post({}, `\ufeff${typename}`)],
    ['compressed by gzip', post({ 'Content-Encoding': 'gzip' }, gzipSync(typename))],
    ['compressed by x-gzip', post({ 'Content-Encoding': 'X-GZip' }, gzipSync(typename))],
    ['compressed by deflate', post({ 'Content-Encoding': 'deflate' }, deflateSync(typename))],
    ['compressed by Brotli', post({ 'Content-Encoding': 'br' }, brotliCompressSync(typename))],
    [
      'compressed, with a byte order mark',
      post({ 'Content-Encoding': 'gzip' }, gzipSync(`\ufeff${typename}`)),
    ],
    ['in no encoding', post({ 'Content-Encoding': 'identity' })],
    ['that accepts any type', post({ Accept: '*/*' })],
    ['that accepts any type of an application', post({ Accept: 'application/*' })],
    ['that accepts a page, and JSON too', post({ Accept: 'text/html, application/json;q=0.9' })],
    ['by GET', rawRequest('GET /graphql?query=%7B__typename%7D', proof)],
    ['by GET with a slash at the end', rawRequest('GET /graphql/?query={__typename}', proof)],
  ])('%s', async (_name, bytes) => {
    expect(await send(bytes)).toMatchObject({ status: 200, body: answered });
  });

  it('after it got 100 Continue for its body', async () => {
    const head = rawRequest('POST /graphql', {
      ...json,
      Expect: '100-continue',
      'Content-Length': String(typename.length),
    });
    const connection = openRaw(world.url, head);
    await vi.waitUntil(() => connection.received() === 'HTTP/1.1 100 Continue\r\n\r\n');
    connection.socket.write(typename);
    expect(await connection.answers(1)).toMatchObject([{ status: 200, body: answered }]);
    connection.socket.destroy();
  });

  it('as a stream of events', async () => {
    const { headers, body } = await send(post({ Accept: 'text/event-stream' }));
    expect(headers['content-type']).toBe('text/event-stream');
    expect(body).toContain(`event: next\ndata: ${answered}\n\n`);
    expect(body).toContain('event: complete\n');
  });

  it('as a multipart answer', async () => {
    const { headers, body } = await send(post({ Accept: 'multipart/mixed' }));
    expect(headers['content-type']).toBe('multipart/mixed; boundary="-"');
    expect(body).toContain(answered);
  });

  it.each([
    ['text/event-stream', 'HTTP/1.1'],
    ['multipart/mixed', 'HTTP/1.1'],
    ['text/event-stream', 'HTTP/1.0'],
    ['multipart/mixed', 'HTTP/1.0'],
  ])('as a stream of %s over %s, and ends the connection if the client asks for it', async (accept, version) => {
    const bytes = post({ Accept: accept, Connection: 'close' }).toString();
    const connection = openRaw(world.url, bytes.replace('HTTP/1.1', version));
    await connection.closed;
    const received = connection.received();
    expect(received).toMatch(/^connection: close\r$/im);
    expect(received).not.toMatch(/keep-alive|content-encoding/i);
    expect(/transfer-encoding: chunked/i.test(received)).toBe(version === 'HTTP/1.1');
    expect(received).toContain(answered);
  });

  it('with a body of the maximum size, compressed and in chunks of one byte', async () => {
    const body = JSON.stringify({ query: '{ __typename }', variables: { a: 'ü'.repeat(125_000) } });
    expect(await send(post({ 'Content-Encoding': 'gzip' }, gzipSync(body)))).toMatchObject({
      status: 200,
    });
    const small = JSON.stringify({ query: '{ __typename }', variables: { a: 'x'.repeat(9_000) } });
    const chunks = [...small].map((byte) => `1\r\n${byte}\r\n`).join('');
    const head = rawRequest('POST /graphql', { ...json, 'Transfer-Encoding': 'chunked' });
    expect(await send(`${head}${chunks}0\r\n\r\n`)).toMatchObject({ status: 200, body: answered });
  });

  it('about the whole server', async () => {
    const { status, headers, body } = await send(rawRequest('OPTIONS *', { Host: 'gateway' }));
    expect({ status, body }).toEqual({ status: 204, body: '' });
    expect(headers['allow']).toBe('GET, HEAD, POST, OPTIONS');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['x-request-id']).toMatch(/^[\w.-]+$/);
  });

  it('about the health of the process, in absolute form and by HEAD', async () => {
    expect(await send(rawRequest('GET http://x/health/live', { Host: 'x' }))).toMatchObject({
      status: 200,
      body: 'live\n',
    });
    const connection = openRaw(world.url, rawRequest('HEAD /health/ready', { Host: 'x' }));
    await vi.waitUntil(() => connection.received().endsWith('\r\n\r\n'));
    expect(connection.received()).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    connection.socket.destroy();
  });
});

describe('the route', () => {
  it.each([
    '/',
    '//metrics',
    '/metrics/',
    '/metrics%3f',
    '/%6detrics',
    '/x/../metrics',
    '/x/%2e%2e/metrics',
    '/x\\..\\metrics',
    '/health/../metrics',
    '/x/graphql?query={__typename}',
    '/?x=/graphql',
    'http://gateway?/metrics',
    'http://gateway',
  ])('is none for the target %s', async (target) => {
    const { status, headers, body } = await send(rawRequest(`GET ${target}`, proof));
    expect(status).toBe(404);
    expect(JSON.parse(body).errors[0].message).toContain('There is nothing at this path.');
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-frame-options': 'DENY' });
    expect(headers['x-request-id']).toMatch(/^[\w.-]+$/);
  });
});

describe('an answer that the client does not accept', () => {
  it('is refused before the create runs; with an accepted type the create runs', async () => {
    const query =
      'mutation($userId: ID!) { createAppleEnrollmentToken(input: { userId: $userId, sendEmail: false }) { enrollmentToken { id } userErrors { code } } }';
    const { data } = await world.ask('{ mdmUsers(first: 1) { nodes { id } } }');
    const body = JSON.stringify({ query, variables: { userId: data.mdmUsers.nodes[0].id } });
    const Authorization = `Bearer ${world.sandbox.apiKey}`;
    world.sandbox.clearRequests();
    const refused = await send(post({ Authorization, Accept: 'text/html' }, body));
    expect(refused.status).toBe(406);
    expect(world.calls()).toEqual([]);

    const made = await send(post({ Authorization, Accept: 'application/json' }, body));
    expect(JSON.parse(made.body).data.createAppleEnrollmentToken.enrollmentToken).not.toBeNull();
    expect(world.calls().filter((call) => call.startsWith('POST'))).toHaveLength(1);
  });
});

describe('a refusal', () => {
  it('has the requested id and media type, and listed origins can read it', async () => {
    const origin = 'https://admin.example.com';
    const listed = await startWorld({ tokens: 1 }, { CORS_ORIGINS: origin });
    const bytes = post({
      'X-Request-Id': 'mine-1',
      Accept: 'application/graphql-response+json',
      'Content-Encoding': 'zstd',
      Origin: origin,
    });
    const { headers, body } = await sendRaw(listed.url, bytes);
    expect(headers).toMatchObject({
      'content-type': 'application/graphql-response+json; charset=utf-8',
      'x-request-id': 'mine-1',
      'access-control-allow-origin': origin,
    });
    expect(JSON.parse(body).errors[0].extensions).toEqual({
      code: 'BAD_REQUEST',
      requestId: 'mine-1',
    });
    await listed.close();
  });
});

describe('GraphiQL', () => {
  it('is served to a browser outside production, and runs no operation', async () => {
    const open = await startWorld({ tokens: 1 });
    for (const target of ['/graphql', '/graphql?query={__typename}']) {
      const response = await fetch(new URL(target, open.url), {
        headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' },
      });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toContain('text/html');
    }
    const asked = await fetch(open.url, {
      method: 'POST',
      headers: { accept: 'text/html', 'content-type': 'application/json' },
      body: typename,
    });
    expect(asked.status).toBe(406);
    await open.close();
  });
});
