import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { TransportEvent } from '../../src/domain/transport-event.ts';
import type { UpstreamRequest } from '../../src/rest/request.ts';
import { startGateway } from '../support/gateway/gateway.ts';
import { scrape } from '../support/gateway/metrics.ts';
import {
  connect,
  failureOf,
  json,
  organizationId,
  startOperation,
  startServer,
} from './harness.ts';

const read: UpstreamRequest = {
  method: 'GET',
  path: '/organizations/{organizationId}/tokens',
  parameters: { organizationId },
};
const write: UpstreamRequest = { ...read, method: 'POST', body: {} };
/** More than the breaker needs to open. */
const calls = Array.from({ length: 24 }, (_, index) => index);

/** Makes many calls to an API that does not answer. */
const hang = async (request: UpstreamRequest, operationMs: number, attemptMs: number) => {
  const events: TransportEvent[] = [];
  const server = await startServer(() => {});
  const transport = connect(server.baseUrl, {
    upstreamTimeoutMs: attemptMs,
    concurrency: 32,
    onEvent: (event) => events.push(event),
  });
  const call = () =>
    transport.exchange(
      startOperation({ deadlineMs: performance.now() + operationMs }),
      request,
      z.string(),
    );
  const failures = await Promise.all(calls.map(() => failureOf(call())));
  const isOpen = events.some((event) => event.kind === 'circuit' && event.isOpen);
  return { failures, isOpen };
};

describe.each([
  ['reads', read],
  ['writes', write],
])('an API that hangs, met by %s', (_what, request) => {
  it('does not open the circuit if the deadlines of the operations ended the calls', async () => {
    const { failures, isOpen } = await hang(request, 100, 2_000);
    for (const failure of failures) expect(failure).toMatchObject({ reason: 'timeout' });
    expect(isOpen).toBe(false);
  });

  it('opens the circuit if the timeouts of the attempts ended the calls', async () => {
    const { failures, isOpen } = await hang(request, 5_000, 100);
    for (const failure of failures) expect(failure).toMatchObject({ reason: 'timeout' });
    expect(isOpen).toBe(true);
  });
});

it("a read that the operation's deadline ends is reported as a timeout, in whatever order signal and timer fire", async () => {
  const ended = new AbortController();
  const server = await startServer(() => {
    ended.abort(new DOMException('The operation took too long.', 'TimeoutError'));
  });
  const told: unknown[] = [];
  const operation = startOperation({
    signal: ended.signal,
    onFailure: ({ reason, isApiFault }) => told.push([reason, isApiFault]),
  });
  const failure = await failureOf(connect(server.baseUrl).exchange(operation, read, z.string()));
  expect(failure).toMatchObject({ reason: 'timeout', mayHaveArrived: true });
  expect(told).toEqual([["timeout: the operation's time was over before the attempt's", false]]);
});

it('a gateway that is overloaded does not open the circuit to an API that is slow', async () => {
  let isSlow = false;
  const slow = await startServer((response, request) => {
    if (!isSlow) json({ status: true, data: { items: [] } })(response, request);
  });
  const gateway = await startGateway(
    { baseUrl: slow.baseUrl, organization: organizationId, apiKey: 'key-of-the-test-1' },
    // Enough slots for the calls of both platforms.
    { REQUEST_TIMEOUT_MS: '2000', UPSTREAM_TIMEOUT_MS: '20000', UPSTREAM_CONCURRENCY: '64' },
  );
  // The API must have accepted the caller: others may make only a few calls at a time.
  expect((await gateway.ask('{ mdmUsers { totalCount } }')).errors).toEqual([]);
  isSlow = true;
  const answers = await Promise.all(
    calls.map((index) => gateway.ask(`{ enrollmentTokens(first: ${index + 1}) { nodes { id } } }`)),
  );
  const metrics = await scrape(gateway.url);
  await gateway.close();
  expect(new Set(answers.map(({ errors }) => errors[0]?.extensions['code']))).toEqual(
    new Set(['UPSTREAM_TIMEOUT']),
  );
  expect(metrics).not.toMatch(/gateway_circuit_open\{[^}]*\} 1/);
});
