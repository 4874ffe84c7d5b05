import type { Clock } from '../../domain/clock.ts';

/** Counts events of the last `windowMs` milliseconds. Events leave the count in steps of a tenth of the window. */
export interface SlidingWindowCounter {
  add(): void;
  total(): number;
  clear(): void;
}

const slices = 10;

/** Creates a counter that starts at 0. */
export const createSlidingWindowCounter = (
  clock: Clock,
  windowMs: number,
): SlidingWindowCounter => {
  const sliceMs = windowMs / slices;
  const counts = new Array<number>(slices).fill(0);
  let latest = Math.floor(clock.nowMs() / sliceMs);
  let sum = 0;

  const dropExpired = (): void => {
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
      dropExpired();
      const slice = latest % slices;
      counts[slice] = (counts[slice] ?? 0) + 1;
      sum += 1;
    },
    total: () => {
      dropExpired();
      return sum;
    },
    clear: () => {
      counts.fill(0);
      sum = 0;
    },
  };
};
