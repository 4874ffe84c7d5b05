import { once } from 'node:events';
import net, { Socket } from 'node:net';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectRedis } from '../../src/state/redis/connection.ts';
import { type RedisProxy, startRedisProxy } from '../support/redis-proxy.ts';
import { hasRedisServer, type RedisServer, startRedisServer } from '../support/redis-server.ts';

const patience = { timeout: 20_000 };

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
    redis = connectRedis(proxy.url, () => {});
    await untilReady();
  });
  afterEach(() => {
    redis.disconnect();
    proxy.close();
  });

  const blockThisProcess = (ms: number): void => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  };

  it('is answered where its answer came in time and this process was too busy to read it', async () => {
    // The proxy is in this process, too.
    const direct = connectRedis(server.url, () => {});
    await vi.waitFor(() => expect(direct.status).toBe('ready'), patience);
    await direct.set('kept', 'value');
    const answer = direct.get('kept');
    // Sent, and then nothing of this process runs for longer than a command may take.
    await new Promise(setImmediate);
    blockThisProcess(1_100);
    expect(await answer).toBe('value');
    direct.disconnect();
  });

  it('fails at once where there is no connection, and is not sent when there is one again', async () => {
    proxy.leadTo(null);
    proxy.cut();
    await vi.waitFor(() => expect(redis.status).not.toBe('ready'), patience);
    await expect(redis.set('late', '1')).rejects.toThrow("Stream isn't writeable");
    proxy.leadTo(server.url);
    await untilReady();
    expect(await redis.get('late')).toBeNull();
  });

  it('fails with its connection, and is not sent again over the next one', async () => {
    proxy.cutAfter('incr');
    const failure: unknown = await redis.incr('count').catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'MaxRetriesPerRequestError' });
    proxy.leadTo(server.url);
    await untilReady();
    expect(await redis.get('count')).toBe('1');
  });

  it('that the server refuses is not sent again, and one connection a second is made for all such', async () => {
    const connections = vi.fn();
    redis.on('connect', connections);
    proxy.answerWith("READONLY You can't write against a read only replica.");
    const failures = await Promise.allSettled(
      Array.from({ length: 20 }, () => redis.incr('refused')),
    );
    expect(new Set(failures.map(({ status }) => status))).toEqual(new Set(['rejected']));
    proxy.answerWith(null);
    await vi.waitFor(() => expect(connections).toHaveBeenCalled(), patience);
    await untilReady();
    expect(await redis.get('refused')).toBeNull();
    expect(connections).toHaveBeenCalledTimes(1);
  });
});

describe('a connection to Redis', () => {
  it('that is not made within two seconds is tried anew', { timeout: 30_000 }, async () => {
    // As behind a firewall that drops what it does not let through.
    const sockets: Socket[] = [];
    const connecting = vi.spyOn(net, 'createConnection').mockImplementation(() => {
      const socket = Object.assign(new Socket(), { connecting: true });
      sockets.push(socket);
      return socket;
    });
    const errors: string[] = [];
    const redis = connectRedis('redis://127.0.0.1:1', (message) => errors.push(message));
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
