import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/server/metrics.ts';
import { startWorld, type World } from '../support/gateway.ts';
import { usedHeap } from '../support/heap.ts';
import { hasRedisServer, type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { readExposition, type ShownMetric, scrape } from './exposition.ts';

const page = await readFile(new URL('../../docs/metrics.md', import.meta.url), 'utf8');

/** Every row of the tables: name, type and labels. */
const documented = new Map(
  [...page.matchAll(/^\| `(\w+)` \| (\w+) \|([^|]*)\|/gm)].map(
    ([, name = '', type = '', labels = '']) => [
      name,
      { type, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label) },
    ],
  ),
);

const redisUp = 'gateway_redis_up';
const withRedisOnly = [redisUp, 'gateway_redis_failures_total'];

const sampleOf = (
  metrics: ReadonlyMap<string, ShownMetric>,
  name: string,
  labels: Readonly<Record<string, string>>,
): number | undefined =>
  metrics
    .get(name)
    ?.samples.find((sample) =>
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    )?.value;

const sumOf = (samples: ShownMetric['samples']): number =>
  samples.reduce((sum, { value }) => sum + value, 0);

let world: World;

const read = async () => readExposition(await scrape(world.url));

describe('the metrics', () => {
  beforeAll(async () => {
    world = await startWorld(
      { tokens: 300, embeds: 'none' },
      { UPSTREAM_CONCURRENCY: '1', MAX_UPSTREAM_CALLS: '1000' },
    );
  });
  afterAll(() => world.close());

  it('of a gateway at rest have the names and types that the docs list', async () => {
    const shown = await read();
    const expected = [...documented.keys()].filter((name) => !withRedisOnly.includes(name));
    expect([...shown.keys()].sort()).toEqual(expected.sort());
    for (const [name, { type }] of shown) {
      expect({ name, type: documented.get(name)?.type }).toEqual({ name, type });
    }
  });

  it('tell what operations did, under the labels that the docs list and no others', async () => {
    const { ask, sandbox } = world;
    const list = `query Page { enrollmentTokens(first: 20) {
      nodes { user { id name } policyAssignments { policy { version } } } } }`;
    await ask(list);
    await ask(list);
    await ask('query Wrong { nothing }');
    await ask(
      'mutation Gone { revokeEnrollmentToken(input: { id: "x" }) { userErrors { code } } }',
    );
    sandbox.faults.add({ kind: 'clamp-limit', limit: 2, times: 1 });
    await ask('{ mdmUsers(first: 7) { nodes { name } } }');
    await ask(
      'query Far { enrollmentTokens(first: 5, filter: { anyTag: ["no such tag"] }) { nodes { id } } }',
    );
    sandbox.faults.add({ kind: 'status', status: 503, match: { method: 'GET' }, times: 1 });
    await ask('{ mdmUsers(first: 1) { nodes { name } } }');
    // Enough failures to open a platform's circuit.
    const outage = sandbox.faults.add({
      kind: 'status',
      status: 500,
      match: { platform: 'apple' },
    });
    for (let round = 0; round < 12; round += 1) {
      await ask(
        `{ enrollmentTokens(first: ${round + 1}, filter: { platforms: [APPLE] }) { nodes { id } } }`,
      );
    }
    outage.remove();

    const shown = await read();
    for (const [name, { samples }] of shown) {
      for (const { labels } of samples) {
        const given = Object.keys(labels).filter((label) => label !== 'le');
        expect({ name, labels: given.sort() }).toEqual({
          name,
          labels: [...(documented.get(name)?.labels ?? [])].sort(),
        });
      }
    }
    const mine = [...shown.keys()].filter((name) => !/_(?:process|nodejs)_/.test(name));
    const silent = mine.filter((name) => shown.get(name)?.samples.length === 0);
    expect(silent).toEqual([]);

    const count = (name: string, labels: Record<string, string> = {}) =>
      sampleOf(shown, name, labels);
    expect(count('gateway_operations_total', { operation: 'Page', outcome: 'OK' })).toBe(2);
    expect(
      count('gateway_operations_total', { kind: 'none', outcome: 'GRAPHQL_VALIDATION_FAILED' }),
    ).toBe(1);
    expect(count('gateway_mutations_total', { mutation: 'revokeEnrollmentToken' })).toBe(1);
    expect(count('gateway_operation_duration_seconds', { kind: 'mutation' })).toBe(1);
    expect(
      count('gateway_upstream_calls_total', {
        method: 'GET',
        endpoint: '/organizations/{organizationId}/mdm/users',
        status: '503',
      }),
    ).toBe(1);
    expect(count('gateway_upstream_calls_total', { cause: 'retry', status: '200' })).toBe(1);
    expect(count('gateway_upstream_calls_saved_total', { by: 'plan' })).toBeGreaterThan(10);
    expect(count('gateway_upstream_calls_saved_total', { by: 'cache' })).toBeGreaterThan(10);
    expect(count('gateway_upstream_retries_total', { circuit: 'shared' })).toBe(1);
    expect(count('gateway_circuit_open', { circuit: 'apple' })).toBe(1);
    expect(
      count('gateway_upstream_refusals_total', { circuit: 'apple', by: 'circuit' }),
    ).toBeGreaterThan(0);
    expect(count('gateway_scanned_items_total')).toBeGreaterThan(300);
    expect(count('gateway_upstream_running')).toBe(0);
  });

  it('tell apart no more than 200 names of operations', async () => {
    const names = Array.from({ length: 250 }, (_, index) => `Name${index}`);
    for (const name of names)
      await world.ask(`query ${name} { mdmUsers(first: 1) { totalCount } }`);
    const { samples } = (await read()).get('gateway_operations_total') ?? { samples: [] };
    const told = new Set(samples.map(({ labels }) => labels['operation']));
    expect(told.size).toBeLessThanOrEqual(202);
    expect(
      sumOf(samples.filter(({ labels }) => labels['operation'] === '(other)')),
    ).toBeGreaterThanOrEqual(50);
  });
});

it('names of operations hold no document in memory', async () => {
  const metrics = createMetrics({
    load: () => ({ running: 0, waiting: 0 }),
    waitingOperations: () => 0,
    isStoreUp: () => null,
    storeFailures: new Map(),
    logFailures: () => 0,
  });
  const report = {
    requestId: 'id',
    caller: null,
    isAccepted: true,
    kind: 'query',
    outcome: 'OK',
    upstreamCalls: 1,
    durationMs: 1,
  } as const;
  const before = usedHeap();
  for (let index = 0; index < 200; index += 1) {
    const document: unknown = JSON.parse(
      JSON.stringify(`OperationOfManyLetters${index} ${'x'.repeat(200_000)}`),
    );
    metrics.onOperation({ ...report, name: String(document).split(' ', 1)[0] ?? null });
  }
  expect(usedHeap() - before).toBeLessThan(5_000_000);
  expect((await metrics.render()).text).toContain('OperationOfManyLetters199');
});

describe.skipIf(!hasRedisServer)('the metrics of a gateway with Redis', () => {
  let redis: RedisServer;
  let connected: World;

  beforeAll(async () => {
    redis = await startRedisServer();
    connected = await startWorld(
      { tokens: 10 },
      { REDIS_URL: redis.url, SHARED_SECRET: 'a secret of the replicas' },
    );
  });
  afterAll(async () => {
    await connected.close();
    await redis.stop();
  });

  it('say whether it can be reached', async () => {
    const isUp = async () => sampleOf(readExposition(await scrape(connected.url)), redisUp, {});
    expect(await isUp()).toBe(1);
    await redis.stop();
    await expect.poll(isUp, { timeout: 10_000 }).toBe(0);
  });
});
