import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import type { PersistedQueries } from '../../src/domain/persisted-queries.ts';
import {
  createMemoryPersistedQueries,
  longestText,
} from '../../src/state/memory/persisted-queries.ts';
import { connectRedis } from '../../src/state/redis/connection.ts';
import { createRedisPersistedQueries } from '../../src/state/redis/persisted-queries.ts';
import { isSkipped } from '../support/optional-tools.ts';
import { hasRedisServer, startRedisServer } from '../support/redis/redis-server.ts';
import { useStoreRedis } from '../support/redis/store-redis.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const shared = useStoreRedis();

/** A store of a replica that has seen no text. */
const overRedis = (maxBytes?: number): PersistedQueries =>
  createRedisPersistedQueries(
    shared.redis,
    createMemoryPersistedQueries(),
    systemClock.nowMs,
    maxBytes,
  );

const add = async (queries: PersistedQueries, text: string): Promise<string> => {
  const hash = sha256(text);
  await queries.add(hash, text);
  return hash;
};

describe.each([
  ['memory', createMemoryPersistedQueries],
  ['Redis', () => overRedis()],
])('persisted queries in %s', (name, create) => {
  const only = it.skipIf(name === 'Redis' && isSkipped(hasRedisServer));

  only('are found by their hashes', async () => {
    const queries = create();
    const hash = await add(queries, '{ __typename # ü\n }');
    expect(await queries.find(hash)).toBe('{ __typename # ü\n }');
    expect(await queries.find(sha256('another'))).toBeNull();
  });

  only('are not found by a text that is no hash, however long', async () => {
    const queries = create();
    await add(queries, '{ __typename }');
    for (const hash of ['', 'bytes', '__proto__', 'constructor', 'x'.repeat(200_000)]) {
      expect(await queries.find(hash)).toBeNull();
    }
  });

  only('are not kept if they are too long', async () => {
    const queries = create();
    const longest = await add(queries, 'x'.repeat(longestText));
    const longer = await add(queries, 'x'.repeat(longestText + 1));
    expect(await queries.find(longest)).not.toBeNull();
    expect(await queries.find(longer)).toBeNull();
  });

  only('are bounded in memory: the texts that were not used for the longest time go', async () => {
    const queries = create();
    const hashes: string[] = [];
    const text = (index: number) => `${index}${'x'.repeat(60_000)}`;
    for (let index = 0; index < 150; index += 1) hashes.push(await add(queries, text(index)));
    const memory = name === 'memory' ? queries : null;
    expect((await memory?.find(hashes[0] ?? '')) ?? null).toBeNull();
    expect(await queries.find(hashes.at(-1) ?? '')).toBe(text(149));
  });
});

describe.skipIf(isSkipped(hasRedisServer))('persisted queries over Redis', () => {
  it('are shared by replicas', async () => {
    const hash = await add(overRedis(), '{ a }');
    expect(await overRedis().find(hash)).toBe('{ a }');
  });

  it('are asked for once by a replica that has found them', async () => {
    const hash = await add(overRedis(), '{ a }');
    const replica = overRedis();
    await replica.find(hash);
    await shared.redis.flushall();
    expect(await replica.find(hash)).toBe('{ a }');
  });

  it('take a bounded number of bytes: the oldest go, and one that is added again counts once', async () => {
    const maxBytes = 1_000;
    const text = (index: number) => `${index % 10}`.repeat(100);
    const hashes = await Promise.all(
      Array.from({ length: 10 }, (_, index) => add(overRedis(maxBytes), text(index))),
    );
    await add(overRedis(maxBytes), text(3));
    expect(await shared.redis.hget('gateway:persisted-queries', 'bytes')).toBe('1000');
    const newest = await add(overRedis(maxBytes), 'y'.repeat(900));
    const left = await Promise.all(hashes.map((hash) => overRedis().find(hash)));
    expect(left.filter((found) => found !== null)).toEqual([text(3)]);
    expect(await overRedis().find(newest)).toBe('y'.repeat(900));
    expect(await shared.redis.hlen('gateway:persisted-queries')).toBe(3);
    expect(await shared.redis.zcard('gateway:persisted-query-times')).toBe(2);
  });

  it('expire', async () => {
    await add(overRedis(), '{ a }');
    for (const key of await shared.redis.keys('*')) {
      expect(await shared.redis.pttl(key)).toBeGreaterThan(0);
    }
  });

  it('of this process are found while Redis is down', async () => {
    const server = await startRedisServer();
    const redis = connectRedis(
      server.url,
      () => {},
      () => {},
    );
    const queries = createRedisPersistedQueries(
      redis,
      createMemoryPersistedQueries(),
      systemClock.nowMs,
    );
    await server.stop();
    const hash = await add(queries, '{ a }');
    expect(await queries.find(hash)).toBe('{ a }');
    expect(await queries.find(sha256('{ b }'))).toBeNull();
    redis.disconnect();
  });
});
