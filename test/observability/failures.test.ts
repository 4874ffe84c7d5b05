import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { type FaultName, type FaultyApi, faults, startFaultyApi } from '../faults/faulty-api.ts';
import { late, upstreamCases, upstreamFaults } from '../faults/upstream-cases.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import type { Loose } from '../support/loose.ts';

const requestId = 'request-that-fails';
const endpoint = '/organizations/{organizationId}/mdm/windows/enterprise/enrollment-tokens';
const list = '{ enrollmentTokens(first: 5) { nodes { id } sources { status } } }';
const broken = { error: 'CONTRACT_BROKEN', level: 40 };
const server = { error: 'UPSTREAM_UNAVAILABLE', reason: 'server', level: 40 };
const lost = { error: 'UPSTREAM_UNAVAILABLE', status: null, code: null, level: 40 };
const timeout = { error: 'UPSTREAM_UNAVAILABLE', status: null, reason: 'timeout', level: 40 };

/** What the line says of each fault. */
const told: Readonly<Record<FaultName, Readonly<Record<string, unknown>>>> = {
  'a reset connection': { ...lost, reason: 'unreachable: ECONNRESET' },
  'a connection closed without an answer': { ...lost, reason: 'unreachable: UND_ERR_SOCKET' },
  'an answer that breaks off': { ...lost, status: null },
  'something that is no HTTP': { ...lost, reason: 'unreachable: HTTPParserError' },
  'no answer at all': timeout,
  'an answer that never ends': timeout,
  'an answer that drips': timeout,
  'a 500': { ...server, status: 500, code: 1000 },
  'a 502 of a proxy': { ...server, status: 502, code: null },
  'a 503': { ...server, status: 503, code: 1000 },
  'a 504': { ...server, status: 504, code: 1000 },
  'a 429 that says when to come back': { error: 'RATE_LIMITED', status: 429, code: 0, level: 40 },
  'a 401': { error: 'UNAUTHENTICATED', status: 401, code: 4002, level: 30 },
  'a 403': { error: 'FORBIDDEN', status: 403, code: 4003, level: 30 },
  'a plan that does not include it': { error: 'PLAN_LIMIT', status: 400, code: 5050, level: 30 },
  'a 404': { error: 'NOT_FOUND', status: 404, code: 3001, level: 30 },
  'a 400': { error: 'INPUT_REJECTED', status: 400, code: 3000, level: 30 },
  'a 418': { error: 'INPUT_REJECTED', status: 418, code: 9999, level: 30 },
  'a redirect': { ...broken, status: 302 },
  'a page of HTML': { ...broken, status: 200, reason: 'no JSON' },
  'an empty body': { ...broken, paths: ['data'] },
  'half a document': { ...broken, status: 200, reason: 'no JSON' },
  'a body of bytes that are no text': { ...broken, status: 200, reason: 'no JSON' },
  'a refusal under 200': { ...server, status: 200, code: 1000 },
  'JSON that is no envelope': { ...broken, paths: ['data.items'] },
  null: { ...broken, paths: ['data'] },
  'a list that is none': { ...broken, paths: ['data.items'] },
  'an answer of 17 MB': { ...broken, status: 200, reason: 'too large or cut off' },
  'an answer that inflates to 40 MB': {
    ...broken,
    reason: 'not decodable within the size bound',
  },
  'an encoding that is a lie': { ...broken, reason: 'not decodable within the size bound' },
};

let sandbox: Sandbox;
let api: FaultyApi;
let gateway: Gateway;

const start = async (environment: Readonly<Record<string, string>> = {}): Promise<void> => {
  api.mend();
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
    for (const line of lines)
      expect(line).toMatchObject({ method: 'GET', endpoint, ...told[name] });
    expect(lines.map(({ cause }) => cause)).toEqual(['page', 'retry', 'retry'].slice(0, attempts));
    expect(JSON.stringify(gateway.logged())).not.toMatch(/PLANTED|words of the API/);
  });

  it('for a call that was not sent', async () => {
    await start({ UPSTREAM_REQUESTS_PER_HOUR: '1', UPSTREAM_BURST: '2' });
    await gateway.ask('{ mdmUsers(first: 1) { totalCount } }');
    await gateway.ask(list, { headers: { 'x-request-id': requestId } });
    expect(failuresOf(requestId)).toMatchObject([
      { level: 30, status: null, error: 'RATE_LIMITED', reason: expect.stringContaining('quota') },
    ]);
  });

  it('for a write, once', async () => {
    await start();
    const { data } = await gateway.ask('{ mdmUsers(first: 1) { nodes { id } } }');
    api.break(/^POST /, faults['a 500']);
    await gateway.ask(
      `mutation { createWindowsEnrollmentToken(input: { userId: "${data.mdmUsers.nodes[0].id}", sendEmail: false }) { userErrors { code } } }`,
      { headers: { 'x-request-id': requestId } },
    );
    expect(failuresOf(requestId)).toMatchObject([{ method: 'POST', cause: 'write', status: 500 }]);
  });

  it('under the id of each request, where one call serves several', async () => {
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
    // Long enough for the others to join; should they not, they call for themselves and are released below.
    await expect.poll(() => api.seen().length).toBeGreaterThanOrEqual(2);
    const releasing = setInterval(() => {
      for (const release of releases.splice(0)) release();
    }, 50);
    await Promise.all(answers);
    clearInterval(releasing);
    for (const id of ['the-first', 'the-equal', 'the-other']) {
      expect(failuresOf(id), id).toMatchObject([{ status: 403, code: 4003 }]);
    }
  });

  it('in ten lines an operation at most, and says that there are more', async () => {
    await start();
    const { data } = await gateway.ask(
      '{ enrollmentTokens(first: 12, filter: { platforms: [WINDOWS] }) { nodes { id } } }',
    );
    api.break(/^GET .*enrollment-tokens\/\w/, faults['a 404']);
    const fields = data.enrollmentTokens.nodes.map(
      ({ id }: { readonly id: string }, index: number) =>
        `t${index}: enrollmentToken(id: "${id}") { id }`,
    );
    await gateway.ask(`{ ${fields.join(' ')} }`, { headers: { 'x-request-id': requestId } });
    expect(failuresOf(requestId)).toHaveLength(10);
    expect(
      linesOf(requestId).filter(({ msg }) => msg.startsWith('more calls of the operation')),
    ).toHaveLength(1);
  });
});
