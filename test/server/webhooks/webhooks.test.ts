import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createWebhooks } from '../../../src/server/webhooks/webhooks.ts';
import { startWorld, type World } from '../../support/gateway/gateway.ts';
import { startHttpServer } from '../../support/http/http-server.ts';
import { openRaw, rawRequest, sendRaw } from '../../support/http/raw-http.ts';
import { type UndecodedAnswer, withoutRequestId } from '../../support/http/undecoded.ts';
import { addToken, follow, idOf, untilNobodyFollows } from '../subscriptions/following.ts';
import {
  callWebhook,
  outcomesOf,
  readsOf,
  secret,
  startHookedWorld,
  webhookOf,
} from './webhook-calls.ts';

const timeout = 10_000;
const listed = 'https://admin.example.com';

let world: World;
let without: World;

beforeAll(async () => {
  world = await startHookedWorld({ CORS_ORIGINS: listed });
  without = await startWorld({ tokens: 5 }, { CORS_ORIGINS: listed });
});
afterEach(() => untilNobodyFollows(world.url));
afterAll(async () => {
  await world.close();
  await without.close();
});

const errorOf = ({ bytes }: UndecodedAnswer) => JSON.parse(bytes.toString()).errors[0];

/** Follows an organization, and waits until its first reading has begun. */
const followed = async () => {
  const before = (await readsOf(world.url))['subscriber'] ?? 0;
  const stream = await follow(world);
  await vi.waitUntil(async () => (await readsOf(world.url))['subscriber'] === before + 1, {
    timeout,
  });
  return stream;
};

const webhookReads = async (): Promise<number> => (await readsOf(world.url))['webhook'] ?? 0;

describe('a call of a webhook', () => {
  it.each([
    ['that names no organization', () => `/${secret}`],
    ['with a slash at the end', () => `/${secret}/`],
    ['with a query string', () => `/${secret}?from=dashboard`],
    ['that names the organization', () => `/${secret}/${world.sandbox.organizationId}`],
    [
      'that names the organization in upper case',
      () => `/${secret}/${world.sandbox.organizationId.toUpperCase()}`,
    ],
  ])('%s makes a change arrive at once', async (_, path) => {
    const stream = await followed();
    const before = await webhookReads();
    const id = addToken(world);
    const startedMs = performance.now();
    const answer = await callWebhook(world, path());
    expect(answer).toMatchObject({ status: 202, headers: { 'cache-control': 'no-store' } });
    expect(answer.bytes).toHaveLength(0);
    expect((await stream.answer(0)).data.enrollmentTokenChanges.token).toEqual({ id });
    expect(performance.now() - startedMs).toBeLessThan(1_500);
    expect(await webhookReads()).toBe(before + 1);
    stream.leave();
  });

  it('that names another organization, or comes if nobody follows, reads nothing', async () => {
    world.sandbox.clearRequests();
    expect((await callWebhook(world)).status).toBe(202);
    const stream = await followed();
    const before = await webhookReads();
    expect((await callWebhook(world, `/${secret}/${'0'.repeat(24)}`)).status).toBe(202);
    const id = addToken(world);
    expect((await callWebhook(world)).status).toBe(202);
    expect((await stream.answer(0)).data.enrollmentTokenChanges.token).toEqual({ id });
    expect(await webhookReads()).toBe(before + 1);
    stream.leave();
  });

  it.each([
    ['no body', '', {}],
    ['JSON', '{"event":"x"}', { 'content-type': 'application/json' }],
    ['what is no JSON', '{{{', { 'content-type': 'application/json' }],
    ['a form', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['an unknown encoding', 'x', { 'content-encoding': 'zstd' }],
    ['what is not gzip', 'x', { 'content-encoding': 'gzip' }],
    ['an accepted type that does not exist', '', { accept: 'image/png' }],
    ['the largest body', 'x'.repeat(256 * 1024), {}],
  ])('can have %s', async (_, body, headers) => {
    expect((await callWebhook(world, `/${secret}`, 'POST', body, headers)).status).toBe(202);
  });

  it('can have a body that would be large if it were decompressed', async () => {
    const body = gzipSync('x'.repeat(10_000_000));
    const headers = { Host: 'gateway', 'Content-Encoding': 'gzip' };
    const answer = await sendRaw(world.url, rawRequest(`POST /webhooks/${secret}`, headers, body));
    expect(answer.status).toBe(202);
  });

  it('with a body over 256 KiB is refused, and its connection ends', async () => {
    const before = (await outcomesOf(world.url))['refused'] ?? 0;
    const host = { Host: 'gateway' };
    const declared = openRaw(
      world.url,
      rawRequest(`POST /webhooks/${secret}`, { ...host, 'Content-Length': '262145' }),
    );
    const chunked = openRaw(
      world.url,
      rawRequest(`POST /webhooks/${secret}`, { ...host, 'Transfer-Encoding': 'chunked' }),
    );
    chunked.socket.write(`40001\r\n${'x'.repeat(262_145)}`);
    for (const connection of [declared, chunked]) {
      const [answer] = await connection.answers(1);
      expect(answer).toMatchObject({ status: 413, headers: { connection: 'close' } });
      await connection.closed;
    }
    expect((await outcomesOf(world.url))['refused']).toBe(before + 2);
  });

  it('is answered when its body has come, and does nothing if its client leaves before', async () => {
    const stream = await followed();
    const before = await webhookReads();
    const id = addToken(world);
    const head = rawRequest(`POST /webhooks/${secret}`, { Host: 'gateway', 'Content-Length': '2' });
    const leaving = openRaw(world.url, head);
    leaving.socket.write('x');
    await leaving.connected;
    leaving.socket.destroy();
    const staying = openRaw(world.url, head);
    staying.socket.write('x');
    // A round trip later, neither has an answer.
    expect((await callWebhook(world, `/${secret}/slug`)).status).toBe(400);
    expect(staying.received()).toBe('');
    expect(await webhookReads()).toBe(before);
    staying.socket.write('y');
    expect((await staying.answers(1))[0]?.status).toBe(202);
    expect((await stream.answer(0)).data.enrollmentTokenChanges.token).toEqual({ id });
    staying.socket.destroy();
    stream.leave();
  });

  it('is refused if its body does not arrive in 30 s', async () => {
    const calls: unknown[] = [];
    const webhooks = createWebhooks({
      secret,
      onCall: (organizationId) => calls.push(organizationId),
      takeTurn: async () => null,
      onOutcome: (outcome) => calls.push(outcome),
    });
    const handle = () => new Response('{}');
    const { url, server } = await startHttpServer(handle, undefined, [], {}, webhooks);
    Object.assign(server, { headersTimeout: 20, requestTimeout: 20 });
    const head = rawRequest(`POST /webhooks/${secret}`, { Host: 'gateway', 'Content-Length': '2' });
    const connection = openRaw(url, head);
    expect((await connection.answers(1))[0]?.status).toBe(408);
    await connection.closed;
    expect(calls).toEqual([]);
  }, 20_000);

  it('is asked for its body if it waits for that', async () => {
    const connection = openRaw(
      world.url,
      rawRequest(`POST /webhooks/${secret}`, {
        Host: 'gateway',
        'Content-Length': '2',
        Expect: '100-continue',
      }),
    );
    await vi.waitUntil(() => connection.received().startsWith('HTTP/1.1 100'), { timeout });
    connection.socket.write('{}');
    expect((await connection.answers(1))[0]?.status).toBe(202);
    connection.socket.destroy();
  });

  it('can be pipelined, and its connection is used again', async () => {
    const call = rawRequest(`POST /webhooks/${secret}`, { Host: 'gateway' }, '{"a":1}');
    const graphql = rawRequest(
      'POST /graphql',
      { Host: 'gateway', 'Content-Type': 'application/json' },
      '{"query":"{ __typename }"}',
    );
    const connection = openRaw(world.url, Buffer.concat([call, graphql, call]));
    const answers = await connection.answers(3);
    expect(answers.map(({ status }) => status)).toEqual([202, 200, 202]);
    connection.socket.destroy();
  });

  it('with a slug is refused with the reason', async () => {
    for (const path of [world.sandbox.organizationSlug, 'f'.repeat(23), '%20', `${secret}`]) {
      const answer = await callWebhook(world, `/${secret}/${path}`);
      expect(answer.status).toBe(400);
      expect(errorOf(answer).message).toMatch(/24 hexadecimal digits/);
    }
  });

  it.each([
    'GET',
    'HEAD',
    'OPTIONS',
    'PUT',
    'DELETE',
  ])('by %s is refused with 405', async (method) => {
    for (const path of [`/${secret}`, `/${secret}/${world.sandbox.organizationId}`]) {
      const answer = await callWebhook(world, path, method, '', { origin: listed });
      expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    }
  });

  it('is no operation: neither the log nor the metrics of operations have it', async () => {
    const reported = await without.ask('{ __typename }');
    expect(reported.status).toBe(200);
    const lines = world.logged().length;
    for (const method of ['POST', 'GET']) await callWebhook(world, `/${secret}`, method);
    await callWebhook(world, `/${secret}/slug`);
    await callWebhook(world, '/wrong');
    expect(world.logged().slice(lines)).toEqual([]);
  });

  it('has the answer of every other request while the process drains', async () => {
    const draining = await startHookedWorld();
    const stream = await follow(draining);
    draining.app.drain();
    await stream.ended;
    const answer = await callWebhook(draining);
    expect(answer).toMatchObject({ status: 202, headers: { connection: 'close' } });
    await draining.app.whenIdle(0);
    await draining.close();
  });
});

describe('without the secret', () => {
  /** Paths that an attacker would try. None may differ from a path at which nothing was ever planned. */
  const paths = [
    '/webhooks',
    '/webhooks/',
    '/webhooks/wrong',
    `/webhooks/${secret.slice(0, -1)}`,
    `/webhooks/${secret}x`,
    `/webhooks/${secret.toUpperCase()}`,
    `/webhooks/${secret.replace('-', '%2D')}`,
    `/webhooks/${secret}/${'0'.repeat(24)}/more`,
    `/webhooks/${secret}/${'0'.repeat(24)}//`,
    `/webhooks//${secret}`,
    `//webhooks/${secret}`,
    `/Webhooks/${secret}`,
    `/hooks/${secret}`,
    `/${secret}`,
    `/webhooks/wrong/${'0'.repeat(24)}`,
    '/webhooks/wrong/slug',
    `/webhooks/${'x'.repeat(8_000)}`,
  ];
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'];

  const shape = async (at: World, path: string, method: string) => {
    const answer = await callWebhook(at, `/..${path}`, method, method === 'POST' ? '{' : '', {
      origin: listed,
      'access-control-request-method': 'POST',
      'content-type': 'application/json',
    });
    const { 'x-request-id': id } = answer.headers;
    const body = answer.bytes.toString().replaceAll(String(id), '');
    return { status: answer.status, headers: withoutRequestId(answer), body };
  };

  it.each(methods)('%s finds what it finds at any unknown path', async (method) => {
    const unknown = await shape(without, '/nowhere', method);
    expect(unknown.status).toBe(404);
    for (const path of paths) expect(await shape(world, path, method)).toEqual(unknown);
    // With the right secret, but without the route.
    expect(await shape(without, `/webhooks/${secret}`, method)).toEqual(unknown);
  });

  it.each([
    '/webhooks/wrong',
    '/nowhere',
  ])('a large body to %s is answered before it has come, and the connection is used again', async (path) => {
    const connection = openRaw(
      world.url,
      rawRequest(`POST ${path}`, { Host: 'gateway', 'Content-Length': '1000000' }),
    );
    expect((await connection.answers(1))[0]?.status).toBe(404);
    connection.socket.write('x'.repeat(1_000_000));
    connection.socket.write(rawRequest('GET /health/live', { Host: 'gateway' }));
    expect((await connection.answers(2))[1]?.status).toBe(200);
    connection.socket.destroy();
  });

  it('nobody causes a reading or a count', async () => {
    const stream = await followed();
    const [reads, outcomes] = [await readsOf(world.url), await outcomesOf(world.url)];
    for (const path of paths) await callWebhook(world, `/..${path}`);
    addToken(world);
    expect(await readsOf(world.url)).toEqual(reads);
    expect(await outcomesOf(world.url)).toEqual(outcomes);
    expect(stream.answers()).toEqual([]);
    stream.leave();
  });

  it('the server of another process has no route', async () => {
    const server = await startHttpServer(() => new Response('{}'));
    expect((await callWebhook({ url: server.url })).status).toBe(404);
    expect(server.asked).toEqual([]);
  });
});

describe('the sandbox calls the webhook', () => {
  it('when a token is created and when a device enrolls, and the change arrives within 1.5 s', async () => {
    world.sandbox.setWebhook(webhookOf(world));
    const stream = await followed();
    const startedMs = performance.now();
    const token = world.sandbox.addToken('windows');
    expect((await stream.answer(0)).data.enrollmentTokenChanges).toMatchObject({
      kind: 'CREATED',
      token: { id: idOf(world, 'WINDOWS', token.id) },
    });
    expect(performance.now() - startedMs).toBeLessThan(1_500);
    const patchedMs = performance.now();
    world.sandbox.platform('windows').tokens.patch(token.id, {
      state: 'DONE',
      updatedAt: new Date(Date.now() + 1).toISOString(),
    });
    expect((await stream.answer(1)).data.enrollmentTokenChanges.kind).toBe('UPDATED');
    expect(performance.now() - patchedMs).toBeLessThan(1_500);
    world.sandbox.setWebhook(null);
    stream.leave();
  });
});
