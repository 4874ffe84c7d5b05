import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { type Gateway, startGateway } from '../support/gateway/gateway.ts';
import { fetchSamples } from '../support/gateway/metrics.ts';
import { setClockAhead } from '../support/time/shifted-clock.ts';
import { breakerTest } from './cases/breaker-cases.ts';
import { type FaultyApi, faults, startFaultyApi } from './faulty-api.ts';

/** More calls than the breaker needs before it can open. */
const many = Array.from({ length: 24 }, (_, index) => index + 1);
const users = '{ mdmUsers(first: 1) { nodes { id } } }';
const list = '{ enrollmentTokens(first: 5) { nodes { platform } sources { platform status } } }';
const platforms = [
  ['windows', 'WINDOWS', 'createWindowsEnrollmentToken'],
  ['apple', 'APPLE', 'createAppleEnrollmentToken'],
] as const;

let sandbox: Sandbox;
let api: FaultyApi;
let gateway: Gateway;
let userId: string;

const start = async (operationMs: string, attemptMs: string): Promise<void> => {
  gateway = await startGateway(
    { baseUrl: api.baseUrl, organization: sandbox.organizationId, apiKey: sandbox.apiKey },
    {
      REQUEST_TIMEOUT_MS: operationMs,
      UPSTREAM_TIMEOUT_MS: attemptMs,
      // All calls run at once: none is cut short while it waits for a slot.
      UPSTREAM_CONCURRENCY: '100',
    },
  );
  // The API must have accepted the caller: a caller that it has not accepted may make only a few calls at a time.
  const { data } = await gateway.ask(users);
  userId = data.mdmUsers.nodes[0].id;
  api.reset();
};

beforeEach(async () => {
  sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 30 });
  api = await startFaultyApi((await sandbox.listen()).baseUrl);
});

afterEach(async () => {
  await gateway.close();
  await api.close();
  await sandbox.close();
});

const openCircuits = async (): Promise<readonly (string | undefined)[]> =>
  (await fetchSamples(gateway.url, 'gateway_circuit_open'))
    .filter(({ value }) => value === 1)
    .map(({ labels }) => labels['circuit']);

const isOk = { status: 'OK' };

/** Level and reason of each failed call in the log. */
const reasons = (): readonly string[] =>
  gateway
    .logged()
    .filter(({ msg }) => msg === 'a call to the API failed')
    .map(({ level, reason }) => `${level} ${reason}`);

const cutShort = "30 timeout: the operation's time was over before the attempt's";

describe.each(platforms)('an API of %s that hangs', (path, platform, mutation) => {
  const lists = new RegExp(`^GET .*${path}.*enrollment-tokens`);
  /** The page sizes differ, so that no two operations share a call. */
  const readMany = async () => {
    const answers = await Promise.all(
      many.map((first) =>
        gateway.ask(
          `{ enrollmentTokens(first: ${first}, filter: { platforms: [${platform}] }) { nodes { id } } }`,
        ),
      ),
    );
    return answers.map(({ errors }) => errors[0]?.extensions['code']);
  };

  it(breakerTest('24 reads that end at the deadline of their operations'), async () => {
    await start('2000', '20000');
    api.break(lists, faults['no answer at all']);
    expect(await readMany()).toEqual(many.map(() => 'UPSTREAM_TIMEOUT'));
    expect(api.requests()).toHaveLength(many.length);
    expect(reasons()).toEqual(many.map(() => cutShort));
    expect(await openCircuits()).toEqual([]);
    api.reset();
    const { data } = await gateway.ask(list);
    expect(data.enrollmentTokens.sources).toMatchObject([isOk, isOk]);
  });

  it(breakerTest('24 creates that end at the deadline of their operations'), async () => {
    await start('2000', '20000');
    api.break(new RegExp(`^POST .*${path}`), faults['no answer at all']);
    const answers = await Promise.all(
      many.map(() =>
        gateway.ask(
          `mutation { created: ${mutation}(input: { userId: "${userId}", sendEmail: false }) { userErrors { code } } }`,
        ),
      ),
    );
    expect(answers.map(({ data }) => data?.created.userErrors)).toEqual(
      many.map(() => [{ code: 'OUTCOME_UNKNOWN' }]),
    );
    expect(api.requests().filter((line) => line.startsWith('POST'))).toHaveLength(many.length);
    expect(reasons()).toEqual(many.map(() => cutShort));
    expect(await openCircuits()).toEqual([]);
    api.reset();
    const { data } = await gateway.ask(list);
    expect(data.enrollmentTokens.sources).toMatchObject([isOk, isOk]);
  });

  it(breakerTest('24 reads whose attempts reach their own timeout'), async () => {
    await start('20000', '2000');
    api.break(lists, faults['no answer at all']);
    expect(await readMany()).toEqual(many.map(() => 'UPSTREAM_TIMEOUT'));
    expect(reasons()).toEqual(many.map(() => '40 timeout'));
    expect(await openCircuits()).toHaveLength(1);
    api.reset();
    const refused = await gateway.ask(list);
    const sources = new Map<string, string>(
      refused.data.enrollmentTokens.sources.map(
        (source: { readonly platform: string; readonly status: string }) => [
          source.platform,
          source.status,
        ],
      ),
    );
    expect(sources.get(platform)).toBe('UNAVAILABLE');
    expect([...sources.values()].filter((status) => status === 'OK')).toHaveLength(1);
    expect(api.requests().filter((line) => lists.test(line))).toEqual([]);

    await setClockAhead(5_000);
    const { data } = await gateway.ask(list);
    expect(data.enrollmentTokens.sources).toMatchObject([isOk, isOk]);
    expect(await openCircuits()).toEqual([]);
  });
});
