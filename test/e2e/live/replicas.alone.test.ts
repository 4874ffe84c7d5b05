import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EventStream } from '../../support/http/event-stream.ts';
import { isSkipped } from '../../support/optional-tools.ts';
import { type RedisProxy, startRedisProxy } from '../../support/redis/redis-proxy.ts';
import {
  hasRedisServer,
  type RedisServer,
  startRedisServer,
} from '../../support/redis/redis-server.ts';
import {
  type LiveGateway,
  type LiveSandbox,
  startLiveGateway,
  startLiveSandbox,
} from './live-gateway.ts';
import { countReads, createThroughGateway, followTimes, untilAllHave } from './subscribers.ts';

const secret = 'a secret that the replicas share';
const webhookSecret = 'the-secret-of-the-webhook';

describe.skipIf(isSkipped(hasRedisServer))('two replicas with one Redis', () => {
  let redis: RedisServer;
  let proxy: RedisProxy;
  let monitor: Redis;
  /** Every command that the replicas have sent. */
  const commands: string[] = [];
  let shared: LiveSandbox;
  let replicas: LiveGateway[] = [];

  beforeAll(async () => {
    redis = await startRedisServer();
    proxy = await startRedisProxy(redis.url);
    const client = new Redis(redis.url);
    monitor = await client.monitor();
    client.disconnect();
    monitor.on('monitor', (_time: string, parts: readonly string[]) => {
      commands.push(parts.join(' '));
    });
    shared = await startLiveSandbox();
  });
  beforeEach(() => shared.sandbox.clearRequests());
  afterEach(async () => {
    await Promise.all(replicas.map((replica) => replica.close()));
    replicas = [];
  });
  afterAll(async () => {
    await shared?.sandbox.close();
    monitor?.disconnect();
    proxy?.close();
    await redis?.stop();
  });

  const start = async (intervalSeconds: number): Promise<readonly [LiveGateway, LiveGateway]> => {
    const environment = {
      REDIS_URL: proxy.url,
      SHARED_SECRET: secret,
      WEBHOOK_SECRET: webhookSecret,
      LIVE_INTERVAL_SECONDS: String(intervalSeconds),
    };
    const started = [
      await startLiveGateway(environment, shared),
      await startLiveGateway(environment, shared),
    ] as const;
    replicas = [...started];
    return started;
  };
  /** The time until each stream has a token with this name. */
  const timeUntilAllHave = async (streams: readonly EventStream[], name: string) => {
    const startMs = performance.now();
    await untilAllHave(streams, name);
    return performance.now() - startMs;
  };

  it('read the lists once in an interval for 200 subscribers, and once each after a change', async () => {
    const intervalSeconds = 2;
    const [one, other] = await start(intervalSeconds);
    const startMs = performance.now();
    const streams = [...(await followTimes(one, 100)), ...(await followTimes(other, 100))];
    await createThroughGateway(one, 'through the first');
    await untilAllHave(streams, 'through the first');
    await createThroughGateway(other, 'through the second');
    await untilAllHave(streams, 'through the second');
    one.create('elsewhere');
    await untilAllHave(streams, 'elsewhere');
    await delay(Math.max(0, 9_000 - (performance.now() - startMs)));
    const reads = countReads(one);
    const intervals = (performance.now() - startMs) / 1000 / intervalSeconds;
    // Two lists. Two of the three changes were written through a replica.
    const bound = 2 * (Math.ceil(intervals) + 2) + 2 * 2 * 3;
    expect(reads).toBeLessThanOrEqual(bound);
  }, 60_000);

  it('deliver what is written through the other one within a second', async () => {
    const [one, other] = await start(60);
    const streams = await followTimes(other, 1);
    await delay(1_000);
    for (const name of ['first', 'second', 'third']) {
      await createThroughGateway(one, name);
      expect(await timeUntilAllHave(streams, name)).toBeLessThan(1_000);
      await delay(1_000);
    }
  }, 60_000);

  it('deliver what a webhook of the other one tells within a second and a half', async () => {
    const [one, other] = await start(60);
    const streams = await followTimes(other, 1);
    const called = one.url.replace('/graphql', `/webhooks/${webhookSecret}`);
    for (const path of ['', `/${shared.sandbox.organizationId}`]) {
      await delay(1_000);
      one.create(`told${path}`);
      const { status } = await fetch(`${called}${path}`, { method: 'POST' });
      expect(status).toBe(202);
      expect(await timeUntilAllHave(streams, `told${path}`)).toBeLessThan(1_500);
    }
  }, 60_000);

  it('lose nothing if the one that reads is killed', async () => {
    const intervalSeconds = 2;
    const [one, other] = await start(intervalSeconds);
    const lost = await followTimes(one, 1);
    const kept = await followTimes(other, 1);
    for (const [index, killed] of [one, other].entries()) {
      if (killed === other) await one.start();
      const [streams, living] = killed === one ? [kept, other] : [await followTimes(one, 1), one];
      living.create(`before ${index}`);
      await untilAllHave(streams, `before ${index}`);
      await killed.stop('SIGKILL');
      living.create(`after ${index}`);
      const ms = await timeUntilAllHave(streams, `after ${index}`);
      expect(ms).toBeLessThan(2 * intervalSeconds * 1000 + 500);
    }
    expect(lost).toHaveLength(1);
  }, 60_000);

  it('read for themselves while Redis is away, and share again afterwards', async () => {
    const [one, other] = await start(1);
    const streams = [...(await followTimes(one, 1)), ...(await followTimes(other, 1))];
    const readsIn = async (seconds: number): Promise<number> => {
      shared.sandbox.clearRequests();
      await delay(seconds * 1_000);
      return countReads(one) / 2;
    };
    expect(await readsIn(5)).toBeLessThanOrEqual(6);
    proxy.leadTo(null);
    proxy.cut();
    one.create('without Redis');
    await untilAllHave(streams, 'without Redis');
    expect(await readsIn(5)).toBeGreaterThanOrEqual(8);
    await createThroughGateway(one, 'written without Redis');
    await untilAllHave(streams, 'written without Redis');
    proxy.leadTo(redis.url);
    await vi.waitUntil(async () => (await readsIn(3)) <= 4, { timeout: 30_000, interval: 10 });
    one.create('with Redis again');
    await untilAllHave(streams, 'with Redis again');
  }, 90_000);

  it('wrote nothing that leads to a token, a person or an organization', () => {
    const live = commands.filter((command) => command.includes('gateway:live'));
    const names = new Set(live.map((command) => command.split(' ')[0]));
    expect([...names]).toEqual(
      expect.arrayContaining(['set', 'pttl', 'hmget', 'eval', 'publish', 'subscribe']),
    );
    const text = live.join('\n');
    const { organizationId, apiKey, organization } = shared.sandbox;
    const tokens = ['windows', 'apple'].flatMap((key) => shared.sandbox.platform(key).tokens.all());
    expect(tokens.length).toBeGreaterThan(60);
    const secretName = /id$|link|code|email|name|token/i;
    const values = [...tokens, ...organization.users.all()].flatMap((row) =>
      Object.entries(row).flatMap(([name, value]) =>
        typeof value === 'string' && value.length > 5 && secretName.test(name) ? [value] : [],
      ),
    );
    expect(values.length).toBeGreaterThan(300);
    const leaked = [...values, organizationId, apiKey, secret, webhookSecret].filter((it) =>
      text.includes(it),
    );
    expect(leaked).toEqual([]);
    expect(text).not.toMatch(/@|https?:/);
  });
});
