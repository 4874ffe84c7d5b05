import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encodeTypeAndKey } from '../../src/graphql/global-id.ts';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { type Gateway, startGateway } from '../support/gateway/gateway.ts';
import type { Loose } from '../support/loose.ts';
import { repeat } from '../support/repeat.ts';
import { failureLines, failureLineTest } from './cases/failure-line-cases.ts';
import { late, upstreamCases, upstreamFaults } from './cases/upstream-cases.ts';
import { type FaultyApi, faults, startFaultyApi } from './faulty-api.ts';

const requestId = 'request-that-fails';
const endpoint = '/organizations/{organizationId}/mdm/windows/enterprise/enrollment-tokens';
const list = '{ enrollmentTokens(first: 5) { nodes { id } sources { status } } }';
const levels = { info: 30, warn: 40 } as const;

let sandbox: Sandbox;
let api: FaultyApi;
let gateway: Gateway;

const start = async (environment: Readonly<Record<string, string>> = {}): Promise<void> => {
  api.reset();
  gateway = await startGateway(
    { baseUrl: api.baseUrl, organization: sandbox.organizationId, apiKey: sandbox.apiKey },
    environment,
  );
};

const linesOf = (id: string): readonly Loose[] =>
  gateway.logged().filter(({ msg, ...line }) => line.requestId === id && msg !== 'operation');

const failuresOf = (id: string): readonly Loose[] =>
  linesOf(id).filter(({ msg }) => msg === 'a call to the API failed');

beforeAll(async () => {
  sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 30 });
  api = await startFaultyApi((await sandbox.listen()).baseUrl);
});

afterEach(() => gateway.close());

afterAll(async () => {
  await api.close();
  await sandbox.close();
});

describe('the log says why a call failed', () => {
  it.each(upstreamCases)('for $name', async ({ name, attempts }) => {
    await start({ UPSTREAM_TIMEOUT_MS: upstreamFaults[name] === late ? '300' : '5000' });
    api.break(/^GET .*windows.*enrollment-tokens/, faults[name]);
    await gateway.ask(list, { headers: { 'x-request-id': requestId } });
    const lines = failuresOf(requestId);
    expect(lines).toHaveLength(attempts);
    const { level, ...expected } = failureLines[name];
    for (const line of lines) {
      expect(line).toMatchObject({ method: 'GET', endpoint, level: levels[level], ...expected });
    }
    expect(lines.map(({ cause }) => cause)).toEqual(['page', 'retry', 'retry'].slice(0, attempts));
    expect(JSON.stringify(gateway.logged())).not.toMatch(/PLANTED|words of the API/);
  });

  it(failureLineTest('a token, requested by id, whose answer has no id'), async () => {
    await start();
    const { data } = await gateway.ask(
      '{ enrollmentTokens(first: 1, filter: { platforms: [WINDOWS] }) { nodes { id } } }',
    );
    api.break(/^GET .*enrollment-tokens\/\w/, (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"status":true,"data":{"displayName":"PLANTED","enrollCode":"PLANTED"}}');
    });
    await gateway.ask(`{ enrollmentToken(id: "${data.enrollmentTokens.nodes[0].id}") { id } }`, {
      headers: { 'x-request-id': requestId },
    });
    expect(failuresOf(requestId)).toMatchObject([
      { level: 40, status: 200, endpoint: `${endpoint}/{tokenId}`, paths: ['data.id'] },
    ]);
    expect(JSON.stringify(gateway.logged())).not.toContain('PLANTED');
  });

  it(failureLineTest('a call that is not sent because the quota is used up'), async () => {
    await start({ UPSTREAM_REQUESTS_PER_HOUR: '1', UPSTREAM_BURST: '2' });
    await gateway.ask('{ mdmUsers(first: 1) { totalCount } }');
    await gateway.ask(list, { headers: { 'x-request-id': requestId } });
    expect(failuresOf(requestId)).toMatchObject([
      { level: 30, status: null, error: 'RATE_LIMITED', reason: expect.stringContaining('quota') },
    ]);
  });

  it(failureLineTest('a create that fails'), async () => {
    await start();
    const { data } = await gateway.ask('{ mdmUsers(first: 1) { nodes { id } } }');
    api.break(/^POST /, faults['a 500']);
    await gateway.ask(
      `mutation { createWindowsEnrollmentToken(input: { userId: "${data.mdmUsers.nodes[0].id}", sendEmail: false }) { userErrors { code } } }`,
      { headers: { 'x-request-id': requestId } },
    );
    expect(failuresOf(requestId)).toMatchObject([{ method: 'POST', cause: 'write', status: 500 }]);
  });

  it(failureLineTest('one call that several requests wait for'), async () => {
    await start();
    await gateway.ask('{ mdmUsers(first: 1) { totalCount } }');
    const releases: (() => void)[] = [];
    api.break(/^GET .*windows.*enrollment-tokens/, (response, request) => {
      releases.push(() => faults['a 403'](response, request));
    });
    const ask = (query: string, id: string) =>
      gateway.ask(query, { headers: { 'x-request-id': id } });
    const answers = [
      ask(list, 'the-first'),
      ask(list, 'the-equal'),
      ask(list.replace('status', 'platform'), 'the-other'),
    ];
    await expect.poll(() => releases.length).toBe(1);
    // Gives the other requests time to join the call. A request that does not join makes its own call, which is released
    // below.
    await expect.poll(() => api.requests().length).toBeGreaterThanOrEqual(2);
    const releasing = setInterval(() => {
      for (const release of releases.splice(0)) release();
    }, 50);
    await Promise.all(answers);
    clearInterval(releasing);
    for (const id of ['the-first', 'the-equal', 'the-other']) {
      expect(failuresOf(id), id).toMatchObject([{ status: 403, code: 4003 }]);
    }
  });

  it(failureLineTest('twelve failed calls of one operation'), async () => {
    await start();
    // The list shows none of them, so each takes a call, which answers 404.
    const fields = repeat(12, (index) => {
      const sourceId = index.toString(16).padStart(24, 'f');
      const id = encodeTypeAndKey(
        'WindowsEnrollmentToken',
        `${sandbox.organizationId}:${sourceId}`,
      );
      return `t${index}: enrollmentToken(id: "${id}") { id }`;
    });
    await gateway.ask(`{ ${fields.join(' ')} }`, { headers: { 'x-request-id': requestId } });
    expect(failuresOf(requestId)).toHaveLength(10);
    expect(
      linesOf(requestId).filter(({ msg }) => msg.startsWith('more calls of the operation')),
    ).toHaveLength(1);
  });
});
