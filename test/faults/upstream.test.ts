import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { codesOf } from '../support/gateway/error-codes.ts';
import { type Gateway, startGateway } from '../support/gateway/gateway.ts';
import { late, upstreamCases, upstreamFaults } from './cases/upstream-cases.ts';
import { type FaultName, type FaultyApi, faults, startFaultyApi } from './faulty-api.ts';

const list =
  '{ enrollmentTokens(first: 5) { nodes { platform } sources { platform status error { code } } } }';

let sandbox: Sandbox;
let api: FaultyApi;
let gateway: Gateway;
let userId: string;
let faultName: FaultName;

const start = async (name: FaultName): Promise<void> => {
  api.reset();
  faultName = name;
  gateway = await startGateway(
    { baseUrl: api.baseUrl, organization: sandbox.organizationId, apiKey: sandbox.apiKey },
    // Long for faults that answer at once, so that a slow machine does not cause a timeout.
    { UPSTREAM_TIMEOUT_MS: upstreamFaults[name] === late ? '300' : '5000' },
  );
  // The API must have accepted the caller: a failure for a caller that it has not accepted counts less.
  await gateway.ask('{ mdmUsers(first: 1) { totalCount } }');
  api.reset();
};

beforeAll(async () => {
  sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 30 });
  api = await startFaultyApi((await sandbox.listen()).baseUrl);
  await start('a 500');
  const { data } = await gateway.ask('{ mdmUsers(first: 1) { nodes { id } } }');
  userId = data.mdmUsers.nodes[0].id;
  await gateway.close();
});

afterAll(async () => {
  await api.close();
  await sandbox.close();
});

/** After each fault the gateway is alive, and reads work as soon as the API answers and allows them. */
afterEach(async () => {
  api.reset();
  const live = await fetch(new URL('/health/live', gateway.url));
  expect(live.status).toBe(200);
  const { errors } = await gateway.ask('{ enrollmentTokens(first: 1) { totalCount } }');
  expect(codesOf({ errors })).toEqual(
    faultName === 'a 429 with Retry-After' ? ['RATE_LIMITED'] : [],
  );
  await gateway.close();
});

const verbs = (): string =>
  api
    .requests()
    .map((line) => line.split(' ')[0])
    .join(' ');

describe('if all lists get', () => {
  it.each(upstreamCases)('$name, the field has one error: $code', async ({
    name,
    code,
    attempts,
  }) => {
    await start(name);
    api.break(/^GET .*enrollment-tokens/, faults[name]);
    const answer = await gateway.ask(list);
    expect(answer.data?.enrollmentTokens).toBeUndefined();
    expect(codesOf(answer)).toEqual([code]);
    expect(JSON.stringify(answer)).not.toContain('PLANTED');
    expect(answer.status).toBe(code === 'UNAUTHENTICATED' ? 401 : 200);
    // If both platforms fail, the error of one can be reported before the other has ended.
    expect(api.requests().length).toBeLessThanOrEqual(2 * attempts);
    expect(api.requests().length).toBeGreaterThanOrEqual(attempts);
  });
});

describe('if the list of one platform gets', () => {
  it.each(upstreamCases)('$name, the other one is still shown', async ({
    name,
    source,
    code,
    attempts,
  }) => {
    await start(name);
    api.break(/^GET .*windows.*enrollment-tokens/, faults[name]);
    const answer = await gateway.ask(list);
    expect(JSON.stringify(answer)).not.toContain('PLANTED');
    if (source === null) {
      expect(answer.data).toBeNull();
      expect(codesOf(answer)).toEqual([code]);
      return;
    }
    expect(answer.errors).toEqual([]);
    const { nodes, sources } = answer.data.enrollmentTokens;
    expect(nodes.map(({ platform }: { readonly platform: string }) => platform)).toEqual(
      Array(5).fill('APPLE'),
    );
    const [status, error] = source.split(' ');
    expect(sources).toEqual([
      { platform: 'APPLE', status: 'OK', error: null },
      { platform: 'WINDOWS', status, error: { code: error } },
    ]);
    expect(api.requests()).toHaveLength(1 + attempts);
  });
});

describe('if a create gets', () => {
  it.each(upstreamCases)('$name, its error is $create, and it is sent once', async ({
    name,
    create,
    sends,
  }) => {
    await start(name);
    api.break(/^POST /, faults[name]);
    const { data, errors } = await gateway.ask(
      `mutation { createWindowsEnrollmentToken(input: { userId: "${userId}", sendEmail: false }) { enrollmentToken { id } userErrors { code message } } }`,
    );
    expect(JSON.stringify([data, errors])).not.toContain('PLANTED');
    const payload = data?.createWindowsEnrollmentToken;
    const codes = payload?.userErrors.map(({ code }: { readonly code: string }) => code) ?? [];
    expect([...codes, ...codesOf({ errors })]).toEqual([create]);
    expect(payload?.enrollmentToken ?? null).toBeNull();
    expect(verbs()).toBe(sends);
  });
});
