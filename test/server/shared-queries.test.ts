import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { encodeTypeAndKey } from '../../src/graphql/global-id.ts';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { createGate, eventually } from '../loaders/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { shiftClock } from '../support/shifted-clock.ts';

const newest = `query Newest($first: Int) {
  enrollmentTokens(first: $first) { nodes { id } sources { status } }
}`;

const create = `mutation ($userId: ID!) {
  createWindowsEnrollmentToken(input: { userId: $userId, sendEmail: false }) {
    enrollmentToken { id }
  }
}`;

let sandbox: Sandbox;
let gateway: Gateway;
/** Opened by the test: until then no list is answered. */
let gate: ReturnType<typeof createGate>;

const listRequests = (): number =>
  sandbox.requests().filter(({ operation }) => operation?.endsWith('enrollmentToken.list')).length;

beforeEach(async () => {
  sandbox = createSandbox({ platforms: await loadSandboxes(), oddities: false });
  const { baseUrl } = await sandbox.listen();
  gateway = await startGateway({
    baseUrl,
    organization: sandbox.organizationId,
    apiKey: sandbox.apiKey,
  });
  gate = createGate();
  sandbox.onRequest(async ({ operation }) => {
    if (operation?.endsWith('enrollmentToken.list')) await gate.opened;
  });
});

afterEach(async () => {
  gate.open();
  await gateway.close();
  await sandbox.close();
});

describe('equal queries at the same time', () => {
  it('say which calls they made and which were spared', async () => {
    const headers = { 'x-explain': '1' };
    const questions = [1, 2, 3].map(() => gateway.ask(newest, { headers }));
    await eventually(() => expect(listRequests()).toBe(2));
    gate.open();
    const bills = (await Promise.all(questions)).map(({ extensions }) => extensions.upstream);
    for (const { calls, saved } of bills) expect(calls.length + saved.inFlight).toBe(2);
    expect(bills.flatMap(({ calls }) => calls)).toHaveLength(listRequests());
  });

  it('go on for the others when the first client leaves', async () => {
    const leaving = new AbortController();
    const first = gateway.ask(newest, { signal: leaving.signal });
    const second = gateway.ask(newest);
    first.catch(() => {});
    await eventually(() => expect(listRequests()).toBe(2));
    leaving.abort();
    await expect(first).rejects.toThrow();
    gate.open();
    const { errors, data } = await second;
    expect(errors).toEqual([]);
    expect(data.enrollmentTokens.sources).toEqual([{ status: 'OK' }, { status: 'OK' }]);
  });

  it('fail with the request id of each', async () => {
    sandbox.faults.add({ kind: 'html', match: { operation: '*.enrollmentToken.list' } });
    const ids = ['one', 'two', 'three'];
    const questions = ids.map((id) => gateway.ask(newest, { headers: { 'x-request-id': id } }));
    gate.open();
    const answers = await Promise.all(questions);
    expect(answers.map(({ errors }) => errors[0]?.extensions['requestId'])).toEqual(ids);
    // The reason is in the log of each.
    const failed = gateway.logged().filter(({ endpoint }) => endpoint !== undefined);
    expect(new Set(failed.map(({ requestId }) => requestId))).toEqual(new Set(ids));
  });

  it('are different where they are two operations of one document', async () => {
    const both = `query One { enrollmentTokens(first: 1) { nodes { id } } }
      query Two { enrollmentTokens(first: 2) { nodes { id } } }`;
    const questions = ['One', 'Two'].map((operationName) => gateway.ask(both, { operationName }));
    gate.open();
    const answers = await Promise.all(questions);
    expect(answers.map(({ data }) => data.enrollmentTokens.nodes.length)).toEqual([1, 2]);
  });

  it('are one as long as they run', async () => {
    shiftClock();
    gate.open();
    await gateway.ask(newest);
    await gateway.ask(newest);
    expect(listRequests()).toBe(4);
  });

  it('are not one where a write has ended since the first of them began', async () => {
    shiftClock();
    const { data } = await gateway.ask('{ mdmUsers(first: 1) { nodes { id } } }');
    const first = gateway.ask(newest);
    await eventually(() => expect(listRequests()).toBe(2));
    const variables = { userId: data.mdmUsers.nodes[0].id };
    expect((await gateway.ask(create, { variables })).errors).toEqual([]);
    const second = gateway.ask(newest);
    await eventually(() => expect(listRequests()).toBe(4));
    gate.open();
    expect((await first).errors).toEqual([]);
    expect((await second).errors).toEqual([]);
  });

  it('are not one after 100 ms: no answer shows anything that is older', async () => {
    const clock = shiftClock();
    const lookups = createGate();
    const stop = sandbox.onRequest(async ({ operation }) => {
      if (operation?.includes('mdmUser')) await lookups.opened;
    });
    gate.open();
    const named = '{ enrollmentTokens(first: 1) { nodes { user { name } } } }';
    const questions = [gateway.ask(named)];
    await eventually(() =>
      expect(sandbox.requests().filter(({ path }) => path.includes('/users'))).toHaveLength(1),
    );
    await clock.advance(101);
    questions.push(gateway.ask(named));
    await eventually(() => expect(listRequests()).toBe(4));
    lookups.open();
    for (const { errors } of await Promise.all(questions)) expect(errors).toEqual([]);
    expect(listRequests()).toBe(4);
    stop();
  });

  it('are all made if they are mutations', async () => {
    const { data } = await gateway.ask('{ mdmUsers(first: 1) { nodes { id } } }');
    const variables = { userId: data.mdmUsers.nodes[0].id };
    const written = createGate();
    const stop = sandbox.onRequest(async ({ method }) => {
      if (method === 'POST') await written.opened;
    });
    const questions = [1, 2].map(() => gateway.ask(create, { variables }));
    await eventually(() =>
      expect(sandbox.requests().filter(({ method }) => method === 'POST')).toHaveLength(2),
    );
    written.open();
    const ids = (await Promise.all(questions)).map(
      (answer) => answer.data.createWindowsEnrollmentToken.enrollmentToken.id,
    );
    expect(new Set(ids).size).toBe(2);
    stop();
  });

  it('are different where the variables or the callers differ', async () => {
    const stranger = sandbox.addKey({ permissions: [] });
    const questions = [
      gateway.ask(newest, { variables: { first: 1 } }),
      gateway.ask(newest, { variables: { first: 2 } }),
      gateway.ask(newest, { variables: { first: 1 }, authorization: `Bearer ${stranger}` }),
    ];
    gate.open();
    const [one, two, refused] = await Promise.all(questions);
    expect(one?.data.enrollmentTokens.nodes).toHaveLength(1);
    expect(two?.data.enrollmentTokens.nodes).toHaveLength(2);
    expect(refused?.data?.enrollmentTokens).toBeFalsy();
    expect(refused?.errors[0]?.extensions['code']).toBe('FORBIDDEN');
  });

  it('are different where they are other operations of one document', async () => {
    const document = `query Users { nodes: mdmUsers(first: 1) { totalCount } }
      query Policies { nodes: mdmPolicies(first: 1) { totalCount } }`;
    const [users, policies] = await Promise.all(
      ['Users', 'Policies'].map((operationName) => gateway.ask(document, { operationName })),
    );
    expect(users?.data.nodes.totalCount).toBe(sandbox.organization.users.all().length);
    expect(policies?.data.nodes.totalCount).toBe(
      sandbox.platform('apple').policies.all().length +
        sandbox.platform('windows').policies.all().length,
    );
  });

  it('are different where a write ended between them', async () => {
    const token = sandbox.addToken('windows');
    const id = encodeTypeAndKey('WindowsEnrollmentToken', `${sandbox.organizationId}:${token.id}`);
    const revoke = `mutation { revokeEnrollmentToken(input: { id: "${id}" }) { userErrors { code } } }`;
    // The clock stands still: a busy machine takes longer than a query can be joined.
    const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now());
    onTestFinished(() => clock.mockRestore());
    const before = gateway.ask(newest);
    await eventually(() => expect(listRequests()).toBe(2));
    expect((await gateway.ask(revoke)).errors).toEqual([]);
    const after = gateway.ask(newest);
    await eventually(() => expect(listRequests()).toBe(4)).finally(gate.open);
    expect((await before).errors).toEqual([]);
    const { data } = await after;
    expect(data.enrollmentTokens.nodes.length).toBeGreaterThan(0);
    expect(data.enrollmentTokens.nodes).not.toContainEqual({ id });
  });
});

it('equal mutations at the same time are each carried out', async () => {
  const [user] = sandbox.organization.users.all();
  const userId = encodeTypeAndKey('MdmUser', `${sandbox.organizationId}:${user?.id ?? ''}`);
  const create = `mutation { createWindowsEnrollmentToken(input: { userId: "${userId}", sendEmail: false }) {
    enrollmentToken { id } userErrors { code } } }`;
  let posts = 0;
  const both = createGate();
  sandbox.onRequest(async ({ method }) => {
    if (method !== 'POST') return;
    posts += 1;
    await both.opened;
  });
  const answers = [gateway.ask(create), gateway.ask(create)];
  await eventually(() => expect(posts).toBe(2)).finally(both.open);
  const ids = (await Promise.all(answers)).map(
    ({ data }) => data.createWindowsEnrollmentToken.enrollmentToken.id,
  );
  expect(new Set(ids).size).toBe(2);
});
