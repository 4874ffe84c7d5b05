import { Agent, request as send } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { drainTimes } from '../../src/server/life-cycle/drain.ts';
import { drainTest } from '../faults/cases/drain-cases.ts';
import { ampleQuota } from '../support/gateway/ample-quota.ts';
import { createAsk } from '../support/gateway/gateway.ts';
import { type ReadyGateway, startReadyGateway } from '../support/gateway/gateway-process.ts';
import type { Loose } from '../support/loose.ts';
import { type ConnectionBalancer, startConnectionBalancer } from './connection-balancer.ts';

const create = `mutation ($userId: ID!, $name: String!) {
  createWindowsEnrollmentToken(input: { userId: $userId, displayName: $name, sendEmail: false }) {
    enrollmentToken { displayName } userErrors { code message }
  }
}`;
const list = '{ enrollmentTokens(first: 3) { nodes { id } } }';

/** A client of Node's own `http` with one kept-alive connection. It does not repeat a request if the connection is closed. */
const createClient = (url: string, authorization: string) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let connections = 0;
  const ask = async (query: string, variables: object = {}): Promise<Loose> => {
    const request = send(url, {
      method: 'POST',
      agent,
      headers: { authorization, 'content-type': 'application/json' },
    });
    request.end(JSON.stringify({ query, variables }));
    request.once('socket', () => {
      if (!request.reusedSocket) connections += 1;
    });
    const response = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
      request.once('response', resolve).once('error', reject);
    });
    return json(response);
  };
  return { ask, connections: () => connections, close: () => agent.destroy() };
};

describe('two replicas behind a balancer for connections', { timeout: 120_000 }, () => {
  let sandbox: Sandbox;
  let balancer: ConnectionBalancer;
  let baseUrl: string;
  const replicas: ReadyGateway[] = [];

  const startReplica = async (): Promise<ReadyGateway> => {
    const replica = await startReadyGateway({
      APPLIVERY_BASE_URL: baseUrl,
      APPLIVERY_ORGANIZATION_ID: sandbox.organizationId,
      LOG_LEVEL: 'warn',
      ...ampleQuota,
    });
    balancer.add(replica.url);
    replicas.push(replica);
    return replica;
  };

  beforeAll(async () => {
    sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 50 });
    ({ baseUrl } = await sandbox.listen());
    balancer = await startConnectionBalancer();
    await Promise.all([startReplica(), startReplica()]);
  }, 120_000);
  afterAll(async () => {
    balancer.close();
    await Promise.all(replicas.map((replica) => replica.stop()));
    await sandbox.close();
  });

  it(drainTest('a rolling restart under steady traffic over kept-alive connections'), async () => {
    const authorization = `Bearer ${sandbox.apiKey}`;
    const { data } = await createAsk(
      balancer.url,
      authorization,
    )('{ mdmUsers(first: 1) { nodes { id } } }');
    const userId: string = data.mdmUsers.nodes[0].id;
    sandbox.faults.add({ kind: 'delay', ms: 40 });

    let isOver = false;
    const failures: unknown[] = [];
    const names: string[] = [];
    let reads = 0;
    const clients = [1, 2, 3, 4].map(() => createClient(balancer.url, authorization));
    const makeTokens = async ({ ask }: (typeof clients)[number]): Promise<void> => {
      while (!isOver) {
        const name = `Made in round ${names.length}`;
        names.push(name);
        const made = await ask(create, { userId, name }).catch(String);
        const token = made.data?.createWindowsEnrollmentToken?.enrollmentToken;
        if (token?.displayName !== name) failures.push(made);
        await delay(20);
      }
    };
    const readTokens = async ({ ask }: (typeof clients)[number]): Promise<void> => {
      while (!isOver) {
        const answer = await ask(list).catch(String);
        if (answer.data?.enrollmentTokens?.nodes?.length !== 3) failures.push(answer);
        reads += 1;
        await delay(20);
      }
    };
    const traffic = clients.map((client, index) =>
      index === 0 ? makeTokens(client) : readTokens(client),
    );

    await expect.poll(() => reads, { timeout: 20_000 }).toBeGreaterThan(20);
    const durations: number[] = [];
    const codes: (number | null)[] = [];
    for (const old of [...replicas]) {
      await startReplica();
      const startedMs = performance.now();
      codes.push(await old.stop());
      durations.push(performance.now() - startedMs);
    }
    const before = reads;
    await expect.poll(() => reads, { timeout: 20_000 }).toBeGreaterThan(before + 20);
    isOver = true;
    await Promise.all(traffic);
    for (const client of clients) client.close();

    expect(failures).toEqual([]);
    expect(codes).toEqual([0, 0]);
    expect(Math.max(...durations)).toBeLessThan(drainTimes.acceptMs + 3_000);
    const sent = sandbox.requests().filter(({ method }) => method === 'POST');
    expect(sent).toHaveLength(names.length);
    // Each client reconnects when its replica ends. Fewer connections would mean that none led to an old replica.
    expect(clients.reduce((sum, { connections }) => sum + connections(), 0)).toBeGreaterThanOrEqual(
      clients.length + 2,
    );
  });
});
