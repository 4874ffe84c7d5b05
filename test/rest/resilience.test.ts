import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { RateLimitedError, UpstreamUnavailableError } from '../../src/domain/errors.ts';
import type { Operation } from '../../src/domain/operation.ts';
import type { TransportEvent } from '../../src/domain/transport-event.ts';
import { limits } from '../../src/rest/limits.ts';
import type { UpstreamRequest } from '../../src/rest/request.ts';
import { createMemoryQuota } from '../../src/state/memory/quota.ts';
import {
  type Answer,
  connect,
  createTestClock,
  failureOf,
  json,
  organizationId,
  startOperation,
  startServer,
} from './harness.ts';

const list: UpstreamRequest = {
  method: 'GET',
  path: '/organizations/{organizationId}/tokens',
  parameters: { organizationId },
};
const create: UpstreamRequest = { ...list, method: 'POST', body: {} };
const ok = json({ status: true, data: 'fine' });
const broken: Answer = (response) => response.destroy();
const silent: Answer = () => {};

/** Answers each request with the next answer. The last one is repeated. */
const inTurn = (...answers: readonly Answer[]): Answer => {
  let count = 0;
  return (response, request) => {
    const answer = answers[Math.min(count, answers.length - 1)];
    count += 1;
    answer?.(response, request);
  };
};

describe('retries', () => {
  it.each<readonly [string, Answer]>([
    ['a broken connection', broken],
    ['a 500', json({}, 500)],
    ['a 503 that asks for no time', json({}, 503, { 'retry-after': '0' })],
    ['a 429', json({}, 429, { 'retry-after': '0' })],
  ])('make a read succeed after %s, and are reported as retries', async (_what, failure) => {
    const server = await startServer(inTurn(failure, failure, ok));
    const operation = startOperation({ cause: 'page' });
    const data = await connect(server.baseUrl).exchange(operation, list, z.string());
    expect(data).toBe('fine');
    expect(operation.calls.map(({ cause }) => cause)).toEqual(['page', 'retry', 'retry']);
  });

  it('end after the second', async () => {
    const server = await startServer(json({}, 503));
    const failed = connect(server.baseUrl).exchange(startOperation(), list, z.string());
    expect(await failureOf(failed)).toMatchObject({ reason: 'server' });
    expect(server.seen).toHaveLength(3);
  });

  it.each<readonly [string, Answer]>([
    ['a 500', json({}, 500)],
    ['a broken connection', broken],
  ])('are not made for a write that was sent, after %s', async (_what, failure) => {
    const server = await startServer(failure);
    const failed = connect(server.baseUrl).exchange(startOperation(), create, z.string());
    expect(await failureOf(failed)).toMatchObject({ mayHaveArrived: true });
    expect(server.seen).toHaveLength(1);
  });

  it('are made for a write that was answered 429', async () => {
    const server = await startServer(inTurn(json({}, 429, { 'retry-after': '0' }), ok));
    const written = connect(server.baseUrl).exchange(startOperation(), create, z.string());
    await expect(written).resolves.toBe('fine');
    expect(server.seen).toHaveLength(2);
  });

  it('are not made if the API asks for more time than the operation has', async () => {
    const server = await startServer(json({}, 429, { 'retry-after': '11' }));
    const operation = startOperation();
    const failed = connect(server.baseUrl).exchange(operation, list, z.string());
    expect(await failureOf(failed)).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 11_000 });
    expect(server.seen).toHaveLength(1);
  });

  it('wait as long as the API asks, and end if the client leaves meanwhile', async () => {
    const clock = createTestClock();
    const leaving = new AbortController();
    const server = await startServer(json({}, 429, { 'retry-after': '3' }));
    const transport = connect(server.baseUrl, { clock });
    const operation = startOperation({
      signal: leaving.signal,
      deadlineMs: clock.nowMs() + 10_000,
    });
    const failed = failureOf(transport.exchange(operation, list, z.string()));
    await vi.waitFor(() => expect(clock.pending()).toEqual([3_000]), { interval: 2 });
    clock.advance(3_000);
    await vi.waitFor(() => expect(server.seen).toHaveLength(2), { interval: 2 });
    await vi.waitFor(() => expect(clock.pending()).toEqual([3_000]), { interval: 2 });
    leaving.abort();
    expect(await failed).toMatchObject({ reason: 'aborted' });
    expect(server.seen).toHaveLength(2);
    expect(clock.pending()).toEqual([]);
  });

  it('are at most a tenth of the calls, or three a second', async () => {
    const server = await startServer(json({}, 500));
    const transport = connect(server.baseUrl, { concurrency: 60 });
    // Each has a circuit of its own, so that only the budget bounds them.
    const failures = Array.from({ length: 60 }, (_, index) =>
      failureOf(transport.exchange(startOperation(), { ...list, circuit: `${index}` }, z.string())),
    );
    for (const failure of failures) expect(await failure).toMatchObject({ reason: 'server' });
    expect(server.seen).toHaveLength(60 + 30);
  });
});

describe('the circuit breaker', () => {
  it('refuses calls while the API fails, and lets calls through when it works again', async () => {
    const clock = createTestClock();
    const events: TransportEvent[] = [];
    let works = false;
    const server = await startServer((response, request) =>
      (works ? ok : json({}, 500))(response, request),
    );
    const transport = connect(server.baseUrl, { clock, onEvent: (event) => events.push(event) });
    const call = (request = create) =>
      transport.exchange(
        startOperation({ deadlineMs: clock.nowMs() + 9_000 }),
        request,
        z.string(),
      );
    for (let count = 0; count < 20; count++) await failureOf(call());
    expect(server.seen).toHaveLength(20);
    expect(await failureOf(call())).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      reason: 'circuit-open',
      mayHaveArrived: false,
    });
    expect(server.seen).toHaveLength(20);
    await failureOf(call({ ...create, circuit: 'other' }));
    expect(server.seen).toHaveLength(21);
    works = true;
    clock.advance(5_000);
    await expect(call()).resolves.toBe('fine');
    await expect(call(list)).resolves.toBe('fine');
    expect(events.filter(({ kind }) => kind === 'circuit')).toEqual([
      { kind: 'circuit', circuit: 'shared', isOpen: true },
      { kind: 'circuit', circuit: 'shared', isOpen: false },
    ]);
    expect(events).toContainEqual({ kind: 'refusal', circuit: 'shared', by: 'circuit' });
  });

  it('does not change the failure of the call that opened it', async () => {
    const server = await startServer(json({}, 500));
    const transport = connect(server.baseUrl);
    const reasons = new Set<unknown>();
    for (let count = 0; count < 7; count++) {
      const error = await failureOf(transport.exchange(startOperation(), list, z.string()));
      reasons.add(error instanceof UpstreamUnavailableError ? error.reason : error);
    }
    expect(server.seen).toHaveLength(20);
    expect([...reasons]).toEqual(['server']);
  });

  it('is not moved by clients that leave', async () => {
    const server = await startServer(silent);
    const transport = connect(server.baseUrl, { concurrency: 40 });
    const leaving = new AbortController();
    const { signal } = leaving;
    const operation = startOperation({ signal });
    const calls = Array.from({ length: 30 }, () =>
      failureOf(transport.exchange(operation, list, z.string())),
    );
    await vi.waitFor(() => expect(server.seen).toHaveLength(30), { interval: 2 });
    leaving.abort();
    for (const call of calls) expect(await call).toMatchObject({ reason: 'aborted' });
    const late = startOperation({ deadlineMs: performance.now() + 20 });
    expect(await failureOf(transport.exchange(late, list, z.string()))).toMatchObject({
      reason: 'timeout',
    });
  });

  it.each([400, 401, 403, 404, 429])('is not moved by a %s', async (status) => {
    const server = await startServer(json({ status: false, error: { code: 1 } }, status));
    const transport = connect(server.baseUrl, { hashCredential: null });
    const late = () => startOperation({ deadlineMs: performance.now() + 1_000 });
    for (let count = 0; count < 30; count++) {
      await failureOf(transport.exchange(late(), create, z.string()));
    }
    expect(server.seen).toHaveLength(30);
  });
});

describe('the queue', () => {
  it('lets one operation make many calls without a warning of a leak', async () => {
    const warnings: string[] = [];
    const warned = ({ name }: Error) => warnings.push(name);
    process.on('warning', warned);
    onTestFinished(() => {
      process.off('warning', warned);
    });
    const server = await startServer(ok);
    const transport = connect(server.baseUrl, { concurrency: 2 });
    const operation = startOperation();
    await Promise.all(
      Array.from({ length: 30 }, () => transport.exchange(operation, list, z.string())),
    );
    expect(warnings).toEqual([]);
  });

  it('never makes more calls at once than allowed, and serves those that wait', async () => {
    const held: (() => void)[] = [];
    let isHolding = true;
    const server = await startServer((response, request) => {
      if (isHolding) held.push(() => ok(response, request));
      else ok(response, request);
    });
    const transport = connect(server.baseUrl, { concurrency: 4 });
    const operation = startOperation();
    const calls = Array.from({ length: 40 }, () => transport.exchange(operation, list, z.string()));
    await vi.waitFor(() => expect(held).toHaveLength(3), { interval: 2 });
    expect(transport.load()).toEqual({ running: 3, waiting: 37 });
    isHolding = false;
    for (const answer of held) answer();
    expect(await Promise.all(calls)).toEqual(new Array(40).fill('fine'));
    expect(transport.load()).toEqual({ running: 0, waiting: 0 });
    expect(server.seen).toHaveLength(40);
  });

  it('serves a platform while two others hang, whose further calls are refused', async () => {
    const server = await startServer((response, request) =>
      (request.url?.includes('hangs') ? silent : ok)(response, request),
    );
    const transport = connect(server.baseUrl, { concurrency: 8 });
    const leaving = new AbortController();
    const hang = (circuit: string) =>
      Array.from({ length: 50 }, () =>
        failureOf(
          transport.exchange(
            startOperation({ signal: leaving.signal }),
            { ...list, query: { hangs: '1' }, circuit },
            z.string(),
          ),
        ),
      );
    const hanging = [...hang('one'), ...hang('two')];
    await vi.waitFor(() => expect(transport.load()).toEqual({ running: 7, waiting: 0 }), {
      interval: 2,
      timeout: 20_000,
    });
    for (let call = 0; call < 10; call += 1) {
      const answer = transport.exchange(
        startOperation(),
        { ...list, circuit: 'three' },
        z.string(),
      );
      await expect(answer).resolves.toBe('fine');
    }
    leaving.abort();
    const refused = (await Promise.all(hanging)).filter(
      (failure) => failure instanceof RateLimitedError,
    );
    expect(refused).toHaveLength(93);
    expect(transport.load()).toEqual({ running: 0, waiting: 0 });
  });

  it('refuses a new operation that waits too long; calls that wait take nothing from the quota', async () => {
    const clock = createTestClock();
    const server = await startServer(silent);
    const events: TransportEvent[] = [];
    const quota = createMemoryQuota({ requestsPerHour: 60, burst: 10, clock });
    const transport = connect(server.baseUrl, {
      clock,
      concurrency: 1,
      quota,
      hashCredential: null,
      onEvent: (event) => events.push(event),
    });
    const leaving = new AbortController();
    const deadlineMs = clock.nowMs() + 2_500;
    const call = (operation = startOperation({ signal: leaving.signal, deadlineMs })) =>
      failureOf(transport.exchange(operation, list, z.string()));
    const admitted = startOperation({ signal: leaving.signal, deadlineMs });
    const running = call(admitted);
    await vi.waitFor(() => expect(transport.load().running).toBe(1), { interval: 2 });
    const [further, refused] = [call(admitted), call()];
    await vi.waitFor(() => expect(transport.load().waiting).toBe(2), { interval: 2 });
    expect(quota.left(organizationId)).toBe(9);
    clock.advance(limits.longestWaitMs);
    expect(await refused).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 1_000 });
    expect(events.at(-1)).toEqual({ kind: 'refusal', circuit: 'shared', by: 'queue' });
    expect(quota.left(organizationId)).toBe(9);
    // An operation that was admitted goes on.
    expect(transport.load()).toEqual({ running: 1, waiting: 1 });
    leaving.abort();
    for (const end of [running, further]) expect(await end).toMatchObject({ reason: 'aborted' });
    expect(transport.load()).toEqual({ running: 0, waiting: 0 });
  });

  it('refuses calls at once if it is full', async () => {
    const server = await startServer(silent);
    const transport = connect(server.baseUrl, { concurrency: 1 });
    const leaving = new AbortController();
    const operation = startOperation({ signal: leaving.signal });
    const calls = Array.from({ length: 513 }, () =>
      failureOf(transport.exchange(operation, list, z.string())),
    );
    await vi.waitFor(() => expect(transport.load()).toEqual({ running: 1, waiting: 512 }), {
      interval: 2,
      timeout: 20_000,
    });
    const further = transport.exchange(operation, list, z.string());
    expect(await failureOf(further)).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 1_000 });
    leaving.abort();
    for (const call of calls) expect(await call).toMatchObject({ reason: 'aborted' });
    expect(transport.load()).toEqual({ running: 0, waiting: 0 });
  });
});

describe('the quota', () => {
  const start = async (answer: Answer, burst: number) => {
    const clock = createTestClock();
    const server = await startServer(answer);
    const quota = createMemoryQuota({ requestsPerHour: 3_600, burst, clock });
    const transport = connect(server.baseUrl, { clock, quota });
    const call = (request = list, changes: Partial<Operation> = {}) =>
      transport.exchange(
        startOperation({ deadlineMs: clock.nowMs() + 2_500, ...changes }),
        request,
        z.string(),
      );
    return { clock, server, call };
  };

  it('delays a call until the quota allows it, and refuses further ones with a time to wait', async () => {
    const { clock, server, call } = await start(ok, 1);
    await call();
    const second = call();
    await vi.waitFor(() => expect(clock.pending()).toEqual([1_000]), { interval: 2 });
    expect(await failureOf(call())).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 2_000 });
    expect(server.seen).toHaveLength(1);
    clock.advance(1_000);
    await expect(second).resolves.toBe('fine');
  });

  it('keeps its last part for calls that are no scans', async () => {
    const { clock, server, call } = await start(ok, 10);
    for (let count = 0; count < 8; count++) await call(list, { cause: 'seek' });
    const scan = call(list, { cause: 'seek' });
    await vi.waitFor(() => expect(clock.pending()).toEqual([1_000]), { interval: 2 });
    await expect(call(list, { cause: 'page' })).resolves.toBe('fine');
    expect(server.seen).toHaveLength(9);
    clock.advance(1_000);
    await expect(scan).resolves.toBe('fine');
  });

  it('is given back by calls that were not sent', async () => {
    const clock = createTestClock();
    const server = await startServer(silent);
    const quota = createMemoryQuota({ requestsPerHour: 3_600, burst: 10, clock });
    const transport = connect(server.baseUrl, { clock, quota, hashCredential: null });
    const leaving = new AbortController();
    const calls = Array.from({ length: 5 }, () =>
      failureOf(
        transport.exchange(
          startOperation({ signal: leaving.signal, deadlineMs: clock.nowMs() + 2_500 }),
          list,
          z.string(),
        ),
      ),
    );
    await vi.waitFor(() => expect(transport.load()).toEqual({ running: 3, waiting: 2 }), {
      interval: 2,
      timeout: 20_000,
    });
    leaving.abort();
    for (const call of calls) expect(await call).toMatchObject({ reason: 'aborted' });
    expect(quota.left('698efa6ed851667d9c0aec80')).toBe(7);
  });

  it('is not spent on clients that have left', async () => {
    const { server, call } = await start(ok, 1);
    const gone = call(list, { signal: AbortSignal.abort() });
    expect(await failureOf(gone)).toMatchObject({ reason: 'aborted' });
    await expect(call()).resolves.toBe('fine');
    expect(server.seen).toHaveLength(1);
  });

  it('is emptied by a 429 to a caller whom the API accepted before', async () => {
    let isLimited = false;
    const limited = json({}, 429, { 'retry-after': '60' });
    const { server, call } = await start(
      (response, request) => (isLimited ? limited : ok)(response, request),
      10,
    );
    await call();
    isLimited = true;
    expect(await failureOf(call())).toMatchObject({ retryAfterMs: 60_000 });
    expect(await failureOf(call())).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 61_000 });
    expect(server.seen).toHaveLength(2);
    const other = { ...list, parameters: { organizationId: 'another' } };
    expect(await failureOf(call(other))).toMatchObject({ retryAfterMs: 60_000 });
    expect(server.seen).toHaveLength(3);
  });
});
