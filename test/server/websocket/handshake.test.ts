import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway, type World } from '../../support/gateway/gateway.ts';
import { createHeldAnswer, get, startHttpServer } from '../../support/http/http-server.ts';
import { openRaw, type RawConnection, rawRequest } from '../../support/http/raw-http.ts';
import { eventually } from '../../support/time/eventually.ts';
import { startLiveWorld } from '../subscriptions/following.ts';
import { openSocket } from './raw-socket.ts';

const listed = 'https://admin.example.com';

const handshakeHeaders = {
  Host: 'gateway.example.com',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol': 'graphql-transport-ws',
};

type Headers = Readonly<Record<string, string | undefined>>;

/** The bytes of a handshake. A header that is undefined is left out. */
const handshake = (headers: Headers = {}, target = '/graphql'): Buffer =>
  rawRequest(
    `GET ${target}`,
    Object.fromEntries(
      Object.entries({ ...handshakeHeaders, ...headers }).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      ),
    ),
  );

const untilOpen = (connection: RawConnection) =>
  eventually(() => expect(connection.received()).toMatch(/HTTP\/1.1 101 Switching Protocols\r\n/));

let world: World;
let production: Gateway;

beforeAll(async () => {
  world = await startLiveWorld({ CORS_ORIGINS: listed });
  production = await startGateway(
    { baseUrl: world.baseUrl, organization: world.sandbox.organizationId },
    { NODE_ENV: 'production', CORS_ORIGINS: listed },
  );
});
afterAll(async () => {
  await production.close();
  await world.close();
});

describe('a handshake is accepted', () => {
  it.each<[string, Headers]>([
    ['without an origin', {}],
    ['of a page of a listed origin', { Origin: listed }],
    ['of GraphiQL', { Origin: 'http://gateway.example.com' }],
    ['of GraphiQL behind TLS', { Origin: 'https://gateway.example.com' }],
    ['of GraphiQL at a port', { Origin: 'http://a.example.com:4000', Host: 'a.example.com:4000' }],
    ['with other subprotocols', { 'Sec-WebSocket-Protocol': 'graphql-ws, graphql-transport-ws' }],
    ['that offers compression', { 'Sec-WebSocket-Extensions': 'permessage-deflate' }],
    ['that says that its body is empty', { 'Content-Length': '0' }],
    ['with its own request id', { 'X-Request-Id': 'of-the-client' }],
  ])('%s', async (_name, headers) => {
    const connection = openRaw(world.url, handshake(headers));
    await untilOpen(connection);
    expect(connection.received()).toContain('Sec-WebSocket-Protocol: graphql-transport-ws\r\n');
    expect(connection.received()).not.toContain('Sec-WebSocket-Extensions');
    const id = /^x-request-id: (.*)\r$/im.exec(connection.received())?.[1];
    expect(id).toMatch(headers['X-Request-Id'] ?? /^[\w-]{36}$/);
    connection.socket.destroy();
  });

  it('at /graphql/, and with a query string', async () => {
    for (const target of ['/graphql/', '/graphql?a=1', 'http://gateway.example.com/graphql']) {
      const connection = openRaw(world.url, handshake({}, target));
      await untilOpen(connection);
      connection.socket.destroy();
    }
  });
});

describe('a handshake is refused', () => {
  it.each<[string, number, Headers, string?]>([
    ['of a page of another origin', 403, { Origin: 'https://evil.example.com' }],
    ['of a page at another port', 403, { Origin: 'http://gateway.example.com:1' }],
    ['of a page without an origin of its own', 403, { Origin: 'null' }],
    ['of a page whose origin begins like a listed one', 403, { Origin: `${listed}.evil.com` }],
    ['of a page of an application', 403, { Origin: 'app://gateway.example.com' }],
    ['with an origin that is no URL', 403, { Origin: '//' }],
    ['without a subprotocol', 400, { 'Sec-WebSocket-Protocol': undefined }],
    ['with the older subprotocol', 400, { 'Sec-WebSocket-Protocol': 'graphql-ws' }],
    [
      'with a subprotocol twice',
      400,
      { 'Sec-WebSocket-Protocol': 'graphql-transport-ws, graphql-transport-ws' },
    ],
    ['without a key', 400, { 'Sec-WebSocket-Key': undefined }],
    ['with a key that is none', 400, { 'Sec-WebSocket-Key': 'planted' }],
    ['of an older version', 426, { 'Sec-WebSocket-Version': '8' }],
    ['without a version', 426, { 'Sec-WebSocket-Version': undefined }],
    ['at another path', 404, {}, '/subscriptions'],
    ['at /health/live', 404, {}, '/health/live'],
    ['with a target that is not valid', 400, {}, '/graphql?%2'],
    ['with a host that is not valid', 400, { Host: 'a b' }],
  ])('%s', async (_name, status, headers, target) => {
    const connection = openRaw(
      world.url,
      handshake({ 'X-Request-Id': 'of-the-client', ...headers }, target),
    );
    const [answer] = await connection.answers(1);
    await connection.closed;
    expect(answer?.status).toBe(status);
    const [{ message, extensions }] = JSON.parse(answer?.body ?? '').errors;
    expect(message).toMatch(/^[A-Z].*\.$/);
    expect(extensions).toEqual({ code: 'BAD_REQUEST', requestId: 'of-the-client' });
    expect(answer?.headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-request-id': 'of-the-client',
      connection: 'close',
    });
    if (status === 426) expect(answer?.headers['sec-websocket-version']).toBe('13');
    expect(world.logged().at(-1)).toMatchObject({
      ...{ msg: 'operation', kind: 'none', outcome: 'BAD_REQUEST', requestId: 'of-the-client' },
    });
  });

  it('of a page of its own origin, without GraphiQL', async () => {
    for (const [origin, status] of [
      ['http://gateway.example.com', 'HTTP/1.1 403'],
      [listed, 'HTTP/1.1 101'],
    ]) {
      const connection = openRaw(production.url, handshake({ Origin: origin }));
      await eventually(() => expect(connection.received().slice(0, 12)).toBe(status));
      connection.socket.destroy();
    }
  });
});

const typename = '{"query":"{ __typename }"}';
const java = {
  Connection: 'Upgrade, HTTP2-Settings',
  Upgrade: 'h2c',
  'HTTP2-Settings': 'AAMAAABk',
};
const json = { Host: 'gateway', 'Content-Type': 'application/json' };

describe('a request that offers an upgrade is answered by HTTP/1.1', () => {
  it.each<[string, Buffer]>([
    [
      'to HTTP/2, with a body, as of Java',
      rawRequest('POST /graphql', { ...json, ...java }, typename),
    ],
    [
      'to HTTP/2, with a body in chunks',
      Buffer.concat([
        rawRequest('POST /graphql', { ...json, ...java, 'Transfer-Encoding': 'chunked' }),
        Buffer.from(`${typename.length.toString(16)}\r\n${typename}\r\n0\r\n\r\n`),
      ]),
    ],
    [
      'to HTTP/2, by GET',
      rawRequest('GET /graphql?query={__typename}', {
        Host: 'gateway',
        ...java,
        'x-graphql-yoga-csrf': '1',
      }),
    ],
    [
      'to WebSocket, by POST',
      rawRequest('POST /graphql', { ...handshakeHeaders, ...json }, typename),
    ],
    [
      'to WebSocket, over HTTP/1.0',
      Buffer.from(
        rawRequest('GET /graphql?query={__typename}', {
          ...handshakeHeaders,
          'x-graphql-yoga-csrf': '1',
        })
          .toString()
          .replace('HTTP/1.1', 'HTTP/1.0')
          .replace('Connection: Upgrade', 'Connection: Upgrade, keep-alive'),
      ),
    ],
    [
      'to several protocols',
      rawRequest(
        'POST /graphql',
        { ...json, Connection: 'Upgrade', Upgrade: 'h2c, websocket' },
        typename,
      ),
    ],
  ])('%s', async (_name, bytes) => {
    const connection = openRaw(world.url, bytes);
    await connection.answers(1);
    connection.socket.write(bytes);
    const answers = await connection.answers(2);
    expect(answers.map(({ status, body }) => [status, JSON.parse(body)])).toEqual(
      Array(2).fill([200, { data: { __typename: expect.stringMatching(/Query/) } }]),
    );
    connection.socket.destroy();
  });

  it('in pieces of one byte', async () => {
    const connection = openRaw(world.url);
    await connection.connected;
    for (const byte of rawRequest('POST /graphql', { ...json, ...java }, typename)) {
      connection.socket.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    const [answer] = await connection.answers(1);
    expect(answer?.status).toBe(200);
    connection.socket.destroy();
  });
});

describe('a handshake after other requests of its connection', () => {
  it('is accepted when they have been answered', async () => {
    const held = createHeldAnswer();
    const { url } = await startHttpServer(() => held.answer);
    const connection = openRaw(url, Buffer.concat([get(), handshake()]));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(connection.received()).toBe('');
    held.give('first');
    await untilOpen(connection);
    expect(connection.received()).toMatch(/^HTTP\/1.1 200 OK.*first.*HTTP\/1.1 101/s);
    // A frame with a ping, masked with zeros. The answer is a pong.
    connection.socket.write(Buffer.from([0x89, 0x80, 0, 0, 0, 0]));
    await eventually(() => expect(connection.received().slice(-2)).toBe('\x8a\x00'));
    connection.socket.destroy();
  });

  it('is closed with them if their client does not read', async () => {
    const { url } = await startHttpServer(() => new Promise(() => {}), 500);
    const connection = openRaw(url, Buffer.concat([get(), handshake()]));
    await connection.closed;
    expect(connection.received()).toBe('');
  });

  it('is accepted on a connection that was kept alive', async () => {
    const connection = openRaw(world.url, rawRequest('GET /health/live', { Host: 'gateway' }));
    await connection.answers(1);
    connection.socket.write(handshake());
    await untilOpen(connection);
    connection.socket.destroy();
  });
});

it('a handshake during the drain is refused with 503, and a time to wait', async () => {
  const ending = await startLiveWorld();
  ending.app.drain();
  const connection = openRaw(ending.url, handshake());
  const [answer] = await connection.answers(1);
  expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  await ending.close();
});

it('a refused handshake is an error of the client, not of the process', async () => {
  await expect(openSocket(world.url, {}, 'other')).rejects.toThrow(/400/);
});
