import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { World } from '../../support/gateway/gateway.ts';
import { get, hostHeader, startHttpServer, untilAborted } from '../../support/http/http-server.ts';
import { openRaw, rawRequest } from '../../support/http/raw-http.ts';
import { eventually } from '../../support/time/eventually.ts';
import { createGate, settled } from '../../support/time/manual-clock.ts';
import {
  addToken,
  follow,
  readLoad,
  requestOf,
  startLiveWorld,
  subscription,
  untilNobodyFollows,
} from './following.ts';
import { startStreamServer } from './stream-server.ts';

let world: World;

/** The other calls are those of the reading that found the change. */
const isLookup = ({ cause }: { readonly cause: string }): boolean => cause === 'lookup';

beforeAll(async () => {
  world = await startLiveWorld();
});
afterEach(() => untilNobodyFollows(world.url));
afterAll(() => world.close());

describe('the stream of a subscription', () => {
  it('begins with its headers and a comment, before the API has answered', async () => {
    const gate = createGate();
    const stop = world.sandbox.onRequest(() => gate.opened);
    const stream = await follow(world);
    expect(stream.status).toBe(200);
    await vi.waitUntil(() => stream.text().startsWith(':\n\n'), { timeout: 10_000 });
    expect(stream.answers()).toEqual([]);
    gate.open();
    stop();
    const id = addToken(world);
    expect((await stream.answer(0)).data.enrollmentTokenChanges.token).toEqual({ id });
    stream.leave();
  });

  it('is neither compressed, nor stored, nor collected by a proxy', async () => {
    const stream = await follow(world, subscription, {}, { 'accept-encoding': 'br, gzip' });
    expect(Object.fromEntries(stream.headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'text/event-stream',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    expect(stream.headers.has('content-encoding')).toBe(false);
    stream.leave();
  });

  // yoga sends one every 12 s; for tests (NODE_ENV) every 300 ms.
  it('has a comment from time to time, also before anything has changed', async () => {
    const stream = await follow(world);
    await vi.waitUntil(() => (stream.text().match(/^:$/gm) ?? []).length >= 4, { timeout: 10_000 });
    expect(stream.text().replaceAll(':\n\n', '')).toBe('');
    stream.leave();
  });

  it('has an answer with the upstream calls of each event, if the client asks for it', async () => {
    const query = 'subscription { enrollmentTokenChanges { token { user { name } } } }';
    const stream = await follow(world, query, {}, { 'x-explain': '1' });
    const [first, second] = world.sandbox.organization.users.all();
    addToken(world, 'WINDOWS', { mdmUser: { id: first?.id } });
    addToken(world, 'WINDOWS', { mdmUser: { id: second?.id } });
    await stream.answer(1);
    for (const { extensions } of stream.answers()) {
      const calls: readonly { cause: string; path: string }[] = extensions.upstream.calls;
      // The reading that found the change, and the lookup of its user.
      expect(calls.map(({ cause }) => cause)).toEqual(['live', 'live', 'lookup']);
      expect(calls[0]?.path).toContain('sort=updatedAt%3Adesc');
    }
    stream.leave();
  });

  it('has as many calls for each event as an operation may make', async () => {
    const bounded = await startLiveWorld({ MAX_UPSTREAM_CALLS: '4', LOOKUP_TTL_MS: '0' });
    const query = 'subscription { enrollmentTokenChanges { token { user { name } } } }';
    const stream = await follow(bounded, query, {}, { 'x-explain': '1' });
    const users = bounded.sandbox.organization.users.all();
    for (const { id } of users) addToken(bounded, 'WINDOWS', { mdmUser: { id } });
    await stream.answer(users.length - 1);
    expect(users.length).toBeGreaterThan(4);
    for (const { errors, extensions } of stream.answers()) {
      expect(errors).toBeUndefined();
      const lookups = extensions.upstream.calls.filter(isLookup);
      expect(lookups).toHaveLength(1);
    }
    await bounded.close();
  });

  it.each([
    ['HTTP/1.1', 'keep-alive'],
    ['HTTP/1.1', 'close'],
    ['HTTP/1.0', 'keep-alive'],
    ['HTTP/1.0', 'close'],
  ])('is the last answer of its connection, over %s with Connection: %s', async (version, connectionHeader) => {
    const bytes = requestOf(world, subscription, { Connection: connectionHeader }).toString();
    const connection = openRaw(world.url, bytes.replace('HTTP/1.1', version));
    await vi.waitUntil(() => connection.received().includes(':\n\n'), { timeout: 10_000 });
    expect(connection.received()).toMatch(/^connection: close\r$/im);
    expect(/transfer-encoding: chunked/i.test(connection.received())).toBe(version === 'HTTP/1.1');
    addToken(world);
    await eventually(() => expect(connection.received()).toContain('event: next'));
    connection.socket.destroy();
  });

  it.each(['GET', 'HEAD'])('asked for by %s', async (method) => {
    const target = `/graphql?query=${encodeURIComponent(subscription)}`;
    const connection = openRaw(
      world.url,
      rawRequest(`${method} ${target}`, {
        ...hostHeader,
        Accept: 'text/event-stream',
        Authorization: `Bearer ${world.sandbox.apiKey}`,
      }),
    );
    await eventually(() => expect(connection.received()).toMatch(/^HTTP\/1.1 200 OK/));
    if (method === 'HEAD') {
      await connection.closed;
      expect(connection.received()).toMatch(/\r\n\r\n$/);
    } else {
      expect((await readLoad(world.url)).subscribers).toBe(1);
      connection.socket.destroy();
    }
  });
});

describe('requests on the connection of a stream', () => {
  it('that wait behind it are dropped', async () => {
    const connection = openRaw(
      world.url,
      Buffer.concat([requestOf(world, subscription), get('query={__typename}')]),
    );
    await eventually(() => expect(connection.received()).toContain(':\n\n'));
    addToken(world);
    await eventually(() => expect(connection.received()).toContain('event: next'));
    expect(connection.received().match(/^HTTP\/1.1/gm)).toHaveLength(1);
    connection.socket.destroy();
  });

  it.each([
    ['a request', get('query={__typename}')],
    ['bytes that are no request', Buffer.from('nothing\r\n\r\n')],
  ])('close it, if %s comes later', async (_name, bytes) => {
    const connection = openRaw(world.url, requestOf(world, subscription));
    await eventually(() => expect(connection.received()).toContain(':\n\n'));
    connection.socket.write(bytes);
    await connection.closed;
  });
});

describe('a running stream', () => {
  it('is no request in progress, and its start is one', async () => {
    const { url, pendingWork } = await startStreamServer();
    const connection = openRaw(url, get());
    await eventually(() => expect(connection.received()).toContain(':\n\n'));
    await pendingWork.whenIdle(20);
    expect(connection.socket.closed).toBe(false);
    connection.socket.destroy();

    const waiting = await startHttpServer(untilAborted);
    const starting = openRaw(waiting.url, get());
    await vi.waitUntil(() => waiting.asked.length === 1);
    let isIdle = false;
    const idle = waiting.pendingWork.whenIdle(0).then(() => {
      isIdle = true;
    });
    await settled();
    expect(isIdle).toBe(false);
    starting.socket.destroy();
    await idle;
  });
});

describe('when the process ends, a stream', () => {
  it('that runs is completed at once, and one that comes later too', async () => {
    const ending = await startLiveWorld();
    const streams = [await follow(ending), await follow(ending)];
    addToken(ending);
    await Promise.all(streams.map(({ answer }) => answer(0)));
    const startedMs = performance.now();
    ending.app.drain();
    await Promise.all([...streams.map(({ ended }) => ended), ending.app.whenIdle(20)]);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    const late = await follow(ending);
    await late.ended;
    for (const stream of [...streams, late]) {
      expect(stream.status).toBe(200);
      expect(stream.text()).toMatch(/event: complete\ndata:\n\n$/);
      expect(stream.answers().filter(({ errors }) => errors)).toEqual([]);
    }
    expect(late.answers()).toEqual([]);
    await ending.close();
  });
});
