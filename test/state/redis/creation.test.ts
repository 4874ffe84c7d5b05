import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CreateOnce, createTokenCreation } from '../../../src/creation/creation.ts';
import { systemClock } from '../../../src/domain/clock.ts';
import type { EnrollmentToken } from '../../../src/domain/token.ts';
import { createKeyedHash } from '../../../src/state/keyed-hash.ts';
import { connectRedis } from '../../../src/state/redis/connection.ts';
import { createRedisRecords } from '../../../src/state/redis/records.ts';
import {
  hasRedisServer,
  type RedisServer,
  startRedisServer,
} from '../../support/redis/redis-server.ts';
import { createGate } from '../../support/time/manual-clock.ts';
import { exampleOrganizationId, exampleToken } from '../../support/upstream/example-token.ts';

describe.skipIf(!hasRedisServer)('creates on two replicas with one Redis', () => {
  let server: RedisServer;
  const connections: ReturnType<typeof connectRedis>[] = [];

  beforeAll(async () => {
    server = await startRedisServer();
    connections.push(
      connectRedis(
        server.url,
        () => {},
        () => {},
      ),
      connectRedis(
        server.url,
        () => {},
        () => {},
      ),
    );
    await Promise.all(connections.map((connection) => once(connection, 'ready')));
  });

  afterAll(async () => {
    for (const connection of connections) connection.disconnect();
    await server.stop();
  });

  const startReplicas = (): CreateOnce<EnrollmentToken>[] =>
    connections.map((connection) =>
      createTokenCreation<EnrollmentToken>({
        records: createRedisRecords(connection, 60_000),
        clock: systemClock,
        hash: createKeyedHash('secret of the replicas'),
        ownershipMs: 32_000,
        deferWrite: () => {},
      }),
    );

  test('a thousand equal calls are sent once and all return its token', async () => {
    const token = exampleToken();
    const isSent = createGate();
    let sends = 0;
    let reads = 0;
    const calls = startReplicas().flatMap((create) =>
      Array.from({ length: 500 }, () =>
        create({
          key: {
            caller: 'Bearer of-one-caller',
            organizationId: exampleOrganizationId,
            mutation: 'create',
            idempotencyKey: 'a thousand',
          },
          input: { displayName: 'Field tablet' },
          signal: AbortSignal.timeout(15_000),
          send: async () => {
            sends += 1;
            await isSent.opened;
            return token;
          },
          readBack: () => Promise.reject(new Error('Nothing was lost.')),
          readAgain: async () => {
            reads += 1;
            return token;
          },
        }),
      ),
    );
    await expect.poll(() => sends).toBe(1);
    isSent.open();
    const created = await Promise.all(calls);
    expect(sends).toBe(1);
    expect(created.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(new Set(created.map(({ token: { sourceId } }) => sourceId))).toEqual(
      new Set([token.sourceId]),
    );
    // The replica that did not send reads the token once for all its calls.
    expect(reads).toBe(1);
  });

  test('the store holds no key, caller, input, link or code', async () => {
    const [connection] = connections;
    const stored: string[] = [];
    for (const name of (await connection?.keys('*')) ?? []) {
      stored.push(name, JSON.stringify(await connection?.hgetall(name)));
    }
    expect(stored.join()).toContain('done');
    expect(stored.join()).not.toMatch(/thousand|one-caller|Field tablet|secret-link|SECRET-CODE/);
  });
});
