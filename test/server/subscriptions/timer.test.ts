import { describe, expect, it } from 'vitest';
import { callAt } from '../../../src/server/subscriptions/timer.ts';
import { createManualClock } from '../../support/time/manual-clock.ts';

const day = 86_400_000;

/** A clock whose timers are like those of Node: a delay that does not fit 31 bits is over at once. */
const createNodeClock = (startMs: number) => {
  const clock = createManualClock(startMs);
  return {
    ...clock,
    schedule: (delayMs: number, callback: () => void) =>
      clock.schedule(delayMs > 2 ** 31 - 1 ? 1 : delayMs, callback),
  };
};

describe('a call at a time', () => {
  it.each([
    ['a minute', 60_000],
    ['the longest delay of a timer', 2 ** 31 - 1],
    ['a delay beyond the longest', 2 ** 31],
    ['a year', 365 * day],
  ])('comes after %s, and only once', async (_name, delayMs) => {
    const clock = createNodeClock(1_000);
    let calls = 0;
    callAt(clock, 1_000 + delayMs, () => {
      calls += 1;
    });
    await clock.advance(delayMs - 1);
    expect(calls).toBe(0);
    await clock.advance(1);
    expect(calls).toBe(1);
    await clock.advance(100 * day);
    expect(calls).toBe(1);
  });

  it('that has passed comes soon', async () => {
    const clock = createNodeClock(1_000);
    let calls = 0;
    callAt(clock, 500, () => {
      calls += 1;
    });
    await clock.advance(0);
    expect(calls).toBe(1);
  });

  it.each([0, 50 * day])('does not come if it is cancelled after %d ms', async (delayMs) => {
    const clock = createNodeClock(0);
    let calls = 0;
    const cancel = callAt(clock, 365 * day, () => {
      calls += 1;
    });
    await clock.advance(delayMs);
    cancel();
    await clock.advance(400 * day);
    expect(calls).toBe(0);
  });

  it('that is infinitely far away does not come', async () => {
    const clock = createNodeClock(0);
    let calls = 0;
    callAt(clock, Number.POSITIVE_INFINITY, () => {
      calls += 1;
    });
    await clock.advance(1000 * day);
    expect(calls).toBe(0);
  });
});
