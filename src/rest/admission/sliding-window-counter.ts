import type { Clock } from '../../domain/clock.ts';

/** Counts what happened within the last while, to a tenth of it. */
export interface SlidingCount {
  add(): void;
  total(): number;
  clear(): void;
}

const slices = 10;

export const createSlidingCount = (clock: Clock, windowMs: number): SlidingCount => {
  const sliceMs = windowMs / slices;
  const counts = new Array<number>(slices).fill(0);
  let latest = Math.floor(clock.nowMs() / sliceMs);
  let sum = 0;

  const moveOn = (): void => {
    const current = Math.floor(clock.nowMs() / sliceMs);
    for (let passed = Math.min(current - latest, slices); passed > 0; passed--) {
      const oldest = (current - passed + 1) % slices;
      sum -= counts[oldest] ?? 0;
      counts[oldest] = 0;
    }
    latest = current;
  };

  return {
    add: () => {
      moveOn();
      const slice = latest % slices;
      counts[slice] = (counts[slice] ?? 0) + 1;
      sum += 1;
    },
    total: () => {
      moveOn();
      return sum;
    },
    clear: () => {
      counts.fill(0);
      sum = 0;
    },
  };
};
