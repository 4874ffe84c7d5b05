import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startReadyGateway } from '../../support/gateway/gateway-process.ts';
import { usedHeap } from '../../support/heap.ts';
import { openRaw, rawRequest } from '../../support/http/raw-http.ts';
import { eventually } from '../../support/time/eventually.ts';
import {
  addLargeTokens,
  follow,
  largeSubscription,
  loggedSubscriptions,
  readLoad,
  startLiveWorld,
  subscription,
  untilNobodyFollows,
} from '../subscriptions/following.ts';
import { connect, connectWithKey, openSocket, type RawSocket, subscribe } from './raw-socket.ts';

const typesOf = ({ messages }: RawSocket): string[] => messages().map(({ type }) => type);

describe('when the process ends, a WebSocket', () => {
  it('gets the end of each subscription, and is closed with 1001 then', async () => {
    const ending = await startLiveWorld();
    const following = await connectWithKey(ending);
    for (const id of ['1', '2', '3']) following.send(subscribe(id));
    const [idle, silent] = [await connect(ending.url), await openSocket(ending.url)];
    await eventually(async () => expect((await readLoad(ending.url)).subscribers).toBe(3));
    const startedMs = performance.now();
    ending.app.drain();
    const closes = await Promise.all([following, idle, silent].map(({ closed }) => closed));
    await ending.app.whenIdle(20);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    expect(closes.map(({ code }) => code)).toEqual([1001, 1001, 1001]);
    expect(typesOf(following)).toEqual(['connection_ack', 'complete', 'complete', 'complete']);
    expect(loggedSubscriptions(ending).map(({ outcome }) => outcome)).toEqual(['OK', 'OK', 'OK']);
    await ending.close();
  });

  it('gets the end of a subscription that starts at this moment', async () => {
    const ending = await startLiveWorld();
    const following = await connectWithKey(ending);
    following.send(subscribe('1'));
    // The message has been written, and may be read before or after the drain begins.
    ending.app.drain();
    expect((await following.closed).code).toBe(1001);
    expect(typesOf(following).slice(1)).toEqual(typesOf(following).length > 1 ? ['complete'] : []);
    await ending.app.whenIdle(20);
    await ending.close();
  });

  it('does not hold up the end of the built gateway', async () => {
    const gateway = await startReadyGateway();
    onTestFinished(() => gateway.kill('SIGKILL'));
    const sockets = await Promise.all(Array.from({ length: 20 }, () => connect(gateway.url)));
    for (const { send } of sockets) send(subscribe('1'));
    await eventually(async () => expect((await readLoad(gateway.url)).subscribers).toBe(20));
    // One reads nothing, and confirms no close.
    sockets[0]?.socket.pause();
    const stoppedMs = performance.now();
    expect(await gateway.stop()).toBe(0);
    expect(performance.now() - stoppedMs).toBeLessThan(3_500);
    for (const socket of sockets.slice(1)) {
      expect((await socket.closed).code).toBe(1001);
      expect(typesOf(socket)).toEqual(['connection_ack', 'complete']);
    }
  });

  it('is cut off if the process is killed', async () => {
    const gateway = await startReadyGateway();
    const socket = await connect(gateway.url);
    socket.send(subscribe('1'));
    gateway.kill('SIGKILL');
    expect((await socket.closed).code).toBe(1006);
    await gateway.ended;
  });
});

describe('a client that leaves', () => {
  it('ends all of its subscriptions, also without a word', async () => {
    const world = await startLiveWorld();
    const [closing, resetting] = [await connectWithKey(world), await connectWithKey(world)];
    for (const { send } of [closing, resetting]) {
      send(subscribe('1'));
      send(subscribe('2'));
    }
    await eventually(async () => expect((await readLoad(world.url)).subscribers).toBe(4));
    closing.socket.close();
    resetting.socket.terminate();
    await untilNobodyFollows(world.url);
    expect(loggedSubscriptions(world).map(({ outcome }) => outcome)).toEqual(Array(4).fill('OK'));
    await world.close();
  });

  it('while its subscription starts leaves nothing behind', async () => {
    const world = await startLiveWorld();
    for (let round = 0; round < 20; round += 1) {
      const client = await connectWithKey(world);
      client.send(subscribe('1'));
      if (round % 2 === 1) await new Promise(setImmediate);
      client.socket.terminate();
    }
    await untilNobodyFollows(world.url);
    await world.app.whenIdle(20);
    await world.close();
  });

  it('and comes back, again and again, leaves no memory behind', async () => {
    const world = await startLiveWorld();
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    const comeAndGo = async (rounds: number) => {
      for (let round = 0; round < rounds; round += 1) {
        const clients = await Promise.all(Array.from({ length: 20 }, () => connectWithKey(world)));
        for (const { send } of clients) {
          send(subscribe('1'));
          send(subscribe('2', '{ refused }'));
          send(subscribe('3'));
          send({ type: 'complete', id: '3' });
        }
        await Promise.all(clients.map(({ messagesOf }) => messagesOf('2', 1)));
        for (const { socket } of clients) socket.close();
        await Promise.all(clients.map(({ closed }) => closed));
      }
      await untilNobodyFollows(world.url);
    };
    await comeAndGo(10);
    const before = usedHeap();
    await comeAndGo(50);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
    expect(usedHeap() - before).toBeLessThan(6_000_000);
    await world.close();
  });
});

describe('a client that does not read', () => {
  const tokens = 2_400;

  it('gets the cursor to resume from when 1,000 changes wait, and others are not affected', async () => {
    const world = await startLiveWorld({ MAX_SCAN_ITEMS: '5000' });
    const client = await connectWithKey(world);
    client.send(subscribe('1', largeSubscription));
    await eventually(async () => expect((await readLoad(world.url)).subscribers).toBe(1));
    client.socket.pause();
    const other = await follow(world, 'subscription { enrollmentTokenChanges { kind } }');
    await addLargeTokens(world, other, tokens);
    await eventually(async () => expect((await readLoad(world.url)).subscribers).toBe(1));
    expect(other.isComplete()).toBe(false);

    client.socket.resume();
    await vi.waitUntil(() => client.messages().at(-1)?.type === 'complete', { timeout: 20_000 });
    const messages = client.messages();
    expect(messages.length).toBeLessThan(tokens);
    expect(messages.at(-2)).toMatchObject({
      type: 'next',
      payload: {
        errors: [
          {
            extensions: {
              code: 'RATE_LIMITED',
              cursor: expect.any(String),
              retryAfterSeconds: 1,
              requestId: expect.stringMatching(/\.1$/),
            },
          },
        ],
      },
    });
    expect(messages.at(-2)?.payload.errors[0].extensions.http).toBeUndefined();
    other.leave();
    client.socket.close();
    await world.close();
  }, 120_000);
});

it('a handshake whose client resets the connection does not end the process', async () => {
  const gateway = await startReadyGateway();
  const bytes = rawRequest('GET /graphql', {
    ...{ Host: 'gateway', Connection: 'Upgrade', Upgrade: 'websocket' },
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  });
  const accepted = Buffer.from(
    bytes
      .toString()
      .replace('\r\n\r\n', '\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n'),
  );
  for (let count = 0; count < 300; count += 1) {
    const connection = openRaw(gateway.url);
    await Promise.race([connection.connected, connection.closed]);
    connection.socket.write(count % 3 === 0 ? bytes : accepted);
    if (count % 2 === 1) await new Promise(setImmediate);
    connection.socket.resetAndDestroy();
    await connection.closed;
  }
  const socket = await connect(gateway.url);
  socket.send(subscribe('1', subscription));
  await eventually(async () => expect((await readLoad(gateway.url)).subscribers).toBe(1));
  expect(await gateway.stop()).toBe(0);
});
