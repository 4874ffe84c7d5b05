import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished, vi } from 'vitest';

const realNowMs = performance.now.bind(performance);

/** lru-cache reads the clock once and keeps the value for a millisecond. */
const cachedNowMs = 5;

/** Sets `performance.now()` ahead by this time until the test ends. The clock keeps running. */
export const setClockAhead = async (milliseconds: number): Promise<void> => {
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => realNowMs() + milliseconds);
  onTestFinished(() => clock.mockRestore());
  await delay(cachedNowMs);
};

/** Controls the clocks of this process. Timers still run in real time. */
export interface ShiftedClock {
  readonly advance: (milliseconds: number) => Promise<void>;
}

/** Stops `performance.now()` and `Date.now()` until the test ends. Only `advance` changes them. */
export const shiftClock = (): ShiftedClock => {
  let shiftMs = 0;
  const nowMs = performance.now();
  const epochMs = Date.now();
  const clocks = [
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs + shiftMs),
    vi.spyOn(Date, 'now').mockImplementation(() => epochMs + shiftMs),
  ];
  onTestFinished(() => {
    for (const clock of clocks) clock.mockRestore();
  });
  return {
    advance: async (milliseconds) => {
      shiftMs += milliseconds;
      await delay(cachedNowMs);
    },
  };
};
