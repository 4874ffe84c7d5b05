import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { ampleQuota } from '../support/gateway/ample-quota.ts';
import {
  createAsk,
  type Gateway,
  type GraphQLAnswer,
  startGateway,
  startWorld,
} from '../support/gateway/gateway.ts';
import { type ReadyGateway, startReadyGateway } from '../support/gateway/gateway-process.ts';
import {
  hasRedisServer,
  type RedisServer,
  startRedisServer,
} from '../support/redis/redis-server.ts';
import { idsOf, inOrder, storedTokens } from '../support/upstream/stored-tokens.ts';
import { takeOperations, tokenLists } from '../support/upstream/upstream-calls.ts';
import { type Balancer, startBalancer } from './balancer.ts';

const create = `mutation Invite($userId: ID!, $name: String!, $key: String!) {
  createWindowsEnrollmentToken(input: {
    userId: $userId, displayName: $name, idempotencyKey: $key, sendEmail: false
  }) {
    enrollmentToken { sourceId displayName } replayed userErrors { code message }
  }
}`;

let sandbox: Sandbox;
let baseUrl: string;
let redis: RedisServer;
let balancer: Balancer;
let ask: Gateway['ask'];

const startReplica = async (): Promise<ReadyGateway> => {
  const replica = await startReadyGateway({
    APPLIVERY_BASE_URL: baseUrl,
    APPLIVERY_ORGANIZATION_ID: sandbox.organizationId,
    REDIS_URL: redis.url,
    SHARED_SECRET: 'a secret that the replicas share',
    LOG_LEVEL: 'warn',
    ...ampleQuota,
  });
  balancer.add(replica.url);
  return replica;
};

/** The display names in the creates that reached the API, in the order of the calls. */
const namesSent = (): unknown[] =>
  sandbox
    .requests()
    .filter(({ method }) => method === 'POST')
    .map(({ body }) => (body as { readonly displayName?: unknown }).displayName);

const someUserId = async (): Promise<string> => {
  const { data } = await ask('{ mdmUsers(first: 1) { nodes { id } } }');
  return data.mdmUsers.nodes[0].id;
};

describe.skipIf(!hasRedisServer)('two gateways behind a balancer', { timeout: 120_000 }, () => {
  let replicas: ReadyGateway[] = [];

  beforeAll(async () => {
    redis = await startRedisServer();
    sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 300, embeds: 'none' });
    ({ baseUrl } = await sandbox.listen());
    balancer = await startBalancer();
    ask = createAsk(balancer.url, `Bearer ${sandbox.apiKey}`);
    replicas = await Promise.all([startReplica(), startReplica()]);
  }, 120_000);
  afterAll(async () => {
    balancer.close();
    await Promise.all(replicas.map((replica) => replica.stop()));
    await sandbox.close();
    await redis.stop();
  });
  beforeEach(() => sandbox.clearRequests());
  afterEach(() => sandbox.faults.clear());

  it('page through one list with the same cursors', async () => {
    const pageQuery = `query Page($after: String) { enrollmentTokens(first: 23, after: $after) {
      nodes { sourceId } pageInfo { endCursor hasNextPage } } }`;
    const ids: string[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const { data, errors }: GraphQLAnswer = await ask(pageQuery, { variables: { after } });
      expect(errors).toEqual([]);
      const { nodes, pageInfo } = data.enrollmentTokens;
      ids.push(...nodes.map(({ sourceId }: { readonly sourceId: string }) => sourceId));
      ({ endCursor: after, hasNextPage: more } = pageInfo);
    }
    expect(ids).toEqual(idsOf(inOrder(storedTokens(sandbox))));
    const shares = [...balancer.answered().values()];
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(6);
  });

  it('share their lookups', async () => {
    const page = `{ enrollmentTokens(first: 50) {
      nodes { user { name } policyAssignments { policy { version } } } } }`;
    await ask(page);
    sandbox.clearRequests();
    const { errors } = await ask(page);
    expect(errors).toEqual([]);
    expect(takeOperations(sandbox)).toEqual(tokenLists);
  });

  it('make one create if both receive the same key', async () => {
    const variables = { userId: await someUserId(), name: 'Once', key: 'one-create' };
    sandbox.faults.add({ kind: 'delay', ms: 300, match: { method: 'POST' } });
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask(create, { variables })));
    const payloads = answers.map(({ data }) => data.createWindowsEnrollmentToken);
    expect(new Set(payloads.map(({ enrollmentToken }) => enrollmentToken.sourceId)).size).toBe(1);
    expect(payloads.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(namesSent()).toEqual(['Once']);
  });

  it('lose no request and repeat no create if they are restarted one after the other under load', async () => {
    const userId = await someUserId();
    sandbox.faults.add({ kind: 'delay', ms: 30 });
    sandbox.clearRequests();

    let isOver = false;
    const failures: unknown[] = [];
    const asked: string[] = [];
    let reads = 0;
    const client = async (name: string): Promise<void> => {
      for (let round = 0; !isOver; round += 1) {
        const key = `${name}-${round}`;
        asked.push(key);
        const made = await ask(create, { variables: { userId, name: key, key } }).catch(String);
        if (
          typeof made === 'string' ||
          made.data?.createWindowsEnrollmentToken?.enrollmentToken?.displayName !== key
        ) {
          failures.push(made);
        }
        const read = await ask(
          `{ enrollmentTokens(first: ${(round % 40) + 1}) { nodes { id } } }`,
        ).catch(String);
        reads += 1;
        if (typeof read === 'string' || read.errors.length > 0) failures.push(read);
      }
    };
    const clients = ['a', 'b', 'c', 'd', 'e', 'f'].map(client);

    const codes: (number | null)[] = [];
    for (const old of [...replicas]) {
      codes.push(await old.stop());
      replicas.push(await startReplica());
    }
    const shares = () => [...balancer.answered().values()];
    await vi.waitFor(() => expect(Math.min(...shares())).toBeGreaterThan(0), { timeout: 20_000 });
    isOver = true;
    await Promise.all(clients);

    expect(failures).toEqual([]);
    expect(codes).toEqual([0, 0]);
    expect(reads).toBeGreaterThan(20);
    expect(namesSent().sort()).toEqual(asked.sort());
    expect(shares()).toHaveLength(4);
  });
});

describe.skipIf(!hasRedisServer)('two gateways with one Redis', () => {
  it('share one quota', async () => {
    const burst = 12;
    const shared = await startRedisServer();
    const environment = {
      REDIS_URL: shared.url,
      SHARED_SECRET: 'a secret that the replicas share',
      // The quota refills by one request per minute, which is little during the test.
      UPSTREAM_REQUESTS_PER_HOUR: '60',
      UPSTREAM_BURST: String(burst),
    };
    const one = await startWorld({ tokens: 0 }, environment);
    const { sandbox: api } = one;
    const other = await startGateway(
      { baseUrl: one.baseUrl, organization: api.organizationId, apiKey: api.apiKey },
      environment,
    );
    const codes: unknown[] = [];
    for (let first = 1; first <= 2 * burst; first += 1) {
      const gateway = first % 2 === 0 ? one : other;
      const { errors } = await gateway.ask(`{ mdmUsers(first: ${first}) { nodes { name } } }`);
      codes.push(errors[0]?.extensions['code'] ?? 'OK');
    }
    const calls = api.requests().length;
    expect(codes.filter((code) => code === 'OK')).toHaveLength(calls);
    expect(calls).toBeGreaterThanOrEqual(burst);
    expect(calls).toBeLessThanOrEqual(burst + 3);
    expect(new Set(codes)).toEqual(new Set(['OK', 'RATE_LIMITED']));
    await other.close();
    await one.close();
    await shared.stop();
  });
});
