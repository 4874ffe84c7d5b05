import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpTimes } from '../../src/server/http/server.ts';
import { type ReadyGateway, startReadyGateway } from '../support/gateway/gateway-process.ts';
import { openRaw, type RawAnswer, rawRequest } from '../support/http/raw-http.ts';
import { connectionTest } from './cases/connection-cases.ts';

const { headersTimeout, requestTimeout, connectionsCheckingInterval } = httpTimes;

/** Extra time for a busy machine. */
const slackMs = 5_000;

const probe = rawRequest('GET /health/live', { Host: 'gateway' });
const operation = rawRequest(
  'POST /graphql',
  { Host: 'gateway', 'Content-Type': 'application/json' },
  '{"query":"{ __typename }"}',
);

interface Outcome {
  readonly answer: RawAnswer | undefined;
  readonly afterMs: number;
}

describe('the process, with slow clients', { timeout: 60_000 }, () => {
  let gateway: ReadyGateway;
  // All three run at the same time, to shorten the test.
  let headers: Promise<Outcome>;
  let body: Promise<Outcome>;
  let idle: Promise<RawAnswer[]>;

  /** Sends bytes and resolves when the gateway has closed the connection. */
  const sendPart = async (bytes: Buffer): Promise<Outcome> => {
    const startedMs = performance.now();
    const connection = openRaw(gateway.url, bytes);
    const [answer] = await connection.answers(1);
    await connection.closed;
    return { answer, afterMs: performance.now() - startedMs };
  };

  /** Leaves a connection idle for longer than Node keeps it by default. */
  const waitIdle = async (): Promise<RawAnswer[]> => {
    const connection = openRaw(gateway.url, probe);
    await connection.answers(1);
    await new Promise((resolve) => setTimeout(resolve, 7_000));
    connection.socket.write(probe);
    const answers = await connection.answers(2);
    connection.socket.destroy();
    return answers;
  };

  beforeAll(async () => {
    gateway = await startReadyGateway();
    headers = sendPart(operation.subarray(0, 30));
    body = sendPart(operation.subarray(0, -1));
    idle = waitIdle();
  });
  afterAll(() => gateway.stop());

  it(connectionTest('a kept-alive connection that is idle for a minute'), async () => {
    const answers = await idle;
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    // The header tells the client how long the connection stays open.
    const seconds = Number(/timeout=(\d+)/.exec(answers[0]?.headers['keep-alive'] ?? '')?.[1]);
    expect(seconds).toBeGreaterThan(60);
  });

  it.each([
    [connectionTest('headers that do not arrive in 10 s'), () => headers, headersTimeout],
    [connectionTest('a body that does not arrive in 30 s'), () => body, requestTimeout],
  ] as const)('%s', async (_what, outcome, timeoutMs) => {
    const { answer, afterMs } = await outcome();
    expect(answer).toMatchObject({ status: 408, headers: { connection: 'close' } });
    expect(afterMs).toBeGreaterThan(timeoutMs - 1_000);
    expect(afterMs).toBeLessThan(timeoutMs + connectionsCheckingInterval + slackMs);
  });
});
