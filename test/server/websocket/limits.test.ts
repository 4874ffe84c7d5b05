import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { maxSubscriptionBytes } from '../../../src/server/subscriptions/subscriptions.ts';
import { watchLiveness } from '../../../src/server/websocket/liveness.ts';
import { createMessageRate, messageRate } from '../../../src/server/websocket/message-rate.ts';
import type { World } from '../../support/gateway/gateway.ts';
import { fetchSamples } from '../../support/gateway/metrics.ts';
import { startHttpServer } from '../../support/http/http-server.ts';
import { eventually } from '../../support/time/eventually.ts';
import { createGate } from '../../support/time/manual-clock.ts';
import {
  addToken,
  readLoad,
  startLiveWorld,
  untilNobodyFollows,
} from '../subscriptions/following.ts';
import { closeCases } from './close-cases.ts';
import { connect, connectWithKey, openSocket, subscribe } from './raw-socket.ts';

let world: World;

beforeAll(async () => {
  world = await startLiveWorld();
});
afterAll(() => world.close());

const openSockets = async (url: string): Promise<number | undefined> =>
  (await fetchSamples(url, 'gateway_websockets'))[0]?.value;

describe('a WebSocket is closed', () => {
  it.each(closeCases)('%s, with %d', async (_name, code, act) => {
    const socket = await openSocket(world.url);
    act(socket);
    expect((await socket.closed).code).toBe(code);
    await eventually(async () => {
      const closes = await fetchSamples(world.url, 'gateway_websocket_closes_total');
      expect(closes.map(({ labels }) => labels['code'])).toContain(String(code));
      expect(await openSockets(world.url)).toBe(0);
    });
    await untilNobodyFollows(world.url);
  });

  it('if connection_init does not come in time, with 4408', async () => {
    // A sixth of the time after which a client is lost.
    const { url } = await startHttpServer(() => new Response(), 900);
    const socket = await openSocket(url.replace('http', 'ws').concat('/graphql'));
    expect((await socket.closed).code).toBe(4408);
  });

  it('with a code of a client, which is counted as another one', async () => {
    const socket = await openSocket(world.url);
    socket.socket.close(4999);
    await socket.closed;
    await eventually(async () => {
      const closes = await fetchSamples(world.url, 'gateway_websocket_closes_total');
      expect(closes.map(({ labels }) => labels['code'])).toContain('other');
    });
  });
});

it('a message of 32 KiB is read', async () => {
  const client = await connectWithKey(world);
  const message = JSON.stringify(subscribe('1', '{'));
  client.socket.send(message.padEnd(maxSubscriptionBytes));
  const [answer] = await client.messagesOf('1', 1);
  expect(answer?.payload[0].extensions.code).toBe('GRAPHQL_PARSE_FAILED');
  client.socket.close();
});

it('a ping is answered, without its payload', async () => {
  const client = await openSocket(world.url);
  client.send({ type: 'ping', payload: { large: 'x'.repeat(10_000) } });
  await eventually(() => expect(client.messages()).toEqual([{ type: 'pong' }]));
  client.socket.close();
});

it('a ping is answered when the subscriptions before it have begun', async () => {
  const client = await connectWithKey(world);
  const gate = createGate();
  const stop = world.sandbox.onRequest(() => gate.opened);
  // A slug is looked up before the subscription begins.
  const { slug } = world.sandbox.organization;
  const bySlug = `subscription { enrollmentTokenChanges(organizationId: "${slug}") { kind } }`;
  client.send(subscribe('1', bySlug));
  client.send({ type: 'ping' });
  await vi.waitUntil(() => world.calls().some((call) => call.includes('/organizations')), {
    timeout: 10_000,
  });
  expect(client.messages().map(({ type }) => type)).toEqual(['connection_ack']);
  gate.open();
  stop();
  await eventually(() => expect(client.messages().at(-1)).toEqual({ type: 'pong' }));
  expect((await readLoad(world.url)).subscribers).toBe(1);
  client.socket.close();
  await untilNobodyFollows(world.url);
});

it('the rate of messages recovers', () => {
  let nowMs = 0;
  const mayReceive = createMessageRate(() => nowMs);
  const receive = (count: number) => Array.from({ length: count }, mayReceive).filter(Boolean);
  expect(receive(1_000)).toHaveLength(messageRate.atOnce);
  nowMs += 1_000;
  expect(receive(1_000)).toHaveLength(messageRate.perSecond);
  nowMs += 3_600_000;
  expect(receive(1_000)).toHaveLength(messageRate.atOnce);
});

describe('more sockets than the process serves', () => {
  it('close the one that has been without a subscription for the longest time', async () => {
    const small = await startLiveWorld({ MAX_SUBSCRIPTIONS: '3' });
    const following = await connectWithKey(small);
    following.send(subscribe('1'));
    await eventually(async () => expect((await readLoad(small.url)).subscribers).toBe(1));
    const older = await openSocket(small.url);
    const newer = await connect(small.url);
    const next = await connectWithKey(small);
    expect(await older.closed).toMatchObject({ code: 1013 });
    expect(newer.socket.readyState).toBe(WebSocket.OPEN);

    // A socket that had a subscription goes to the end of the row.
    next.send(subscribe('1'));
    await eventually(async () => expect((await readLoad(small.url)).subscribers).toBe(2));
    following.send({ type: 'complete', id: '1' });
    await eventually(async () => expect((await readLoad(small.url)).subscribers).toBe(1));
    await connect(small.url);
    expect(await newer.closed).toMatchObject({ code: 1013 });
    expect(following.socket.readyState).toBe(WebSocket.OPEN);
    addToken(small);
    expect((await next.messagesOf('1', 1))[0]?.type).toBe('next');
    await small.close();
  });

  it('are refused with 503 if all have a subscription', async () => {
    const small = await startLiveWorld({ MAX_SUBSCRIPTIONS: '1' });
    const following = await connectWithKey(small);
    following.send(subscribe('1'));
    await eventually(async () => expect((await readLoad(small.url)).subscribers).toBe(1));
    await expect(openSocket(small.url)).rejects.toThrow(/503/);
    // Streams of both transports are counted together.
    following.send(subscribe('2'));
    const [refused] = await following.messagesOf('2', 1);
    expect(refused).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 30 } }],
    });
    following.socket.close();
    await following.closed;
    const later = await connectWithKey(small);
    expect(later.socket.readyState).toBe(WebSocket.OPEN);
    await small.close();
  });
});

describe('a client', () => {
  const stallMs = 500;

  /** A socket between a server that watches its client and a client. */
  const startWatched = async (autoPong: boolean) => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const client = new WebSocket(`ws://127.0.0.1:${port}`, { autoPong });
    const [socket] = await once(server, 'connection');
    if (!(socket instanceof WebSocket)) throw new TypeError('There is no socket.');
    const liveness = watchLiveness(socket, stallMs);
    socket.on('pong', liveness.heard).on('message', liveness.heard);
    const closed = once(socket, 'close').then(() => performance.now());
    if (client.readyState !== WebSocket.OPEN) await once(client, 'open');
    return {
      ...{ client, liveness, closed },
      stop: () => {
        liveness.end();
        client.terminate();
        server.close();
      },
    };
  };

  it('that answers pings stays connected, and one that does not is cut off', async () => {
    const answering = await startWatched(true);
    const startedMs = performance.now();
    const silent = await startWatched(false);
    const tookMs = (await silent.closed) - startedMs;
    expect(tookMs).toBeGreaterThan(stallMs);
    expect(tookMs).toBeLessThan(10_000);
    await new Promise((resolve) => setTimeout(resolve, stallMs));
    expect(answering.client.readyState).toBe(WebSocket.OPEN);
    answering.stop();
    silent.stop();
  });

  it('that reads nothing is cut off, although it sends something', async () => {
    const { client, liveness, closed, stop } = await startWatched(true);
    client.pause();
    const sending = setInterval(() => client.send('x'), 50);
    const startedMs = performance.now();
    // More than the buffers of the connection take.
    const sent = liveness.send('x'.repeat(30_000_000));
    const tookMs = (await closed) - startedMs;
    clearInterval(sending);
    expect(tookMs).toBeGreaterThan(stallMs);
    expect(tookMs).toBeLessThan(10_000);
    await sent;
    stop();
  });
});
