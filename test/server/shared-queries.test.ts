import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { createGate, eventually } from '../loaders/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const newest = `query Newest($first: Int) {
  enrollmentTokens(first: $first) { nodes { id } sources { status } }
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
});
