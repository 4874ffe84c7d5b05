import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  at,
  mutate,
  type Payload,
  startWriteWorld,
  type WriteWorld,
  writesOf,
} from '../graphql/mutations/world.ts';
import { ampleQuota } from '../support/gateway/ample-quota.ts';
import { createAsk } from '../support/gateway/gateway.ts';
import {
  type ReadyGateway,
  startGatewayProcess,
  startReadyGateway,
} from '../support/gateway/gateway-process.ts';
import { findLogLines } from '../support/gateway/log-lines.ts';
import { fetchSamples } from '../support/gateway/metrics.ts';
import { type RedisProxy, startRedisProxy } from '../support/redis/redis-proxy.ts';
import {
  hasRedisServer,
  type RedisServer,
  startRedisServer,
} from '../support/redis/redis-server.ts';
import { type RedisCaseName, redisTest } from './cases/redis-cases.ts';

const eventually = { timeout: 20_000, interval: 100 };
const secret = { SHARED_SECRET: 'a secret that the replicas share' };

describe.skipIf(!hasRedisServer)('a Redis that fails', { timeout: 120_000 }, () => {
  let world: WriteWorld;
  let primary: RedisServer;
  let replica: RedisServer;
  let proxy: RedisProxy;
  let gateway: ReadyGateway;
  let admin: Redis;
  let replicaAdmin: Redis;

  beforeAll(async () => {
    world = await startWriteWorld();
  });
  afterAll(() => world.close());

  beforeEach(async () => {
    [primary, replica] = await Promise.all([startRedisServer(), startRedisServer()]);
    proxy = await startRedisProxy(primary.url);
    admin = new Redis(primary.url);
    replicaAdmin = new Redis(replica.url);
    gateway = await startReadyGateway({
      APPLIVERY_BASE_URL: world.baseUrl,
      APPLIVERY_ORGANIZATION_ID: world.sandbox.organizationId,
      REDIS_URL: proxy.url,
      ...secret,
      ...ampleQuota,
      // The time for which a create waits for an earlier create with the same key.
      REQUEST_TIMEOUT_MS: '5000',
    });
    world.sandbox.clearRequests();
  });
  afterEach(async () => {
    admin.disconnect();
    replicaAdmin.disconnect();
    proxy.close();
    expect(await gateway.stop()).toBe(0);
    await Promise.all([primary.stop(), replica.stop()]);
  });

  const create = (idempotencyKey: string): Promise<Payload> =>
    mutate(
      { ask: createAsk(gateway.url, `Bearer ${world.sandbox.apiKey}`) },
      'createWindowsEnrollmentToken',
      { userId: at(world.users, 0).id, sendEmail: false, idempotencyKey },
    );
  const codesOf = ({ userErrors }: Payload): string[] => userErrors.map(({ code }) => code);
  const metric = async (name: string, kind?: string): Promise<number | undefined> =>
    (await fetchSamples(gateway.url, name)).find(
      ({ labels }) => kind === undefined || labels['kind'] === kind,
    )?.value;
  const isUp = () => metric('gateway_redis_up');
  const linesOf = (message: string) => findLogLines(gateway.output(), message);

  /** Checks that creates are refused while Redis fails in this way, and that they work after the repair. */
  const expectRefusalThenRecovery = async (
    kind: string,
    repair: () => Promise<unknown>,
  ): Promise<void> => {
    const key = randomUUID();
    await expect
      .poll(async () => codesOf(await create(key)), eventually)
      .toEqual(['UPSTREAM_UNAVAILABLE']);
    expect(await isUp()).toBe(0);
    expect(writesOf(world)).toHaveLength(0);
    await expect
      .poll(() => metric('gateway_redis_failures_total', kind), eventually)
      .toBeGreaterThan(1);
    const reported = linesOf('redis cannot be used').filter((line) => line.kind === kind);
    expect(reported).toMatchObject([
      { level: 50, advice: expect.stringMatching(/Redis|REDIS_URL/) },
    ]);

    await repair();
    await expect.poll(isUp, eventually).toBe(1);
    expect(linesOf('redis can be written again')).toHaveLength(1);
    expect(codesOf(await create(key))).toEqual([]);
    expect(writesOf(world)).toHaveLength(1);
  };

  it(redisTest('a failover: the connection leads to a replica'), async () => {
    const { port } = new URL(primary.url);
    await replicaAdmin.call('REPLICAOF', '127.0.0.1', port);
    await expect
      .poll(() => replicaAdmin.info('replication'), eventually)
      .toContain('master_link_status:up');
    expect(codesOf(await create(randomUUID()))).toEqual([]);
    expect(await isUp()).toBe(1);
    world.sandbox.clearRequests();

    await replicaAdmin.call('REPLICAOF', 'NO', 'ONE');
    await admin.call('REPLICAOF', '127.0.0.1', new URL(replica.url).port);
    await expectRefusalThenRecovery('readonly', async () => proxy.leadTo(replica.url));
  });

  it(redisTest('Redis is full (`maxmemory`, `noeviction`)'), async () => {
    await admin.config('SET', 'maxmemory', '1');
    await expectRefusalThenRecovery('memory', () => admin.config('SET', 'maxmemory', '0'));
  });

  it(
    redisTest('Redis requires a password that it did not require before (`requirepass`)'),
    async () => {
      await admin.config('SET', 'requirepass', 'a new password');
      proxy.cut();
      await expectRefusalThenRecovery('credentials', () => admin.config('SET', 'requirepass', ''));
    },
  );

  it(redisTest('Redis cannot save and refuses writes (MISCONF)'), async () => {
    const [, directory = ''] = (await admin.config('GET', 'dir')) as string[];
    await admin.config('SET', 'save', '3600 1');
    await rm(directory, { recursive: true });
    await admin.bgsave();
    await expect
      .poll(() => admin.info('persistence'), eventually)
      .toContain('rdb_last_bgsave_status:err');
    await expectRefusalThenRecovery('persistence', () =>
      admin.config('SET', 'stop-writes-on-bgsave-error', 'no'),
    );
  });

  it(redisTest('Redis loads its data (LOADING)'), async () => {
    proxy.answerWith('LOADING Redis is loading the dataset in memory');
    await expectRefusalThenRecovery('loading', async () => proxy.answerWith(null));
  });

  it(
    redisTest('each connection is closed while it is set up, as a balancer without a server does'),
    async () => {
      proxy.leadTo(null);
      proxy.cut();
      const refusedBefore = proxy.refused();
      await expect.poll(isUp, eventually).toBe(0);
      await expect.poll(() => proxy.refused() - refusedBefore, eventually).toBeGreaterThan(5);
      const key = randomUUID();
      expect(codesOf(await create(key))).toEqual(['UPSTREAM_UNAVAILABLE']);
      expect(await metric('gateway_redis_failures_total', 'unreachable')).toBeGreaterThan(0);
      proxy.leadTo(primary.url);
      await expect.poll(isUp, eventually).toBe(1);
      expect(codesOf(await create(key))).toEqual([]);
      expect(writesOf(world)).toHaveLength(1);
    },
  );

  it(
    redisTest('the connection is closed just after the record of a create became `sent`'),
    async () => {
      const key = randomUUID();
      proxy.cutAfter('"state":"sent"');
      expect(codesOf(await create(key))).toEqual(['UPSTREAM_UNAVAILABLE']);
      expect(writesOf(world)).toHaveLength(0);
      const names = await admin.keys('gateway:creation:*');
      expect(await admin.hget(at(names, 0), 'record')).toContain('"state":"sent"');

      proxy.leadTo(primary.url);
      await expect.poll(() => admin.keys('gateway:creation:*'), eventually).toEqual([]);
      expect(codesOf(await create(key))).toEqual([]);
      expect(writesOf(world)).toHaveLength(1);
    },
  );
});

describe.skipIf(!hasRedisServer)('a Redis that can never be used', () => {
  it.each<[RedisCaseName, readonly string[], string, string]>([
    ['REDIS_URL names a node of a cluster', ['--cluster-enabled', 'yes'], '', 'Redis Cluster'],
    ['REDIS_URL names a database that does not exist', [], '/99', 'database'],
  ])('%s: the gateway does not start', async (_name, options, path, fault) => {
    const redis = await startRedisServer(options);
    const gateway = await startGatewayProcess({ REDIS_URL: `${redis.url}${path}`, ...secret });
    expect(await gateway.ended).toBe(1);
    expect(gateway.url).toBeNull();
    expect(gateway.output()).toMatch(
      new RegExp(`configuration is not usable:\\n.*REDIS_URL.*${fault}`),
    );
    await redis.stop();
  });
});
