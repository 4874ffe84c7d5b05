import { describe, expect, it } from 'vitest';
import { createCallAllowance } from '../../src/domain/call-allowance.ts';
import { CostLimitError, UnauthenticatedError } from '../../src/domain/errors.ts';

const takeAll = (allowance: ReturnType<typeof createCallAllowance>): number => {
  for (let made = 0; made < 1_000; made += 1) {
    try {
      allowance.take();
    } catch (error) {
      expect(error).toBeInstanceOf(CostLimitError);
      return made;
    }
  }
  return expect.unreachable('it has no bound');
};

describe('the calls of one operation', () => {
  it('are limited, with ten more for reading back the effect of a write', () => {
    const allowance = createCallAllowance(3);
    expect(allowance.isExceeded()).toBe(false);
    expect(takeAll(allowance)).toBe(3);
    expect(allowance.isExceeded()).toBe(true);
    expect(takeAll(allowance.afterWrite)).toBe(10);
    expect(() => allowance.take()).toThrow(/has made 3 calls/);
  });

  it('are counted together for all purposes', () => {
    const allowance = createCallAllowance(3);
    for (let made = 0; made < 12; made += 1) allowance.afterWrite.take();
    expect(() => allowance.take()).toThrow(CostLimitError);
    expect(takeAll(allowance.afterWrite.afterWrite)).toBe(1);
  });

  it('include background calls, whose refusal does not affect the answer', () => {
    const allowance = createCallAllowance(2);
    expect(takeAll(allowance.background)).toBe(2);
    expect(allowance.isExceeded()).toBe(false);
    expect(takeAll(allowance)).toBe(0);
    expect(allowance.isExceeded()).toBe(true);
  });

  it('do not include those that were not sent', () => {
    const allowance = createCallAllowance(1);
    allowance.take();
    allowance.giveBack();
    expect(takeAll(allowance)).toBe(1);
  });

  it('end with the first refusal of the credential', () => {
    const allowance = createCallAllowance(3);
    const refusal = new UnauthenticatedError('No.');
    allowance.stop(refusal);
    allowance.stop(new UnauthenticatedError('Another.'));
    expect(() => allowance.take()).toThrow(refusal);
    expect(() => allowance.afterWrite.take()).toThrow(refusal);
    expect(allowance.isExceeded()).toBe(false);
  });
});
