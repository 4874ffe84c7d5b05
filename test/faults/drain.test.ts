import { once } from 'node:events';
import { createServer as createTcpServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { drainTimes } from '../../src/server/life-cycle/drain.ts';
import { createAsk, type Gateway } from '../support/gateway/gateway.ts';
import {
  type ReadyGateway,
  startGatewayProcess,
  startReadyGateway,
} from '../support/gateway/gateway-process.ts';
import { listen } from '../support/http/listen.ts';
import { openRaw, rawRequest } from '../support/http/raw-http.ts';
import { drainTest } from './cases/drain-cases.ts';

const create = `mutation ($userId: ID!) {
  createWindowsEnrollmentToken(input: { userId: $userId, sendEmail: false }) {
    enrollmentToken { id } userErrors { code }
  }
}`;
const list = '{ enrollmentTokens(first: 1) { nodes { id } } }';

/** The exit takes longer on a busy machine. */
const slackMs = 3_000;

const millisecondsOf = async (ended: Promise<unknown>): Promise<number> => {
  const startedMs = performance.now();
  await ended;
  return performance.now() - startedMs;
};

describe('a process that receives SIGTERM or SIGINT', { timeout: 90_000 }, () => {
  let sandbox: Sandbox;
  let baseUrl: string;
  let gateway: ReadyGateway;
  let ask: Gateway['ask'];

  beforeAll(async () => {
    sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 20 });
    ({ baseUrl } = await sandbox.listen());
  });
  afterAll(() => sandbox.close());
  afterEach(() => {
    sandbox.faults.clear();
    gateway.kill('SIGKILL');
  });

  const start = async (environment: Readonly<Record<string, string>> = {}): Promise<void> => {
    gateway = await startReadyGateway({
      APPLIVERY_BASE_URL: baseUrl,
      APPLIVERY_ORGANIZATION_ID: sandbox.organizationId,
      ...environment,
    });
    ask = createAsk(gateway.url, `Bearer ${sandbox.apiKey}`);
    sandbox.clearRequests();
  };
  const someUserId = async (): Promise<string> => {
    const { data } = await ask('{ mdmUsers(first: 1) { nodes { id } } }');
    return data.mdmUsers.nodes[0].id;
  };
  const untilSent = (method: string): Promise<void> =>
    vi.waitFor(
      () => expect(sandbox.requests().map((request) => request.method)).toContain(method),
      { timeout: 10_000 },
    );
  const isAccepted = (): Promise<boolean> => {
    const { socket, connected, closed } = openRaw(gateway.url);
    return Promise.race([connected.then(() => true), closed.then(() => false)]).finally(() =>
      socket.destroy(),
    );
  };

  it(drainTest('more signals after the first'), async () => {
    await start();
    const userId = await someUserId();
    sandbox.faults.add({ kind: 'delay', ms: 1_500, match: { method: 'POST' } });
    const made = ask(create, { variables: { userId } });
    await untilSent('POST');
    for (const signal of ['SIGTERM', 'SIGTERM', 'SIGINT', 'SIGTERM'] as const) {
      gateway.kill(signal);
      // The kernel merges pending signals of one kind. A request in between separates them.
      await fetch(new URL('/health/live', gateway.url));
    }
    expect((await made).data.createWindowsEnrollmentToken).toMatchObject({ userErrors: [] });
    expect(await gateway.ended).toBe(0);
  });

  it(
    drainTest('SIGTERM, and an operation that takes longer than the port stays open'),
    async () => {
      await start();
      sandbox.faults.add({ kind: 'delay', ms: drainTimes.acceptMs + 2_000 });
      const answer = ask(list);
      await untilSent('GET');
      const startedMs = performance.now();
      const ended = gateway.stop();
      let lastAcceptedMs = 0;
      while (await isAccepted()) {
        lastAcceptedMs = performance.now() - startedMs;
        await delay(50);
      }
      expect(lastAcceptedMs).toBeGreaterThan(drainTimes.acceptMs - 1_000);
      expect(lastAcceptedMs).toBeLessThan(drainTimes.acceptMs + slackMs);
      expect((await answer).errors).toEqual([]);
      expect(await ended).toBe(0);
    },
  );

  it.each([
    'SIGINT',
    'SIGTERM',
  ] as const)(`${drainTest('SIGINT, or SIGTERM, while an operation runs')}: %s`, async (signal) => {
    await start();
    const delayMs = drainTimes.acceptMs - 1_000;
    sandbox.faults.add({ kind: 'delay', ms: delayMs, match: { operation: '*.list' } });
    const answer = ask(list);
    await untilSent('GET');
    const startedMs = performance.now();
    gateway.kill(signal);
    const ready = new URL('/health/ready', gateway.url);
    await vi.waitFor(async () => expect((await fetch(ready)).status).toBe(503), { timeout: 3_000 });
    const late = await ask('{ __typename }');
    expect(late.data).toEqual({ __typename: 'Query' });
    expect(late.headers.get('connection')).toBe('close');
    expect((await answer).errors).toEqual([]);
    const answeredMs = performance.now() - startedMs;
    expect(await gateway.ended).toBe(0);
    const endedMs = performance.now() - startedMs;
    expect(endedMs).toBeGreaterThan(delayMs - 1_000);
    expect(endedMs - answeredMs).toBeLessThan(slackMs);
  });

  it(drainTest('an operation that does not end'), async () => {
    await start({ REQUEST_TIMEOUT_MS: '60000', UPSTREAM_TIMEOUT_MS: '60000' });
    sandbox.faults.add({ kind: 'delay', ms: 50_000 });
    ask(list).catch(() => {});
    await untilSent('GET');
    const durationMs = await millisecondsOf(gateway.stop());
    expect(await gateway.ended).toBe(0);
    expect(durationMs).toBeGreaterThan(drainTimes.maxMs - 1_000);
    expect(durationMs).toBeLessThan(drainTimes.maxMs + drainTimes.closeMs + slackMs);
  });

  it(`as a process: ${drainTest('a client that pipelines requests and disconnects')}`, async () => {
    await start();
    sandbox.faults.add({ kind: 'delay', ms: 15_000 });
    const headers = {
      Host: 'gateway',
      'Content-Type': 'application/json',
      Authorization: `Bearer ${sandbox.apiKey}`,
    };
    const request = rawRequest('POST /graphql', headers, JSON.stringify({ query: list }));
    const { socket } = openRaw(gateway.url, Buffer.concat([request, request]));
    await untilSent('GET');
    socket.resetAndDestroy();
    expect(await millisecondsOf(gateway.stop())).toBeLessThan(slackMs);
    expect(await gateway.ended).toBe(0);
  });
});

/** Makes a process send itself SIGTERM as soon as it has a handler for it, before it loads the rest of the gateway. */
const signalAtOnce = `--import=data:text/javascript,${encodeURIComponent(
  "process.on('newListener', (name) => { if (name === 'SIGTERM') process.nextTick(() => process.kill(process.pid, 'SIGTERM')); });",
)}`;

describe('a process that receives SIGTERM while it starts', () => {
  it(drainTest('SIGTERM while the process starts'), async () => {
    const gateway = await startGatewayProcess({}, [signalAtOnce]);
    expect(await gateway.ended).toBe(0);
    expect(gateway.output()).toBe('');
  });

  it(drainTest('SIGTERM while the process waits for Redis at the start'), async () => {
    // Accepts connections and never answers.
    const silent = createTcpServer();
    const port = await listen(silent);
    const asked = once(silent, 'connection');
    const starting = startGatewayProcess({
      REDIS_URL: `redis://127.0.0.1:${port}`,
      SHARED_SECRET: 'a secret of the replicas',
      APPLIVERY_BASE_URL: 'http://127.0.0.1:1/v1',
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
        "import net from 'node:net'; const { connect } = net.Socket.prototype; net.Socket.prototype.connect = function (...given) { setImmediate(() => process.kill(process.pid, 'SIGTERM')); return connect.apply(this, given); };",
      )}`,
    });
    const [socket] = await asked;
    const gateway = await starting;
    expect(await gateway.ended).toBe(0);
    expect(gateway.url).toBeNull();
    socket.destroy();
    silent.close();
  });
});
