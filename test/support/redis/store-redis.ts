import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { connectRedis } from '../../../src/state/redis/connection.ts';
import { eventually } from '../time/eventually.ts';
import { hasRedisServer, type RedisServer, startRedisServer } from './redis-server.ts';

/**
 * A Redis server and a connection to it for the tests of a file, empty before each test. Without `redis-server`, both
 * throw when they are used.
 */
export const useStoreRedis = (): { readonly server: RedisServer; readonly redis: Redis } => {
  let server: RedisServer | undefined;
  let redis: Redis | undefined;
  beforeAll(async () => {
    if (!hasRedisServer) return;
    server = await startRedisServer();
    redis = connectRedis(
      server.url,
      () => {},
      () => {},
    );
    await eventually(() => expect(redis?.status).toBe('ready'));
  });
  afterAll(async () => {
    redis?.disconnect();
    await server?.stop();
  });
  beforeEach(async () => {
    await redis?.flushall();
  });
  return {
    get server() {
      return server ?? expect.unreachable('no Redis server');
    },
    get redis() {
      return redis ?? expect.unreachable('no connection to Redis');
    },
  };
};
