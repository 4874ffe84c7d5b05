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

describe('reads after a write whose answer was lost', () => {
  test('have the remaining time if that is more than 10 s', () => {
    const operation = begin(25_000);
    expect(afterWrite(operation).deadlineMs).toBeGreaterThanOrEqual(operation.deadlineMs);
    operation.end();
  });

  test('have 10 s if less is left, and continue after the operation', () => {
    const operation = begin(5);
    operation.end();
    const reading = afterWrite(operation);
    expect(reading.deadlineMs - performance.now()).toBeGreaterThan(9_000);
    expect(reading.signal.aborted).toBe(false);
  });
});
