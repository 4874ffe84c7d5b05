import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { readExposition, scrape } from '../server/telemetry/exposition.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { breakerTest } from './breaker-cases.ts';
import { type FaultyApi, faults, startFaultyApi } from './faulty-api.ts';

/** More than the breaker needs to judge. */
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
  // A caller whom the API has accepted: the others make few calls at a time.
  const { data } = await gateway.ask(users);
  userId = data.mdmUsers.nodes[0].id;
  api.mend();
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
  (readExposition(await scrape(gateway.url)).get('gateway_circuit_open')?.samples ?? [])
    .filter(({ value }) => value === 1)
    .map(({ labels }) => labels['circuit']);

const isOk = { status: 'OK' };

/** What the log says of failed calls. */
const reasons = (): readonly string[] =>
  gateway
    .logged()
    .filter(({ msg }) => msg === 'a call to the API failed')
    .map(({ level, reason }) => `${level} ${reason}`);

const cutShort = "30 timeout: the operation's time was over before the attempt's";

describe.each(platforms)('an API of %s that hangs', (path, platform, mutation) => {
  const lists = new RegExp(`^GET .*${path}.*enrollment-tokens`);
  /** Each of its own, so that none is spared by another. */
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

  it(breakerTest("24 reads that the operations' own deadline cuts short"), async () => {
    await start('2000', '20000');
    api.break(lists, faults['no answer at all']);
    expect(await readMany()).toEqual(many.map(() => 'UPSTREAM_TIMEOUT'));
    expect(api.seen()).toHaveLength(many.length);
    expect(reasons()).toEqual(many.map(() => cutShort));
    expect(await openCircuits()).toEqual([]);
    api.mend();
    const { data } = await gateway.ask(list);
    expect(data.enrollmentTokens.sources).toMatchObject([isOk, isOk]);
  });

  it(breakerTest("24 creates that the operations' own deadline cuts short"), async () => {
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
    expect(api.seen().filter((line) => line.startsWith('POST'))).toHaveLength(many.length);
    expect(reasons()).toEqual(many.map(() => cutShort));
    expect(await openCircuits()).toEqual([]);
    api.mend();
    const { data } = await gateway.ask(list);
    expect(data.enrollmentTokens.sources).toMatchObject([isOk, isOk]);
  });

  it(breakerTest('24 reads that have all the time of an attempt'), async () => {
    await start('20000', '2000');
    api.break(lists, faults['no answer at all']);
    expect(await readMany()).toEqual(many.map(() => 'UPSTREAM_TIMEOUT'));
    expect(reasons()).toEqual(many.map(() => '40 timeout'));
    expect(await openCircuits()).toHaveLength(1);
    api.mend();
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
    expect(api.seen().filter((line) => lists.test(line))).toEqual([]);

    const now = performance.now.bind(performance);
    const ahead = vi.spyOn(performance, 'now').mockImplementation(() => now() + 5_000);
    onTestFinished(() => ahead.mockRestore());
    const { data } = await gateway.ask(list);
    expect(data.enrollmentTokens.sources).toMatchObject([isOk, isOk]);
    expect(await openCircuits()).toEqual([]);
  });
});
