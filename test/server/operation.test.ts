import { describe, expect, test } from 'vitest';
import { afterWrite } from '../../src/domain/operation.ts';
import { RequestOperation } from '../../src/server/operation.ts';

const begin = (timeoutMs: number) =>
  new RequestOperation({
    authorization: () => 'Bearer key',
    anonymousAuthorization: undefined,
    clientSignal: new AbortController().signal,
    timeoutMs,
    maxCalls: 1,
    onFailure: () => {},
    observer: { onCall: () => {}, onSaved: () => {} },
  });

describe('what looks for the effect of a lost write', () => {
  test('has the time that is left, where that is more than 10 s', () => {
    const operation = begin(25_000);
    expect(afterWrite(operation).deadlineMs).toBeGreaterThanOrEqual(operation.deadlineMs);
    operation.end();
  });

  test('has 10 s where less is left, and goes on after the operation', () => {
    const operation = begin(5);
    operation.end();
    const reading = afterWrite(operation);
    expect(reading.deadlineMs - performance.now()).toBeGreaterThan(9_000);
    expect(reading.signal.aborted).toBe(false);
  });
});
