import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import type { LookupCache, LookupEntry } from '../../src/domain/lookup-cache.ts';
import { createMemoryLookupCache } from '../../src/state/memory/lookup-cache.ts';
import { connectRedis } from '../../src/state/redis/connection.ts';
import { createRedisLookupCache } from '../../src/state/redis/lookup-cache.ts';
import { startRedisServer } from '../support/redis/redis-server.ts';
import { useStoreRedis } from '../support/redis/store-redis.ts';
import { eventually } from '../support/time/eventually.ts';

const minuteMs = 60_000;

const entry = (name: string, value: unknown, ttlMs = minuteMs): LookupEntry => ({
  name,
  value,
  text: JSON.stringify(value),
  ttlMs,
});

const inMemory = (): LookupCache => createMemoryLookupCache(systemClock.nowMs);

const shared = useStoreRedis();

/** A cache that fails the test if it is used. */
const noFallback: LookupCache = {
  read: () => expect.unreachable('the fallback was read'),
  write: () => expect.unreachable('the fallback was written'),
  remove: async () => {},
  claim: () => expect.unreachable('the fallback was asked for a claim'),
};

const stores: readonly [name: string, create: () => LookupCache][] = [
  ['memory', inMemory],
  ['Redis', () => createRedisLookupCache(shared.redis, noFallback, systemClock.nowMs)],
];

describe.each(stores)('lookups in %s', (_name, create) => {
  it('are returned in the order of the names, with null for a missing one', async () => {
    const cache = create();
    await cache.write([entry('a', '1'), entry('b', '2')]);
    expect(await cache.read(['b', 'unknown', 'a'])).toEqual(['2', null, '1']);
    expect(await cache.read([])).toEqual([]);
  });

  it('keep values of any shape', async () => {
    const cache = create();
    const value = { at: 1, value: { tags: ['a', 'ü'], name: null, config: { deep: [{}] } } };
    await cache.write([entry('a', value)]);
    expect(await cache.read(['a'])).toEqual([value]);
  });

  it('keep the latest value of a name', async () => {
    const cache = create();
    await cache.write([entry('a', 'old')]);
    await cache.write([entry('a', 'new')]);
    expect(await cache.read(['a'])).toEqual(['new']);
  });

  it('drop only the removed entries', async () => {
    const cache = create();
    await cache.write([entry('a', '1'), entry('b', '2')]);
    await cache.remove(['a', 'unknown']);
    await cache.remove([]);
    expect(await cache.read(['a', 'b'])).toEqual([null, '2']);
  });

  it('expire when their time is over', async () => {
    const cache = create();
    await cache.write([entry('short', '1', 20), entry('long', '2')]);
    await eventually(async () => expect(await cache.read(['short', 'long'])).toEqual([null, '2']));
  });

  it('grant a claim once until its time ends', async () => {
    const cache = create();
    expect(await cache.claim(['a', 'b'], 500)).toEqual([true, true]);
    expect(await cache.claim(['a', 'c'], 500)).toEqual([false, true]);
    await eventually(async () => expect(await cache.claim(['a'], minuteMs)).toEqual([true]));
  });

  it('separate a claim from an entry of the same name', async () => {
    const cache = create();
    await cache.claim(['a'], minuteMs);
    expect(await cache.read(['a'])).toEqual([null]);
  });
});

/** Two entries of this many characters fit into the memory, three do not. */
const hugeLength = 25_000_000;

const hugeEntry = (name: string, value: unknown): LookupEntry => ({
  ...entry(name, value),
  text: 'x'.repeat(hugeLength),
});

describe('lookups in memory', () => {
  it('drop the least recently used when there are too many', async () => {
    const cache = inMemory();
    await cache.write([hugeEntry('a', 'a'), hugeEntry('b', 'b')]);
    await cache.read(['a']);
    await cache.write([hugeEntry('c', 'c')]);
    expect(await cache.read(['a', 'b', 'c'])).toEqual(['a', null, 'c']);
  });

  it('stay within their size', async () => {
    const cache = inMemory();
    await cache.write([hugeEntry('a', '1'), hugeEntry('b', '2'), hugeEntry('c', '3')]);
    expect(await cache.read(['a', 'b', 'c'])).toEqual([null, '2', '3']);
  });

  it('count the characters of their names', async () => {
    const cache = inMemory();
    const names = ['a', 'b', 'c'].map((letter) => letter.repeat(hugeLength));
    await cache.write(names.map((name) => entry(name, '1')));
    expect(await cache.read(names)).toEqual([null, '1', '1']);
  });
});

describe('lookups in memory, of a hundred callers with 300 users and 40 policies each', () => {
  it('are all kept', async () => {
    const cache = inMemory();
    const value = 'x'.repeat(400);
    const ofCaller = (caller: number) =>
      Array.from({ length: 340 }, (_, index) => `${'k'.repeat(36)}:${caller}:${index}`);
    for (let caller = 0; caller < 100; caller += 1) {
      await cache.write(ofCaller(caller).map((name) => entry(name, value)));
    }
    expect(await cache.read(ofCaller(0))).not.toContain(null);
  });
});

describe('lookups in Redis', () => {
  it('ignore an entry that is not JSON', async () => {
    await shared.redis.set('lookup:a', 'not JSON');
    expect(
      await createRedisLookupCache(shared.redis, noFallback, systemClock.nowMs).read(['a']),
    ).toEqual([null]);
  });
});

describe('lookups in a Redis that fails', () => {
  it('continue in memory without an error, and in Redis again when it is back', async () => {
    const nowMs = { value: 0 };
    const fallback = inMemory();
    const cache = createRedisLookupCache(shared.redis, fallback, () => nowMs.value);
    await cache.write([entry('before', 'in Redis')]);

    shared.server.pause();
    try {
      expect(await cache.read(['before'])).toEqual([null]);
      const askedMs = performance.now();
      await cache.write([entry('while', 'in memory')]);
      expect(await cache.read(['before', 'while'])).toEqual([null, 'in memory']);
      expect(await cache.claim(['while'], minuteMs)).toEqual([true]);
      // Redis is not asked again after the first failure, so only that took a timeout.
      expect(performance.now() - askedMs).toBeLessThan(1_000);
    } finally {
      shared.server.resume();
    }

    nowMs.value += 10_000;
    await eventually(async () => {
      nowMs.value += 10_000;
      expect(await cache.read(['before', 'while'])).toEqual(['in Redis', null]);
    });
  });

  it('are removed from memory too, so no old entry is served at the next failure', async () => {
    const fallback = inMemory();
    const cache = createRedisLookupCache(shared.redis, fallback, systemClock.nowMs);
    await fallback.write([entry('a', 'old')]);
    await cache.remove(['a']);
    expect(await fallback.read(['a'])).toEqual([null]);
  });

  it('never reject after Redis is gone', async () => {
    const lost = await startRedisServer();
    const connection = connectRedis(
      lost.url,
      () => {},
      () => {},
    );
    await eventually(() => expect(connection.status).toBe('ready'));
    const cache = createRedisLookupCache(connection, inMemory(), systemClock.nowMs);
    await lost.stop();
    await cache.write([entry('a', '1')]);
    expect(await cache.read(['a'])).toEqual(['1']);
    await cache.remove(['a']);
    expect(await cache.read(['a'])).toEqual([null]);
    expect(await cache.claim(['a'], minuteMs)).toEqual([true]);
    connection.disconnect();
  });
});
