import { describe, expect, it } from 'vitest';
import { toError } from '../../src/applivery/failures.ts';
import {
  createAbortError,
  createCircuitOpenError,
  createContractBrokenError,
  createTimeoutError,
  createUnreachableError,
} from '../../src/rest/exchange-errors.ts';
import type { UpstreamRequest } from '../../src/rest/request.ts';
import { createRetryBudget, retryDelayMs } from '../../src/rest/retry.ts';
import { createTestClock } from './harness.ts';

const read: UpstreamRequest = { method: 'GET', path: '/list', parameters: {} };
const write: UpstreamRequest = { ...read, method: 'POST' };

const refused = (status: number, request: UpstreamRequest, retryAfterMs: number | null = null) =>
  toError({ status, code: null, isEnvelope: true, retryAfterMs }, request);

describe('a failed attempt', () => {
  it.each([
    ['a 500', refused(500, read), read, true],
    ['a 502', refused(502, read), read, true],
    ['a 503', refused(503, read), read, true],
    ['a 504', refused(504, read), read, true],
    ['a 501', refused(501, read), read, false],
    ['a 429', refused(429, read), read, true],
    ['a 400', refused(400, read), read, false],
    ['a 401', refused(401, read), read, false],
    ['a 404', refused(404, read), read, false],
    ['a refused connection', createUnreachableError(read, false, 'ECONNREFUSED'), read, true],
    ['a broken connection', createUnreachableError(read, true, 'ECONNRESET'), read, true],
    ['a timeout', createTimeoutError(read, true, false), read, false],
    ['a client that left', createAbortError(read, true, AbortSignal.abort()), read, false],
    ['an open circuit', createCircuitOpenError(), read, false],
    ['an answer that is not understood', createContractBrokenError(read, null), read, false],
    ['a bug', new TypeError('bug'), read, false],
    ['a 500 of a write', refused(500, write), write, false],
    ['a 503 of a write', refused(503, write), write, false],
    ['a 429 of a write', refused(429, write), write, true],
    [
      'a write that did not leave',
      createUnreachableError(write, false, 'ECONNREFUSED'),
      write,
      true,
    ],
    [
      'a write that may have arrived',
      createUnreachableError(write, true, 'ECONNRESET'),
      write,
      false,
    ],
    ['a write without an answer in time', createTimeoutError(write, true, false), write, false],
  ])('for %s is repeated or not, as the table says', (_why, error, request, isRepeated) => {
    expect(retryDelayMs(error, request, 0, 0.5) !== null).toBe(isRepeated);
  });

  it('is repeated twice at most', () => {
    expect(retryDelayMs(refused(500, read), read, 1, 0)).toBe(0);
    expect(retryDelayMs(refused(500, read), read, 2, 0)).toBeNull();
  });

  it('waits a random share of a time that doubles with each retry', () => {
    const error = refused(500, read);
    expect(retryDelayMs(error, read, 0, 0)).toBe(0);
    expect(retryDelayMs(error, read, 0, 0.5)).toBe(50);
    expect(retryDelayMs(error, read, 1, 0.5)).toBe(100);
  });

  it('waits at least as long as the API asks', () => {
    expect(retryDelayMs(refused(429, read, 7_000), read, 0, 0.5)).toBe(7_050);
    expect(retryDelayMs(refused(503, read, 7_000), read, 0, 0.5)).toBe(7_050);
    expect(retryDelayMs(refused(429, read), read, 0, 0)).toBe(2_000);
  });
});

describe('the retry budget', () => {
  const take = (budget: ReturnType<typeof createRetryBudget>, attempts: number): number =>
    Array.from({ length: attempts }, () => budget.takeRetry()).filter(Boolean).length;

  it('allows three retries a second if there are few calls', () => {
    const budget = createRetryBudget(createTestClock());
    budget.addCall();
    expect(take(budget, 1_000)).toBe(30);
  });

  it('allows a tenth of many calls', () => {
    const budget = createRetryBudget(createTestClock());
    for (let call = 0; call < 2_000; call++) budget.addCall();
    expect(take(budget, 1_000)).toBe(200);
  });

  it('recovers as time passes, and not before', () => {
    const clock = createTestClock();
    const budget = createRetryBudget(clock);
    take(budget, 30);
    clock.advance(8_000);
    expect(budget.takeRetry()).toBe(false);
    clock.advance(2_000);
    expect(take(budget, 1_000)).toBe(30);
  });
});
