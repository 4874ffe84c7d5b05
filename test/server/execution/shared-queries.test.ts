import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeTypeAndKey } from '../../../src/graphql/global-id.ts';
import { loadSandboxes } from '../../../src/platforms/registry.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../../src/sandbox/server.ts';
import { type Gateway, startGateway } from '../../support/gateway/gateway.ts';
import { usedHeap } from '../../support/heap.ts';
import { eventually } from '../../support/time/eventually.ts';
import { createGate } from '../../support/time/manual-clock.ts';
import { shiftClock } from '../../support/time/shifted-clock.ts';

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
let baseUrl: string;
/** The test opens this. Until then no list is answered. */
let gate: ReturnType<typeof createGate>;

const listRequests = (): number =>
  sandbox.requests().filter(({ operation }) => operation?.endsWith('enrollmentToken.list')).length;

beforeEach(async () => {
  sandbox = createSandbox({ platforms: await loadSandboxes(), oddities: false });
  ({ baseUrl } = await sandbox.listen());
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
  it('report the calls that they made and saved', async () => {
    const headers = { 'x-explain': '1' };
    const questions = [1, 2, 3].map(() => gateway.ask(newest, { headers }));
    await eventually(() => expect(listRequests()).toBe(2));
    gate.open();
    const bills = (await Promise.all(questions)).map(({ extensions }) => extensions.upstream);
    for (const { calls, saved } of bills) expect(calls.length + saved.inFlight).toBe(2);
    expect(bills.flatMap(({ calls }) => calls)).toHaveLength(listRequests());
  });

  it('continue for the others when the first client leaves', async () => {
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
    // The log has the reason for each.
    const failed = gateway.logged().filter(({ endpoint }) => endpoint !== undefined);
    expect(new Set(failed.map(({ requestId }) => requestId))).toEqual(new Set(ids));
  });

  it('are different if they are two operations of one document', async () => {
    const both = `query One { enrollmentTokens(first: 1) { nodes { id } } }
      query Two { enrollmentTokens(first: 2) { nodes { id } } }`;
    const questions = ['One', 'Two'].map((operationName) => gateway.ask(both, { operationName }));
    gate.open();
    const answers = await Promise.all(questions);
    expect(answers.map(({ data }) => data.enrollmentTokens.nodes.length)).toEqual([1, 2]);
  });

  it('are executed once while they run', async () => {
    shiftClock();
    gate.open();
    await gateway.ask(newest);
    await gateway.ask(newest);
    expect(listRequests()).toBe(4);
  });

  it('are executed again if a write has ended since the first one began', async () => {
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

  it('are executed again after 100 ms, so that no answer is older than that', async () => {
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

  it('are all executed if they are mutations', async () => {
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

  it('are different if the variables or the callers differ', async () => {
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

  it('are different if they are different operations of one document', async () => {
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

  it('are different if a write ended between them', async () => {
    const token = sandbox.addToken('windows');
    const id = encodeTypeAndKey('WindowsEnrollmentToken', `${sandbox.organizationId}:${token.id}`);
    const revoke = `mutation { revokeEnrollmentToken(input: { id: "${id}" }) { userErrors { code } } }`;
    // The clock is stopped because on a busy machine the time for joining would end too early.
    shiftClock();
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

it('equal mutations at the same time are all executed', async () => {
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

describe('a query that joins another one', () => {
  /** Alone, it plans its lookups or finds them in the cache. If it joins another one, it does neither. */
  const selection = '{ enrollmentTokens(first: 5) { nodes { user { name } } } }';
  const named = `query Named ${selection}`;

  const ask = (query = named, through = gateway): ReturnType<Gateway['ask']> =>
    through.ask(query, { headers: { 'x-explain': '1' } });

  /** Starts a query, and waits until it runs: another query that was sent later has been answered. */
  const begin = async (
    query = named,
    through = gateway,
  ): Promise<{ answer: ReturnType<typeof ask> }> => {
    const answer = ask(query, through);
    for (let time = 0; time < 3; time += 1) await through.ask('{ __typename }');
    return { answer };
  };

  const hasJoined = async (answer: ReturnType<typeof ask>): Promise<boolean> => {
    const { errors, extensions } = await answer;
    expect(errors).toEqual([]);
    const { calls, saved } = extensions.upstream;
    return calls.length === 0 && saved.plan + saved.cache + saved.loader === 0;
  };

  it.each([
    [0, true],
    [99, true],
    [100, false],
  ])('does so %i ms after that has begun: %s', async (laterMs, expected) => {
    const clock = shiftClock();
    const first = await begin();
    await clock.advance(laterMs);
    const second = await begin();
    gate.open();
    expect(await hasJoined(first.answer)).toBe(false);
    expect(await hasJoined(second.answer)).toBe(expected);
  });

  it.each([
    [49, true],
    [51, false],
  ])('has nearly all of its own time: of 5 s, %i ms later, %s', async (laterMs, expected) => {
    const hasted = await startGateway(
      {
        baseUrl,
        organization: sandbox.organizationId,
        apiKey: sandbox.apiKey,
      },
      { REQUEST_TIMEOUT_MS: '5000' },
    );
    const clock = shiftClock();
    const first = await begin(named, hasted);
    await clock.advance(laterMs);
    const second = await begin(named, hasted);
    gate.open();
    expect(await hasJoined(first.answer)).toBe(false);
    expect(await hasJoined(second.answer)).toBe(expected);
    await hasted.close();
  });

  it('joins the newest one, even if an older one has ended meanwhile', async () => {
    const clock = shiftClock();
    const leaving = new AbortController();
    const first = gateway.ask(named, { signal: leaving.signal });
    first.catch(() => {});
    await begin('{ __typename }');
    await clock.advance(100);
    const second = await begin();
    leaving.abort();
    await expect(first).rejects.toThrow();
    await begin('{ __typename }');
    const third = await begin();
    gate.open();
    expect(await hasJoined(second.answer)).toBe(false);
    expect(await hasJoined(third.answer)).toBe(true);
  });

  it('counts the saved calls of the other one as saved', async () => {
    shiftClock();
    const first = await begin(`query Other ${selection}`);
    const second = await begin();
    const third = await begin();
    gate.open();
    expect(await hasJoined(first.answer)).toBe(false);
    expect(await hasJoined(second.answer)).toBe(false);
    expect(await hasJoined(third.answer)).toBe(true);
    const [calls, ...spared] = (await Promise.all([first.answer, second.answer, third.answer])).map(
      ({ extensions: { upstream } }) => [upstream.calls.length, upstream.saved.inFlight],
    );
    expect(calls).toEqual([3, 0]);
    expect(spared).toEqual([
      [0, 3],
      [0, 3],
    ]);
  });
});

it('queries without a credential are answered if none is needed', async () => {
  const { data, errors } = await gateway.ask('{ __typename }', { authorization: null });
  expect(errors).toEqual([]);
  expect(data).toEqual({ __typename: 'Query' });
});

it('queries leave nothing in memory after their answer', async () => {
  const document = 'query ($email: String!) { mdmUser(email: $email) { id } }';
  const askMany = async (from: number): Promise<void> => {
    for (let index = from; index < from + 200; index += 1) {
      await gateway.ask(document, { variables: { email: `${index}`.padStart(30_000, 'x') } });
    }
  };
  await askMany(0);
  const before = usedHeap();
  await askMany(200);
  // Variables and answers would take 20 MB.
  expect(usedHeap() - before).toBeLessThan(10_000_000);
});
