import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { ampleQuota } from '../../support/gateway/ample-quota.ts';
import { createAsk, type Gateway } from '../../support/gateway/gateway.ts';
import { type ReadyGateway, startReadyGateway } from '../../support/gateway/gateway-process.ts';
import { findLogLines } from '../../support/gateway/log-lines.ts';
import {
  hasRedisServer,
  type RedisServer,
  startRedisServer,
} from '../../support/redis/redis-server.ts';
import { createGate } from '../../support/time/manual-clock.ts';
import {
  ampleTime,
  at,
  callManyTimes,
  faultsOf,
  type MutateOptions,
  mutate,
  startWriteWorld,
  type WriteWorld,
  withResults,
  writesOf,
} from './world.ts';

/** Short, because a test waits until the record of a dead process is free. */
const shortTimeouts = { REQUEST_TIMEOUT_MS: '2000', UPSTREAM_TIMEOUT_MS: '2000' };

const eventually = { timeout: 30_000, interval: 50 };

interface Replica extends ReadyGateway, Pick<Gateway, 'ask'> {}

describe.skipIf(!hasRedisServer)('gateways that share a Redis', { timeout: 120_000 }, () => {
  let world: WriteWorld;
  let redis: RedisServer;
  let first: Replica;
  let second: Replica;

  const startReplica = async (
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Replica> => {
    const gateway = await startReadyGateway({
      APPLIVERY_BASE_URL: world.baseUrl,
      APPLIVERY_ORGANIZATION_ID: world.sandbox.organizationId,
      REDIS_URL: redis.url,
      SHARED_SECRET: 'a secret that the replicas share',
      ...ampleQuota,
      ...ampleTime,
      ...environment,
    });
    return { ...gateway, ask: createAsk(gateway.url, `Bearer ${world.sandbox.apiKey}`) };
  };

  beforeAll(async () => {
    [world, redis] = await Promise.all([startWriteWorld(), startRedisServer()]);
    [first, second] = await Promise.all([startReplica(), startReplica()]);
  }, 120_000);
  afterAll(async () => {
    await Promise.all([first.stop(), second.stop()]);
    await Promise.all([redis.stop(), world.close()]);
  });
  beforeEach(() => world.sandbox.clearRequests());
  afterEach(() => world.sandbox.faults.clear());

  const create = (gateway: Pick<Replica, 'ask'>, input: object = {}, options?: MutateOptions) =>
    mutate(
      gateway,
      'createWindowsEnrollmentToken',
      { userId: at(world.users, 0).id, sendEmail: false, displayName: 'Shared', ...input },
      options,
    );

  const tokens = () => world.sandbox.platform('windows').tokens.all();

  test('make one token for a thousand calls at once on two of them, and answer alike', async () => {
    const input = { idempotencyKey: randomUUID(), displayName: 'A thousand times' };
    const selection =
      'replayed userErrors { __typename code message path } enrollmentToken { id sourceId enrollmentLink }';
    const answers = await callManyTimes(world, [first, second], (gateway) =>
      create(gateway, input, { selection }),
    );
    expect(writesOf(world)).toHaveLength(1);
    expect(answers.flatMap(({ userErrors }) => userErrors)).toStrictEqual([]);
    const made = new Set(answers.map(({ enrollmentToken }) => JSON.stringify(enrollmentToken)));
    expect(made.size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
  });

  test('go on with a bulk that another one began', async () => {
    const input = {
      idempotencyKey: randomUUID(),
      userEmails: world.users.slice(0, 3).map(({ email }) => email),
      sendEmail: false,
    };
    const run = (gateway: Replica) =>
      mutate(gateway, 'bulkCreateAppleEnrollmentTokens', input, { selection: withResults });
    const one = await run(first);
    const other = await run(second);
    expect(one).toMatchObject({ success: 3, replayed: false });
    expect(other).toStrictEqual({ ...one, replayed: true });
    expect(writesOf(world)).toHaveLength(1);
  });

  test('make no second token where one is killed between the POST and its record', async () => {
    const input = { idempotencyKey: randomUUID(), displayName: 'Made by the dead' };
    const doomed = await startReplica(shortTimeouts);
    world.sandbox.faults.add({ kind: 'silence-after', match: { method: 'POST' } });
    const before = tokens().length;
    const lost = create(doomed, input);
    lost.catch(() => undefined);
    await vi.waitFor(() => expect(tokens()).toHaveLength(before + 1), eventually);
    doomed.kill('SIGKILL');
    await doomed.ended;
    await expect(lost).rejects.toThrow();
    // The record belongs to the dead process until its time is over. Until then the outcome is unknown.
    const answer = await vi.waitFor(async () => {
      const payload = await create(second, input);
      expect(faultsOf(payload)).toStrictEqual([]);
      return payload;
    }, eventually);
    expect(answer).toMatchObject({
      replayed: true,
      enrollmentToken: { sourceId: tokens().at(-1)?.id, displayName: 'Made by the dead' },
    });
    expect(writesOf(world)).toHaveLength(1);
    expect(tokens()).toHaveLength(before + 1);
  });

  test('finish a create on SIGTERM before they end, and leave it to be replayed', async () => {
    const input = { idempotencyKey: randomUUID(), displayName: 'Last words' };
    const leaving = await startReplica();
    const { opened, open } = createGate();
    const stop = world.sandbox.onRequest(({ method }) => (method === 'POST' ? opened : undefined));
    const answer = create(leaving, input);
    await vi.waitFor(() => expect(writesOf(world)).toHaveLength(1), eventually);
    leaving.kill('SIGTERM');
    const readiness = leaving.url.replace('/graphql', '/health/ready');
    await vi.waitFor(async () => expect((await fetch(readiness)).status).toBe(503), eventually);
    open();
    expect(await answer).toMatchObject({ replayed: false, userErrors: [] });
    expect(await leaving.ended).toBe(0);
    stop();
    expect(await create(second, input)).toMatchObject({ replayed: true });
    expect(writesOf(world)).toHaveLength(1);
  });

  test('refuse creates with a key while Redis is down, and nothing else', async () => {
    const input = { idempotencyKey: randomUUID(), displayName: 'While it is down' };
    redis.pause();
    try {
      const keyed = await create(first, input);
      expect(keyed.userErrors).toStrictEqual([
        {
          __typename: 'MdmUpstreamError',
          code: 'UPSTREAM_UNAVAILABLE',
          path: null,
          message:
            'Idempotency keys cannot be checked at the moment, so nothing was sent. Try again later with the same key.',
        },
      ]);
      const bulk = await mutate(first, 'bulkCreateWindowsEnrollmentTokens', {
        idempotencyKey: randomUUID(),
        userEmails: [at(world.users, 0).email],
        sendEmail: false,
      });
      expect(faultsOf(bulk)).toStrictEqual([['UPSTREAM_UNAVAILABLE', null]]);
      expect(writesOf(world)).toStrictEqual([]);
      const unkeyed = await create(first);
      expect(unkeyed).toMatchObject({ replayed: false, userErrors: [] });
      const id = unkeyed.enrollmentToken?.id;
      expect(
        await mutate(first, 'updateEnrollmentToken', { id, displayName: 'Changed' }),
      ).toMatchObject({ userErrors: [] });
      expect(await mutate(first, 'revokeEnrollmentToken', { id })).toMatchObject({
        userErrors: [],
      });
      const list = await first.ask(
        '{ enrollmentTokens(first: 1) { nodes { user { email } policyAssignments { policy { name } } } sources { status } } }',
      );
      expect(list).toMatchObject({ status: 200, errors: [] });
    } finally {
      redis.resume();
    }
    const again = await vi.waitFor(async () => {
      const payload = await create(first, input);
      expect(faultsOf(payload)).toStrictEqual([]);
      return payload;
    }, eventually);
    expect(again).toMatchObject({ replayed: false });
    expect(await create(second, input)).toMatchObject({ replayed: true });
  });

  test('keep no key, link, code or address in Redis', async () => {
    const input = { idempotencyKey: 'a key that is nobody else’s'.replace('’', "'") };
    const { enrollmentToken } = await create(first, input);
    await mutate(
      first,
      'bulkCreateWindowsEnrollmentTokens',
      { ...input, userEmails: [at(world.users, 1).email], sendEmail: false },
      { selection: withResults },
    );
    await first.ask(
      '{ enrollmentTokens(first: 50) { nodes { user { name } policyAssignments { policy { name } } } } }',
    );
    const client = new Redis(redis.url);
    const stored: string[] = [];
    for (const key of await client.keys('*')) {
      const type = await client.type(key);
      const value = type === 'hash' ? await client.hgetall(key) : await client.dumpBuffer(key);
      stored.push(
        `${key} ${Buffer.isBuffer(value) ? value.toString('latin1') : JSON.stringify(value)}`,
      );
    }
    client.disconnect();
    const records = stored.filter((entry) => entry.includes('creation'));
    expect(records.length).toBeGreaterThan(1);
    const secrets = [...tokens(), ...world.sandbox.platform('apple').tokens.all()].flatMap(
      ({ enrollmentLink, enrollCode }) => [String(enrollmentLink), String(enrollCode)],
    );
    for (const secret of [...secrets, world.sandbox.apiKey, input.idempotencyKey]) {
      expect(stored.filter((entry) => entry.includes(secret))).toStrictEqual([]);
    }
    const addresses = world.users.map(({ email }) => email);
    expect(
      records.filter((record) => addresses.some((address) => record.includes(address))),
    ).toStrictEqual([]);
    expect(enrollmentToken).not.toBeNull();
  });

  test('write one line of audit for each mutation, and no credential', async () => {
    const gateway = await startReplica();
    const audit = () => findLogLines(gateway.output(), 'audit');
    const idempotencyKey = randomUUID();
    const { enrollmentToken } = await create(gateway, { idempotencyKey });
    const id = enrollmentToken?.id;
    await create(gateway, { idempotencyKey });
    await create(gateway, { idempotencyKey, displayName: 'Another' });
    await create(gateway, { validateOnly: true });
    await create(gateway, { displayName: 'x'.repeat(129) });
    await expect(
      create(gateway, {}, { authorization: 'Bearer refused-credential' }),
    ).rejects.toThrow();
    await expect(create(gateway, {}, { authorization: null })).rejects.toThrow();
    await mutate(gateway, 'bulkCreateAppleEnrollmentTokens', {
      userEmails: [at(world.users, 0).email, at(world.users, 1).email],
      sendEmail: false,
    });
    await mutate(gateway, 'updateEnrollmentToken', { id, displayName: 'Changed' });
    await mutate(gateway, 'revokeEnrollmentToken', { id });
    await mutate(gateway, 'revokeEnrollmentToken', { id: 'nothing' });
    await vi.waitFor(() => expect(audit()).toHaveLength(11), eventually);
    await gateway.stop();

    const { organizationId } = world.sandbox;
    const tokenId = enrollmentToken?.sourceId;
    const one = 'createWindowsEnrollmentToken';
    const nothing = {
      organizationId,
      idempotencyKey: null,
      validateOnly: false,
      replayed: false,
      tokenId: null,
      success: null,
    };
    const hash = at(audit(), 0).idempotencyKey;
    expect(hash).toMatch(/^[\w-]{20,}$/);
    expect(audit()).toMatchObject([
      { ...nothing, mutation: one, outcome: 'OK', idempotencyKey: hash, tokenId },
      { ...nothing, mutation: one, outcome: 'OK', idempotencyKey: hash, tokenId, replayed: true },
      { ...nothing, mutation: one, outcome: 'IDEMPOTENCY_CONFLICT', idempotencyKey: hash },
      { ...nothing, mutation: one, outcome: 'OK', validateOnly: true },
      { ...nothing, mutation: one, outcome: 'INVALID_INPUT' },
      { ...nothing, mutation: one, outcome: 'UNAUTHENTICATED' },
      { ...nothing, mutation: one, outcome: 'UNAUTHENTICATED', caller: null },
      { ...nothing, mutation: 'bulkCreateAppleEnrollmentTokens', outcome: 'OK', success: 2 },
      { ...nothing, mutation: 'updateEnrollmentToken', outcome: 'OK', tokenId },
      { ...nothing, mutation: 'revokeEnrollmentToken', outcome: 'OK', tokenId },
      {
        ...nothing,
        mutation: 'revokeEnrollmentToken',
        outcome: 'INVALID_INPUT',
        organizationId: null,
      },
    ]);
    const callers = audit().map(({ caller }) => caller);
    expect(callers[0]).toMatch(/^[\w-]{16}$/);
    expect(new Set([...callers.slice(0, 5), ...callers.slice(7)])).toStrictEqual(
      new Set([callers[0]]),
    );
    expect(callers[5]).not.toBe(callers[0]);

    const written = gateway.output();
    const secrets = [...tokens(), ...world.sandbox.platform('apple').tokens.all()].flatMap(
      ({ enrollmentLink, enrollCode }) => [String(enrollmentLink), String(enrollCode)],
    );
    for (const secret of [...secrets, world.sandbox.apiKey, 'refused-credential', idempotencyKey]) {
      expect(written).not.toContain(secret);
    }
  });
});
