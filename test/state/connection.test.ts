import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectRedis } from '../../src/state/redis/connection.ts';
import { hasRedisServer, type RedisServer, startRedisServer } from '../support/redis-server.ts';

describe.skipIf(!hasRedisServer)('a command to Redis', () => {
  let server: RedisServer;
  let redis: Redis;

  beforeAll(async () => {
    server = await startRedisServer();
    redis = connectRedis(server.url, () => {});
    await vi.waitFor(() => expect(redis.status).toBe('ready'));
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  const blockThisProcess = (ms: number): void => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  };

  it('is answered where its answer came in time and this process was too busy to read it', async () => {
    await redis.set('kept', 'value');
    const answer = redis.get('kept');
    // Sent, and then nothing of this process runs for longer than a command may take.
    await new Promise(setImmediate);
    blockThisProcess(1_100);
    expect(await answer).toBe('value');
  });
});
