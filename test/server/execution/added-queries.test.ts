import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSandboxes } from '../../../src/platforms/registry.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../../src/sandbox/server.ts';
import { createShares } from '../../../src/server/execution/persisted-queries.ts';
import { type Gateway, startGateway } from '../../support/gateway/gateway.ts';
import { postJson } from '../../support/http/post-json.ts';
import { isSkipped } from '../../support/optional-tools.ts';
import { hasRedisServer } from '../../support/redis/redis-server.ts';
import { useStoreRedis } from '../../support/redis/store-redis.ts';
import { secret, serviceEnvironment, signToken } from '../auth/callers.ts';

it('the share of a caller is a small part of the store, also for the shortest texts', () => {
  const { mayAdd } = createShares();
  let added = 0;
  while (mayAdd('a caller', '{a:__typename}')) added += 1;
  // A store holds some 40,000 of them.
  expect(added).toBeLessThan(4_000);
  expect(mayAdd('another caller', '{a:__typename}')).toBe(true);
});

/** Which texts the store of persisted queries learns, from callers with JWTs. Two replicas share a Redis. */
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

interface Sent {
  readonly query?: string;
  readonly hash: string;
  readonly scope?: string;
  readonly subject?: string;
  readonly variables?: object;
}

describe.skipIf(isSkipped(hasRedisServer))('a text', () => {
  const shared = useStoreRedis();
  let sandbox: Sandbox;
  let replicas: readonly Gateway[];

  beforeAll(async () => {
    sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 4 });
    const { baseUrl } = await sandbox.listen();
    const start = () =>
      startGateway(
        { baseUrl, organization: sandbox.organizationId },
        {
          ...serviceEnvironment,
          APPLIVERY_API_KEY: sandbox.apiKey,
          JWT_SECRET: secret,
          REDIS_URL: shared.server.url,
          SHARED_SECRET: 's'.repeat(32),
        },
      );
    replicas = [await start(), await start()];
  });
  afterAll(async () => {
    await Promise.all(replicas.map(({ close }) => close()));
    await sandbox.close();
  });

  /** Sends a request to a replica. Returns the code of the first error, or OK. */
  const send = async (
    { query, hash, scope = 'enrollment:read', subject = 'ana', variables }: Sent,
    replica = 0,
  ): Promise<string> => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: hash } };
    const response = await postJson(
      replicas[replica]?.url ?? '',
      { query, variables, extensions },
      { authorization: await signToken({ claims: { scope }, subject }) },
    );
    const { errors } = (await response.json()) as {
      readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
    };
    return errors?.[0]?.extensions.code ?? 'OK';
  };

  const isKnown = async (query: string, replica = 0): Promise<boolean> =>
    (await send({ hash: sha256(query) }, replica)) !== 'PERSISTED_QUERY_NOT_FOUND';

  /** A text is added after its answer was sent. */
  const untilKnown = (query: string, replica = 0) =>
    expect.poll(() => isKnown(query, replica), { timeout: 10_000 }).toBe(true);

  it.each([
    ['a caller without a scope', '', '{ __typename }', 'OK'],
    ['a query of a caller without a scope', '', '{ mdmUsers { totalCount } }', 'FORBIDDEN'],
    [
      'a mutation of a reader',
      'enrollment:read',
      'mutation { revokeEnrollmentToken(input: { id: "x" }) { userErrors { code } } }',
      'FORBIDDEN',
    ],
    [
      'an operation that costs too much',
      'enrollment:read',
      `{ ${Array.from({ length: 30 }, (_, index) => `a${index}: enrollmentTokens { nodes { user { name } policyAssignments { policy { version } } } }`).join(' ')} }`,
      'COST_LIMIT_EXCEEDED',
    ],
    [
      'an operation whose variable is missing',
      'enrollment:read',
      'query ($first: Int!) { mdmUsers(first: $first) { totalCount } }',
      'BAD_USER_INPUT',
    ],
    [
      'an operation that does not say which one runs',
      'enrollment:read',
      'query A { __typename } query B { __typename }',
      'OPERATION_RESOLUTION_FAILURE',
    ],
  ])('is not kept: %s', async (_name, scope, query, outcome) => {
    expect(await send({ query, hash: sha256(query), scope })).toBe(outcome);
    expect(await isKnown(query)).toBe(false);
    expect(await shared.redis.keys('gateway:persisted*')).toEqual([]);
  });

  it('is kept for both replicas if its operation ran', async () => {
    const query = 'query Kept { mdmUsers { totalCount } }';
    expect(await send({ query, hash: sha256(query) })).toBe('OK');
    await untilKnown(query, 1);
  });

  it('with a text as a value stays in its process', async () => {
    const query = '{ mdmUsers(search: "planted") { totalCount } }';
    expect(await send({ query, hash: sha256(query) })).toBe('OK');
    await untilKnown(query);
    expect(await isKnown(query, 1)).toBe(false);
    expect(await shared.redis.keys('gateway:persisted*')).toEqual([]);
  });

  it('that is sent again and again uses up its caller’s share once', async () => {
    const query = `{ mdmUsers { totalCount } } # again ${'#'.repeat(60_000)}`;
    for (let time = 0; time < 20; time += 1) {
      await send({ query, hash: sha256(query), subject: 'again' });
    }
    const other = 'query Other { mdmUsers { totalCount } }';
    await send({ query: other, hash: sha256(other), subject: 'again' });
    await untilKnown(other);
  });

  it('is not kept once its caller has used up its share, and is for others', async () => {
    const filler = '#'.repeat(60_000);
    const text = (index: number) => `{ mdmUsers { totalCount } } # ${index} ${filler}`;
    for (let index = 0; index < 18; index += 1) {
      const query = text(index);
      expect(await send({ query, hash: sha256(query), subject: 'many' })).toBe('OK');
    }
    await untilKnown(text(0));
    expect(await isKnown(text(17))).toBe(false);
    await send({ query: text(17), hash: sha256(text(17)), subject: 'another' });
    await untilKnown(text(17));
  });
});
