import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import { longestQuery, type PersistedQueries } from '../../src/domain/persisted-queries.ts';
import { createMemoryPersistedQueries } from '../../src/state/memory/persisted-queries.ts';
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
  await queries.add(hash, text, false);
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

  only('are not kept if they are too long, in bytes', async () => {
    const queries = create();
    const longest = await add(queries, 'x'.repeat(longestQuery));
    expect(await queries.find(longest)).not.toBeNull();
    for (const text of ['x'.repeat(longestQuery + 1), '€'.repeat(longestQuery / 3 + 1)]) {
      expect(await queries.find(await add(queries, text))).toBeNull();
    }
  });

  only('are not kept under a text that is no hash', async () => {
    const queries = create();
    for (const hash of ['x', 'bytes', 'f'.repeat(250_000), 'F'.repeat(64)]) {
      await queries.add(hash, '{ a }', false);
      expect(await queries.find(hash)).toBeNull();
    }
  });

  only('are not replaced', async () => {
    const queries = create();
    const hash = await add(queries, '{ a }');
    await queries.add(hash, '{ b }', false);
    expect(await queries.find(hash)).toBe('{ a }');
  });
});

describe('persisted queries in memory', () => {
  it('are bounded: those that were not used for the longest time go', async () => {
    const queries = createMemoryPersistedQueries();
    const text = (index: number) => `${index}${'x'.repeat(60_000)}`;
    const hashes: string[] = [];
    for (let index = 0; index < 200; index += 1) {
      hashes.push(await add(queries, text(index)));
      await queries.find(hashes[0] ?? '');
    }
    const found = await Promise.all(hashes.map((hash) => queries.find(hash)));
    expect(found[0]).not.toBeNull();
    expect(found[1]).toBeNull();
    expect(found.at(-1)).toBe(text(199));
    expect(found.filter((one) => one !== null).length * 120_000).toBeLessThan(16_000_000);
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

  it('take a bounded number of bytes with what Redis needs for each: the oldest go', async () => {
    const maxBytes = 10 * 450;
    const text = (index: number) => `${index}`.repeat(100);
    const hashes: string[] = [];
    for (let index = 0; index < 10; index += 1) {
      hashes.push(await add(overRedis(maxBytes), text(index)));
    }
    const bytes = () => shared.redis.hget('gateway:persisted-queries', 'bytes');
    expect(await bytes()).toBe('4500');
    await add(overRedis(maxBytes), text(3));
    expect(await bytes()).toBe('4500');
    const newest = await add(overRedis(maxBytes), 'y'.repeat(450));
    const left = await Promise.all(hashes.map((hash) => overRedis().find(hash)));
    expect(left).toEqual([null, null, ...left.slice(2)]);
    expect(left.slice(2)).not.toContain(null);
    expect(await overRedis().find(newest)).toBe('y'.repeat(450));
    expect(await bytes()).toBe(String(8 * 450 + 800));
    expect(await shared.redis.hlen('gateway:persisted-queries')).toBe(10);
    expect(await shared.redis.zcard('gateway:persisted-query-times')).toBe(9);
  });

  it('take no more memory of Redis than they are counted as', async () => {
    const usedMemory = async () =>
      Number(/used_memory:(\d+)/.exec(await shared.redis.info('memory'))?.[1]);
    const before = await usedMemory();
    const queries = overRedis();
    await Promise.all(Array.from({ length: 5_000 }, (_, index) => add(queries, `{a${index}}`)));
    const counted = Number(await shared.redis.hget('gateway:persisted-queries', 'bytes'));
    expect((await usedMemory()) - before).toBeLessThan(counted * 1.1);
  });

  it('are not believed if the text is another one', async () => {
    await shared.redis.hset('gateway:persisted-queries', sha256('{ a }'), 'mutation { b }');
    expect(await overRedis().find(sha256('{ a }'))).toBeNull();
  });

  it('stay in this process if they contain values of the caller', async () => {
    const queries = overRedis();
    const hash = sha256('{ a(b: "secret") }');
    await queries.add(hash, '{ a(b: "secret") }', true);
    expect(await queries.find(hash)).not.toBeNull();
    expect(await overRedis().find(hash)).toBeNull();
    expect(await shared.redis.keys('*')).toEqual([]);
  });

  it('are added again if Redis has lost them', async () => {
    const queries = overRedis();
    await add(queries, '{ a }');
    await shared.redis.flushall();
    const hash = await add(queries, '{ a }');
    expect(await overRedis().find(hash)).toBe('{ a }');
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
