import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { UnauthenticatedError } from '../../../src/domain/errors.ts';
import { type Operation, toCredential } from '../../../src/domain/operation.ts';
import type { TransportEvent } from '../../../src/domain/transport-event.ts';
import { createMemoryQuota } from '../../../src/state/memory/quota.ts';
import { eventually } from '../../support/time/eventually.ts';
import { createGate } from '../../support/time/manual-clock.ts';
import {
  type Answer,
  connect,
  createTestClock,
  failureOf,
  json,
  organizationId,
  raw,
  refusal,
  startOperation,
  startServer,
} from '../harness.ts';

const list = {
  method: 'GET',
  path: '/organizations/{organizationId}/mdm/users',
  parameters: { organizationId },
} as const;

const ok = json({ status: true, data: 'fine' });
const known = 'Bearer known';
const bogus = 'Bearer bogus';

/** An API whose answer depends on the credential. The quota refills by one request a second. */
const start = async (answers: Readonly<Record<string, Answer>>, burst = 10) => {
  const clock = createTestClock();
  const server = await startServer((response, request) =>
    (answers[request.headers.authorization ?? ''] ?? refusal(401, 4002))(response, request),
  );
  const quota = createMemoryQuota({ requestsPerHour: 3_600, burst, clock });
  const events: TransportEvent[] = [];
  const transport = connect(server.baseUrl, {
    clock,
    quota,
    quotaBurst: burst,
    concurrency: 100,
    onEvent: (event) => events.push(event),
  });
  const operationOf = (credential: string, changes: Partial<Operation> = {}) =>
    startOperation({
      credential: toCredential(credential),
      deadlineMs: clock.nowMs() + 2_500,
      ...changes,
    });
  const call = (credential: string, operation = operationOf(credential)) =>
    transport.exchange(operation, list, z.string());
  return { clock, server, quota, transport, events, operationOf, call };
};

describe('a credential that the API refuses', () => {
  it('is refused for some seconds without a call, then sent again', async () => {
    const { clock, server, call } = await start({});
    expect(await failureOf(call(bogus))).toBeInstanceOf(UnauthenticatedError);
    expect(await failureOf(call(bogus))).toBeInstanceOf(UnauthenticatedError);
    clock.advance(4_900);
    await failureOf(call(bogus));
    expect(server.seen).toHaveLength(1);
    clock.advance(200);
    expect(await failureOf(call(bogus))).toBeInstanceOf(UnauthenticatedError);
    expect(server.seen).toHaveLength(2);
  });

  it('is sent each time if the API accepted it before', async () => {
    const answers: Record<string, Answer> = { [known]: ok };
    const { server, call } = await start(answers);
    await call(known);
    answers[known] = refusal(401, 4002);
    await failureOf(call(known));
    await failureOf(call(known));
    expect(server.seen).toHaveLength(3);
    answers[known] = ok;
    await expect(call(known)).resolves.toBe('fine');
  });

  it.each([
    ['a 403', refusal(403, 4003)],
    ['a 404', refusal(404, 3001)],
    ['a refused input', refusal(400, 3000)],
    ['a plan that is too small', refusal(400, 5050)],
  ])('counts as accepted after %s', async (_name, answer) => {
    const answers: Record<string, Answer> = { [known]: answer };
    const { server, transport, call } = await start(answers);
    await failureOf(call(known));
    expect(transport.isAccepted(toCredential(known))).toBe(true);
    answers[known] = refusal(401, 4002);
    await failureOf(call(known));
    await failureOf(call(known));
    expect(server.seen).toHaveLength(3);
  });

  it.each([
    ['a 429', refusal(429, 1)],
    ['a 500', refusal(500, 1000)],
    ['a page of HTML', raw('<html>')],
  ])('counts as neither after %s', async (_name, answer) => {
    const { clock, transport, operationOf } = await start({ [known]: answer });
    const operation = operationOf(known, { deadlineMs: clock.nowMs() + 1_000 });
    // A write is not repeated.
    const write = { ...list, method: 'POST' } as const;
    await failureOf(transport.exchange(operation, write, z.string()));
    expect(transport.isAccepted(toCredential(known))).toBe(false);
  });

  it("uses no request of the organization's quota", async () => {
    const { quota, call } = await start({ [known]: ok });
    await call(known);
    for (let count = 0; count < 200; count++) await failureOf(call(`Bearer bogus-${count}`));
    expect(quota.left(organizationId)).toBe(9);
    await expect(call(known)).resolves.toBe('fine');
  });

  it('uses no request of the quota if its clients leave before the answer', async () => {
    const { server, quota, operationOf, call } = await start(
      { [known]: ok, [bogus]: () => {} },
      20,
    );
    await call(known);
    const leaving = new AbortController();
    const calls = Array.from({ length: 4 }, () =>
      failureOf(call(bogus, operationOf(bogus, { signal: leaving.signal }))),
    );
    await eventually(() => expect(server.seen).toHaveLength(5));
    leaving.abort();
    for (const one of calls) expect(await one).toMatchObject({ reason: 'aborted' });
    expect(quota.left(organizationId)).toBe(19);
  });

  it('does not empty the quota by a 429', async () => {
    const limited = json({}, 429, { 'retry-after': '3600' });
    const { quota, call } = await start({ [known]: ok, [bogus]: limited });
    await call(known);
    expect(await failureOf(call(bogus))).toMatchObject({ code: 'RATE_LIMITED' });
    expect(quota.left(organizationId)).toBe(9);
    await expect(call(known)).resolves.toBe('fine');
  });

  it("is not remembered if it is the gateway's own key", async () => {
    const server = await startServer(refusal(401, 4002));
    const transport = connect(server.baseUrl, { hashCredential: null });
    const call = () => transport.exchange(startOperation(), list, z.string());
    await failureOf(call());
    await failureOf(call());
    expect(server.seen).toHaveLength(2);
  });
});

describe('an operation whose credential is refused', () => {
  it('makes no further call, even if the credential was accepted before', async () => {
    const answers: Record<string, Answer> = { [known]: ok };
    const { server, operationOf, call } = await start(answers);
    await call(known);
    answers[known] = refusal(401, 4002);
    const operation = operationOf(known);
    await failureOf(call(known, operation));
    expect(await failureOf(call(known, operation))).toBeInstanceOf(UnauthenticatedError);
    expect(server.seen).toHaveLength(2);
  });
});

describe('callers whose credential is not accepted yet', () => {
  it('use at most a quarter of the burst at a time, while accepted callers are served', async () => {
    const { opened: answered, open: answer } = createGate();
    const slow: Answer = (response, request) =>
      void answered.then(() => refusal(401, 4002)(response, request));
    const credentials = Array.from({ length: 30 }, (_, index) => `Bearer bogus-${index}`);
    const { server, call, events } = await start(
      { [known]: ok, ...Object.fromEntries(credentials.map((name) => [name, slow])) },
      20,
    );
    await call(known);
    const unaccepted = credentials.map((credential) => failureOf(call(credential)));
    await eventually(() => expect(server.seen).toHaveLength(6));
    await expect(call(known)).resolves.toBe('fine');
    answer();
    for (const call of unaccepted) expect(await call).toBeInstanceOf(UnauthenticatedError);
    expect(server.seen).toHaveLength(32);
    const named = events.filter(({ kind }) => kind === 'quota');
    expect(named).toHaveLength(2);
  });

  it('make four calls at a time with one credential, so that one that hangs does not stop the others', async () => {
    const { server, operationOf, call } = await start({ [bogus]: () => {}, [known]: ok }, 1_000);
    const leaving = new AbortController();
    const calls = Array.from({ length: 30 }, () =>
      failureOf(call(bogus, operationOf(bogus, { signal: leaving.signal }))),
    );
    await eventually(() => expect(server.seen).toHaveLength(4));
    await expect(call(known)).resolves.toBe('fine');
    leaving.abort();
    for (const one of calls) expect(await one).toMatchObject({ reason: 'aborted' });
    expect(server.seen).toHaveLength(5);
  });

  it('wait no longer once the first of their calls was accepted', async () => {
    const { opened: answered, open: answer } = createGate();
    let running = 0;
    let most = 0;
    const slow: Answer = (response, request) => {
      running += 1;
      most = Math.max(most, running);
      void answered.then(() => {
        running -= 1;
        ok(response, request);
      });
    };
    const { server, call } = await start({ [known]: slow }, 4);
    const calls = Array.from({ length: 4 }, () => call(known));
    await eventually(() => expect(server.seen).toHaveLength(1));
    answer();
    for (const one of calls) await expect(one).resolves.toBe('fine');
    expect(most).toBeLessThanOrEqual(4);
  });

  it('are refused if too many wait, and release their permits when their clients leave', async () => {
    const leaving = new AbortController();
    const silent: Answer = () => {};
    const { server, operationOf, call } = await start({ [bogus]: silent, [known]: ok }, 2);
    const operation = () => operationOf(bogus, { signal: leaving.signal });
    const waiting = Array.from({ length: 204 }, () => failureOf(call(bogus, operation())));
    await eventually(() => expect(server.seen).toHaveLength(1));
    expect(await failureOf(call(bogus, operation()))).toMatchObject({ code: 'RATE_LIMITED' });
    leaving.abort();
    for (const one of waiting) expect(await one).toMatchObject({ reason: 'aborted' });
    await expect(call(known)).resolves.toBe('fine');
  });
});
