import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSandboxes } from '../../../src/platforms/registry.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../../src/sandbox/server.ts';
import { ampleQuota } from '../../support/gateway/ample-quota.ts';
import { createAsk, startWorld, type World } from '../../support/gateway/gateway.ts';
import { startReadyGateway } from '../../support/gateway/gateway-process.ts';
import { readExposition, scrape } from '../../support/gateway/metrics.ts';
import { secret, serviceEnvironment, signToken } from '../auth/callers.ts';
import { type Collector, startCollector } from './collector.ts';
import { longNames } from './long-names.ts';

const strangers = 200;
const page = '{ enrollmentTokens { totalCount } }';
const longName = (index: number): string => `n${index}${'x'.repeat(250_000)}`;

const namesIn = (metrics: string): Set<string | undefined> =>
  new Set(
    readExposition(metrics)
      .get('gateway_operations_total')
      ?.samples.map(({ labels }) => labels['operation']),
  );

/** A row of the catalogue, as the name of its test. */
const row = (meets: keyof typeof longNames): string => `${meets}: ${longNames[meets]}`;

describe('operation names of 250 kB, and many of them, meet', () => {
  let collector: Collector;
  let sandbox: Sandbox;
  let metrics = '';
  let output = '';

  /** The gateway as it is built, with the memory of a small container; each test checks a part of its output. */
  beforeAll(async () => {
    collector = await startCollector();
    sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 30 });
    const { baseUrl } = await sandbox.listen();
    const gateway = await startReadyGateway(
      {
        APPLIVERY_BASE_URL: baseUrl,
        APPLIVERY_ORGANIZATION_ID: sandbox.organizationId,
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
        ...ampleQuota,
      },
      ['--max-old-space-size=256'],
    );
    const stranger = createAsk(gateway.url, 'Bearer bogus');
    for (let index = 0; index < strangers; index += 1) {
      await stranger(`query ${longName(index)} ${page}`);
      await stranger(`query Stranger${index} ${page}`, { authorization: null });
      await stranger(`query Public${index} { __typename }`);
    }
    const ask = createAsk(gateway.url, `Bearer ${sandbox.apiKey}`);
    for (const name of ['Home', 'Search', longName(0)]) {
      const { errors } = await ask(`query ${name} ${page}`);
      expect(errors).toEqual([]);
    }
    await stranger(`query Home ${page}`);
    metrics = await scrape(gateway.url);
    expect(await gateway.stop()).toBe(0);
    output = gateway.output();
  });
  afterAll(async () => {
    collector.close();
    await sandbox.close();
  });

  it(row('the metrics, from unknown callers'), () => {
    expect(metrics.length).toBeLessThan(100_000);
    expect(namesIn(metrics)).toEqual(
      new Set(['Home', 'Search', longName(0).slice(0, 100), '(other)']),
    );
  });

  it(row('the metrics, with a known name'), () => {
    const home = readExposition(metrics)
      .get('gateway_operations_total')
      ?.samples.filter(({ labels }) => labels['operation'] === 'Home')
      .map(({ labels, value }) => [labels['outcome'], value]);
    expect(home).toEqual([
      ['OK', 1],
      ['UNAUTHENTICATED', 1],
    ]);
  });

  it(row('the log'), () => {
    const lines = output.split('\n').filter((line) => line.includes('"msg":"operation"'));
    expect(lines.length).toBe(3 * strangers + 4);
    expect(lines.some((line) => line.includes('"operation":"Search"'))).toBe(true);
    expect(Math.max(...output.split('\n').map(({ length }) => length))).toBeLessThan(1_000);
    expect(output).not.toMatch(/\w{101}/);
  });

  it(row('the traces'), () => {
    expect(collector.spans().some(({ name }) => name === 'query Search')).toBe(true);
    expect(collector.bodies()).toContain(longName(0).slice(0, 100));
    expect(collector.bodies()).not.toMatch(/\w{101}/);
  });
});

describe('operation names in service mode meet', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld(
      { tokens: 30 },
      { ...serviceEnvironment, JWT_SECRET: secret, APPLIVERY_API_KEY: 'key-of-the-gateway' },
    );
  });
  afterAll(() => world.close());

  it(row('the metrics, in service mode'), async () => {
    const name = (text: string, authorization: string | null) =>
      world.ask(`query ${text} { __typename }`, { authorization });
    await name('Anonymous', null);
    await name(
      'Forged',
      await signToken({ key: new TextEncoder().encode('another secret of 32 letters....') }),
    );
    await name('Expired', await signToken({ expiresIn: -60 }));
    await name('Verified', await signToken());
    await name('Unscoped', await signToken({ claims: {} }));
    expect(namesIn(await scrape(world.url))).toEqual(new Set(['(other)', 'Verified', 'Unscoped']));
  });
});
