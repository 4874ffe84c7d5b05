import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMetrics, type MetricsSources } from '../../../src/server/telemetry/metrics.ts';
import { startWorld, type World } from '../../support/gateway/gateway.ts';
import {
  readExposition,
  readSamples,
  type ShownMetric,
  scrape,
} from '../../support/gateway/metrics.ts';
import { usedHeap } from '../../support/heap.ts';
import {
  hasRedisServer,
  type RedisServer,
  startRedisServer,
} from '../../support/redis/redis-server.ts';
import { eventually } from '../../support/time/eventually.ts';
import { follow } from '../subscriptions/following.ts';
import { connectWithKey } from '../websocket/raw-socket.ts';

const page = await readFile(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');

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
      {
        UPSTREAM_CONCURRENCY: '1',
        MAX_UPSTREAM_CALLS: '1000',
        // Large, and refilled slowly, so that used-up requests show.
        UPSTREAM_REQUESTS_PER_HOUR: '3600',
      },
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

  it('describe what operations did, with exactly the labels that the docs list', async () => {
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
    const stream = await follow(world);
    await eventually(async () =>
      expect(
        sampleOf(await read(), 'gateway_upstream_calls_total', { cause: 'live' }),
      ).toBeGreaterThan(0),
    );
    stream.leave();
    const socket = await connectWithKey(world);
    socket.socket.close();
    await socket.closed;
    await eventually(async () =>
      expect(sampleOf(await read(), 'gateway_websocket_closes_total', { code: '1005' })).toBe(1),
    );

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

  it('sum the durations of operations and calls in seconds', async () => {
    const users = '/organizations/{organizationId}/mdm/users';
    const sums = async () => {
      const text = await scrape(world.url);
      const sumUnder = (name: string, labels: Readonly<Record<string, string>>): number =>
        sumOf(
          readSamples(text, `${name}_sum`).filter((sample) =>
            Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
          ),
        );
      return {
        queries: sumUnder('gateway_operation_duration_seconds', { kind: 'query' }),
        mutations: sumUnder('gateway_operation_duration_seconds', { kind: 'mutation' }),
        calls: sumUnder('gateway_upstream_call_duration_seconds', { endpoint: users }),
      };
    };
    const delaySeconds = 0.05;
    const delay = { kind: 'delay', ms: delaySeconds * 1000 } as const;
    world.sandbox.faults.add({ ...delay, times: 2, match: { operation: 'mdm.global.mdmUser.*' } });
    const before = await sums();
    const beganMs = performance.now();
    await world.ask('{ mdmUsers(first: 11) { nodes { name } } }');
    await world.ask('{ mdmUsers(first: 12) { nodes { name } } }');
    const tookSeconds = (performance.now() - beganMs) / 1000;
    const after = await sums();
    for (const name of ['queries', 'calls'] as const) {
      // Timers may be early by a millisecond.
      expect(after[name] - before[name]).toBeGreaterThan(2 * delaySeconds - 0.01);
      expect(after[name] - before[name]).toBeLessThanOrEqual(tookSeconds);
    }
    expect(after.mutations).toBe(before.mutations);
  });

  it('count all operations, and measure the duration only of those that ran', async () => {
    const timed = async () =>
      sumOf((await read()).get('gateway_operation_duration_seconds')?.samples ?? []);
    const before = await timed();
    await world.ask('query Wrong { nothing }');
    await world.ask('{');
    expect(await timed()).toBe(before);
    await world.ask('{ __typename }');
    expect(await timed()).toBe(before + 1);
  });

  it('have labels for 200 operation names, and keep counting under these', async () => {
    const names = Array.from({ length: 250 }, (_, index) => `Name${index}`);
    const ask = (name: string) => world.ask(`query ${name} { mdmUsers(first: 1) { totalCount } }`);
    for (const name of names) await ask(name);
    await world.ask('{ __typename }');
    const samplesOf = async () => (await read()).get('gateway_operations_total')?.samples ?? [];
    const countOf = (samples: ShownMetric['samples'], name: string): number =>
      sumOf(samples.filter(({ labels }) => labels['operation'] === name));
    const samples = await samplesOf();
    const told = new Set(samples.map(({ labels }) => labels['operation']));
    expect(told.size).toBe(202);
    expect(countOf(samples, '(other)')).toBeGreaterThanOrEqual(50);
    for (const name of ['Name0', 'Name0', 'Name249']) await ask(name);
    const later = await samplesOf();
    const more = (name: string): number => countOf(later, name) - countOf(samples, name);
    expect({ known: more('Name0'), unknown: more('(other)') }).toEqual({ known: 2, unknown: 1 });
  });

  it('have labels for 200 organizations, and keep the quota of these up to date', async () => {
    const quotas = async () => {
      const { samples = [] } = (await read()).get('gateway_quota_left') ?? {};
      return new Map(samples.map(({ labels, value }) => [labels['organization'] ?? '', value]));
    };
    const ids = Array.from(
      { length: 250 },
      (_, index) => `aaaaaaaaaaaaaaaaaaaaa${String(index).padStart(3, '0')}`,
    );
    const perOperation = 25;
    for (let index = 0; index < ids.length; index += perOperation) {
      const fields = ids
        .slice(index, index + perOperation)
        .map(
          (id, place) =>
            `o${place}: mdmUser(organizationId: "${id}", email: "a@example.com") { id }`,
        );
      await world.ask(`{ ${fields.join(' ')} }`);
    }
    const own = world.sandbox.organizationId;
    const known = await quotas();
    expect(known.size).toBe(201);
    expect(known.has('(other)')).toBe(true);
    expect(known.has(own)).toBe(true);
    const fields = Array.from({ length: 30 }, (_, index) => {
      return `u${index}: mdmUsers(first: ${index + 1}) { nodes { id } }`;
    });
    await world.ask(`{ ${fields.join(' ')} }`);
    const later = await quotas();
    expect(later.size).toBe(201);
    expect(later.get(own)).toBeLessThan((known.get(own) ?? 0) - 20);
  });
});

/** Creates metrics with these sources, without a gateway. */
const metricsOf = (sources: Partial<MetricsSources> = {}) =>
  createMetrics({
    load: () => ({ running: 0, waiting: 0 }),
    waitingOperations: () => 0,
    followed: () => ({ subscribers: 0, readers: 0, isCutOff: false }),
    isStoreUp: () => null,
    storeFailures: new Map(),
    logFailures: () => 0,
    ...sources,
  });

it('gauges show the current values, however often they are read', async () => {
  const metrics = metricsOf({
    load: () => ({ running: 2, waiting: 3 }),
    waitingOperations: () => 4,
    isStoreUp: () => true,
    storeFailures: new Map([
      ['timeout', 5],
      ['unreachable', 6],
    ]),
    logFailures: () => 7,
  });
  for (let time = 0; time < 2; time += 1) {
    const shown = readExposition((await metrics.render()).text);
    const valuesOf = (name: string) => shown.get(name)?.samples.map(({ value }) => value);
    expect({
      running: valuesOf('gateway_upstream_running'),
      waiting: valuesOf('gateway_upstream_waiting'),
      operations: valuesOf('gateway_operations_waiting'),
      log: valuesOf('gateway_log_failures_total'),
      up: valuesOf(redisUp),
    }).toEqual({ running: [2], waiting: [3], operations: [4], log: [7], up: [1] });
    expect(shown.get('gateway_redis_failures_total')?.samples).toEqual([
      { labels: { kind: 'timeout' }, value: 5 },
      { labels: { kind: 'unreachable' }, value: 6 },
    ]);
  }
});

it('a circuit is open until it closes, and the others are not affected', async () => {
  const metrics = metricsOf();
  const circuits = async () =>
    readExposition((await metrics.render()).text)
      .get('gateway_circuit_open')
      ?.samples.map(({ labels, value }) => [labels['circuit'], value]);
  metrics.onTransportEvent({ kind: 'circuit', circuit: 'one', isOpen: true });
  metrics.onTransportEvent({ kind: 'circuit', circuit: 'other', isOpen: true });
  metrics.onTransportEvent({ kind: 'circuit', circuit: 'one', isOpen: false });
  expect(await circuits()).toEqual([
    ['one', 0],
    ['other', 1],
  ]);
});

it('operation names keep no document in memory', async () => {
  const metrics = metricsOf();
  const report = {
    requestId: 'id',
    caller: null,
    isAuthenticated: true,
    kind: 'query',
    outcome: 'OK',
    upstreamCalls: 1,
    durationMs: 1,
    events: null,
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
