import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import type { QuotaStore } from '../../src/domain/quota.ts';
import { createMemoryQuota } from '../../src/state/memory/quota.ts';
import { connectRedis } from '../../src/state/redis/connection.ts';
import { createRedisQuota } from '../../src/state/redis/quota.ts';
import { listen } from '../support/http/listen.ts';
import { hasRedisServer, startRedisServer } from '../support/redis/redis-server.ts';
import { useStoreRedis } from '../support/redis/store-redis.ts';

/** Three at once, then one every five minutes. Nothing refills while a test runs. */
const slow = { requestsPerHour: 12, burst: 3 };
const fiveMinutesMs = 300_000;
/** One every 20 ms. */
const fast = { requestsPerHour: 180_000, burst: 3 };

const atOnce = { maxWaitMs: 0, reserve: 0 };

const shared = useStoreRedis();

const inMemory = (size: typeof slow): QuotaStore =>
  createMemoryQuota({ ...size, clock: systemClock });

const noFallback: QuotaStore = {
  take: () => expect.unreachable('the fallback was asked'),
  left: () => expect.unreachable('the fallback was asked'),
  giveBack: () => expect.unreachable('the fallback was given one back'),
  empty: () => expect.unreachable('the fallback was emptied'),
};

const stores: readonly [name: string, create: (size: typeof slow) => QuotaStore][] = [
  ['memory', inMemory],
  ['Redis', (size) => createRedisQuota(shared.redis, size, noFallback, systemClock.nowMs)],
];

const takeAll = async (quota: QuotaStore, organization = 'acme'): Promise<number> => {
  let count = 0;
  while ((await quota.take(organization, atOnce)).granted) count += 1;
  return count;
};

describe.each(hasRedisServer ? stores : stores.slice(0, 1))('a quota in %s', (_name, create) => {
  it('grants the burst and refuses the next request with the time to wait', async () => {
    const quota = create(slow);
    expect(await takeAll(quota)).toBe(3);
    const grant = await quota.take('acme', atOnce);
    expect(grant.granted).toBe(false);
    const retryAfterMs = grant.granted ? 0 : grant.retryAfterMs;
    expect(retryAfterMs).toBeGreaterThan(fiveMinutesMs - 5_000);
    expect(retryAfterMs).toBeLessThanOrEqual(fiveMinutesMs);
  });

  it('makes requests wait that can wait, and counts them', async () => {
    const quota = create(slow);
    await takeAll(quota);
    const patient = { maxWaitMs: 3 * fiveMinutesMs, reserve: 0 };
    const first = await quota.take('acme', patient);
    const second = await quota.take('acme', patient);
    const waits = [first, second].map((grant) => (grant.granted ? grant.waitMs : -1));
    expect(waits[0]).toBeGreaterThan(fiveMinutesMs - 5_000);
    expect(waits[1]).toBeGreaterThan(2 * fiveMinutesMs - 5_000);
  });

  it('takes nothing for a refused request', async () => {
    const quota = create(slow);
    await takeAll(quota);
    const refusals = await Promise.all(
      Array.from({ length: 20 }, () => quota.take('acme', atOnce)),
    );
    for (const grant of refusals) {
      expect(grant.granted ? 0 : grant.retryAfterMs).toBeGreaterThan(fiveMinutesMs - 5_000);
      expect(grant.granted ? 0 : grant.retryAfterMs).toBeLessThanOrEqual(fiveMinutesMs);
    }
  });

  it('takes back requests, never above the burst', async () => {
    const quota = create(slow);
    await quota.giveBack('acme');
    expect(await takeAll(quota)).toBe(3);
    await quota.giveBack('acme');
    expect(quota.left('acme')).toBe(1);
    expect(await takeAll(quota)).toBe(1);
    await quota.giveBack('other');
    expect(await takeAll(quota)).toBe(0);
  });

  it('refills with time', async () => {
    const quota = create(fast);
    await takeAll(quota);
    await vi.waitFor(async () => expect((await quota.take('acme', atOnce)).granted).toBe(true));
  });

  it('leaves a reserve to others', async () => {
    const quota = create({ ...slow, burst: 10 });
    const scan = { maxWaitMs: 0, reserve: 0.2 };
    let scans = 0;
    while ((await quota.take('acme', scan)).granted) scans += 1;
    expect(scans).toBe(8);
    expect(await takeAll(quota)).toBe(2);
  });

  it('keeps organizations apart', async () => {
    const quota = create(slow);
    expect(await takeAll(quota, 'acme')).toBe(3);
    expect(await takeAll(quota, 'other')).toBe(3);
  });

  it('is empty for as long as the API says, and not shortened by a later answer', async () => {
    const quota = create({ ...slow, requestsPerHour: 3_600 });
    await quota.empty('acme', 60_000);
    await quota.empty('acme', 1_000);
    const grant = await quota.take('acme', atOnce);
    expect(grant.granted ? 0 : grant.retryAfterMs).toBeGreaterThan(55_000);
    expect((await quota.take('other', atOnce)).granted).toBe(true);
  });

  it('never grants more than it has to requests at the same time', async () => {
    const quota = create(slow);
    const grants = await Promise.all(Array.from({ length: 30 }, () => quota.take('acme', atOnce)));
    expect(grants.filter(({ granted }) => granted)).toHaveLength(3);
  });
});

describe.skipIf(!hasRedisServer)('a quota in Redis', () => {
  it('is one for all replicas', async () => {
    const replicas = [1, 2, 3].map(() =>
      createRedisQuota(shared.redis, slow, noFallback, systemClock.nowMs),
    );
    const counts = await Promise.all(replicas.map((quota) => takeAll(quota)));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(3);
  });

  it('drops an organization whose quota is full again', async () => {
    const quota = createRedisQuota(shared.redis, fast, noFallback, systemClock.nowMs);
    await takeAll(quota);
    expect(await shared.redis.keys('gateway:quota:*')).toHaveLength(1);
    const leftMs = await shared.redis.pttl('gateway:quota:acme');
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThan(2_000);
  });

  it('knows what is left from the last answer and the time since, and nothing before the first', async () => {
    let nowMs = 1_000_000;
    const quota = createRedisQuota(shared.redis, slow, noFallback, () => nowMs);
    expect(quota.left('acme')).toBeNull();
    expect(await takeAll(quota)).toBe(3);
    expect(quota.left('acme')).toBe(0);
    nowMs += 2 * fiveMinutesMs;
    expect(quota.left('acme')).toBe(2);
    nowMs += 9 * fiveMinutesMs;
    expect(quota.left('acme')).toBe(3);
  });

  it('is that of the process while Redis hangs, after one timeout', async () => {
    const fallback = inMemory(slow);
    const quota = createRedisQuota(shared.redis, slow, fallback, systemClock.nowMs);
    expect(await takeAll(quota)).toBe(3);
    shared.server.pause();
    try {
      expect((await quota.take('acme', atOnce)).granted).toBe(true);
      expect(quota.left('acme')).toBe(2);
      const askedMs = performance.now();
      expect(await takeAll(quota)).toBe(2);
      await quota.empty('acme', 1_000);
      expect(performance.now() - askedMs).toBeLessThan(500);
    } finally {
      shared.server.resume();
    }
    await vi.waitFor(async () => expect((await quota.take('other', atOnce)).granted).toBe(true));
  });

  it.each([
    ['no list', '+OK\r\n'],
    ['a list without what is left', '*2\r\n:1\r\n:0\r\n'],
  ])('is that of the process if Redis answers %s', async (_name, reply) => {
    const odd = createServer((socket) => {
      socket
        .on('error', () => {})
        .on('data', (chunk) => {
          const commands = chunk.toString('latin1').match(/(?:^|\r\n)\*\d+(?=\r\n)/g);
          socket.write(reply.repeat(commands?.length ?? 0));
        });
    });
    const port = await listen(odd);
    const connection = connectRedis(
      `redis://127.0.0.1:${port}`,
      () => {},
      () => {},
    );
    onTestFinished(() => {
      connection.disconnect();
      odd.close();
    });
    await vi.waitFor(() => expect(connection.status).toBe('ready'));
    let nowMs = 0;
    const quota = createRedisQuota(connection, slow, inMemory(slow), () => nowMs);
    expect(await quota.take('acme', atOnce)).toEqual({ granted: true, waitMs: 0 });
    // Redis is not asked for a second, and then asked again.
    nowMs = 999;
    expect(quota.left('acme')).toBe(2);
    nowMs = 1_000;
    expect(quota.left('acme')).toBeNull();
    await quota.take('acme', atOnce);
    nowMs = 1_001;
    expect(quota.left('acme')).toBe(1);
  });

  it('never rejects once Redis is gone', async () => {
    const lost = await startRedisServer();
    const connection = connectRedis(
      lost.url,
      () => {},
      () => {},
    );
    await vi.waitFor(() => expect(connection.status).toBe('ready'));
    const quota = createRedisQuota(connection, slow, inMemory(slow), systemClock.nowMs);
    await lost.stop();
    expect(await takeAll(quota)).toBe(3);
    await quota.empty('acme', 1_000);
    connection.disconnect();
  });
});
