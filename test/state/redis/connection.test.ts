import { once } from 'node:events';
import net, { Socket } from 'node:net';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectRedis } from '../../../src/state/redis/connection.ts';
import { listen } from '../../support/http/listen.ts';
import { type RedisProxy, startRedisProxy } from '../../support/redis/redis-proxy.ts';
import {
  hasRedisServer,
  type RedisServer,
  startRedisServer,
} from '../../support/redis/redis-server.ts';
import { settled } from '../../support/time/manual-clock.ts';
import { shiftClock } from '../../support/time/shifted-clock.ts';

const patience = { timeout: 20_000 };
const readOnly = "READONLY You can't write against a read only replica.";

describe.skipIf(!hasRedisServer)('a command to Redis', () => {
  let server: RedisServer;
  let proxy: RedisProxy;
  let redis: Redis;

  const untilReady = () => vi.waitFor(() => expect(redis.status).toBe('ready'), patience);

  beforeAll(async () => {
    server = await startRedisServer();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    proxy = await startRedisProxy(server.url);
    redis = connectRedis(
      proxy.url,
      () => {},
      () => {},
    );
    await untilReady();
  });
  afterEach(() => {
    redis.disconnect();
    proxy.close();
  });

  const blockThisProcess = (ms: number): void => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  };

  it('succeeds if its answer arrived in time but this process was too busy to read it', async () => {
    // The proxy runs in this process too.
    const direct = connectRedis(
      server.url,
      () => {},
      () => {},
    );
    await vi.waitFor(() => expect(direct.status).toBe('ready'), patience);
    await direct.set('kept', 'value');
    const answer = direct.get('kept');
    // The command is sent, and then this process is blocked for longer than its timeout.
    await settled();
    blockThisProcess(1_100);
    expect(await answer).toBe('value');
    direct.disconnect();
  });

  it('fails at once without a connection, and is not sent over a later one', async () => {
    proxy.leadTo(null);
    proxy.cut();
    await vi.waitFor(() => expect(redis.status).not.toBe('ready'), patience);
    await expect(redis.set('late', '1')).rejects.toThrow("Stream isn't writeable");
    proxy.leadTo(server.url);
    await untilReady();
    expect(await redis.get('late')).toBeNull();
  });

  it('fails when its connection is lost, and is not sent over the next one', async () => {
    proxy.cutAfter('incr');
    const failure: unknown = await redis.incr('count').catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'MaxRetriesPerRequestError' });
    proxy.leadTo(server.url);
    await untilReady();
    expect(await redis.get('count')).toBe('1');
  });

  it.each([
    ['once it is made', 0],
    ['once a command comes', 1],
    ['a moment after a command came', 20],
  ])('works again after connections that were closed %s', async (_moment, delayMs) => {
    let closed = 0;
    const door = net.createServer((client) => {
      client.on('error', () => {});
      if (closed === 12) {
        const inner = net.connect(Number(new URL(server.url).port), '127.0.0.1');
        inner.on('error', () => {});
        client.pipe(inner).pipe(client);
        return;
      }
      closed += 1;
      if (delayMs === 0) client.destroy();
      else client.once('data', () => setTimeout(() => client.destroy(), delayMs - 1));
      // The client may send nothing.
      setTimeout(() => client.destroy(), 60);
    });
    const port = await listen(door);
    const client = connectRedis(
      `redis://127.0.0.1:${port}`,
      () => {},
      () => {},
    );
    await vi.waitFor(async () => expect(await client.set('door', 'open')).toBe('OK'), {
      ...patience,
      interval: 100,
    });
    client.disconnect();
    door.close();
  });

  it('that the server refuses is not sent again over the new connection', async () => {
    proxy.answerWith(readOnly);
    redis.once('close', () => proxy.answerWith(null));
    const again = once(redis, 'ready');
    await expect(redis.incr('refused')).rejects.toThrow('READONLY');
    await again;
    expect(await redis.get('refused')).toBeNull();
  });

  it('that the server refuses causes at most one new connection a second', async () => {
    shiftClock();
    const connections = vi.fn();
    redis.on('connect', connections);
    proxy.answerWith(readOnly);
    for (const _round of [1, 2, 3]) {
      await expect(redis.incr('refused')).rejects.toThrow('READONLY');
      await vi.waitFor(() => expect(connections).toHaveBeenCalled(), patience);
      await untilReady();
    }
    expect(connections).toHaveBeenCalledTimes(1);
  });
});

describe('a connection to Redis', () => {
  it('is used while Redis loads its data, so commands fail with the reason', async () => {
    // Redis then answers INFO, but no other command.
    const facts = 'loading:1\r\nloading_eta_seconds:1\r\n';
    const loading = net.createServer((client) => {
      client
        .on('error', () => {})
        .on('data', (chunk) => {
          for (const command of chunk
            .toString()
            .split(/^\*\d+\r\n/m)
            .slice(1)) {
            const isInfo = command.toLowerCase().includes('info\r\n') && !/setinfo/i.test(command);
            client.write(isInfo ? `$${facts.length}\r\n${facts}\r\n` : '-LOADING wait\r\n');
          }
        });
    });
    const port = await listen(loading);
    const redis = connectRedis(
      `redis://127.0.0.1:${port}`,
      () => {},
      () => {},
    );
    await vi.waitFor(() => expect(redis.get('x')).rejects.toThrow('LOADING'), patience);
    redis.disconnect();
    loading.close();
  });

  it('that is not made within two seconds is tried again', { timeout: 30_000 }, async () => {
    // Like a firewall that drops packets.
    const sockets: Socket[] = [];
    const connecting = vi.spyOn(net, 'createConnection').mockImplementation(() => {
      const socket = Object.assign(new Socket(), { connecting: true });
      sockets.push(socket);
      return socket;
    });
    const errors: string[] = [];
    const redis = connectRedis(
      'redis://127.0.0.1:1',
      (message) => errors.push(message),
      () => {},
    );
    try {
      await vi.waitFor(() => expect(sockets).toHaveLength(1), patience);
      const [first = expect.unreachable()] = sockets;
      const startedMs = performance.now();
      await once(first, 'close');
      expect(performance.now() - startedMs).toBeLessThan(6_000);
      expect(errors).toEqual(['connect ETIMEDOUT']);
      await vi.waitFor(() => expect(sockets).toHaveLength(2), patience);
    } finally {
      redis.disconnect();
      connecting.mockRestore();
    }
  });
});
