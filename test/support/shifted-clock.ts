import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished, vi } from 'vitest';

/** The clocks of this process as a test wants them. Timers go on as they are. */
export interface ShiftedClock {
  readonly advance: (milliseconds: number) => Promise<void>;
}

/** lru-cache asks for the time once a millisecond, by a timer. */
const cachedNowMs = 5;

/** Has `performance.now()` and `Date.now()` stand still but for what a test says, until it ends. */
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
