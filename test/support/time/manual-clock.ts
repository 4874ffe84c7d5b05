import type { Clock } from '../../../src/domain/clock.ts';

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /** Moves the clock on and makes the calls that are due, in order. Returns when what they started has settled. */
  readonly advance: (milliseconds: number) => Promise<void>;
}

/** Resolves when all promises have settled that wait only for other promises. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Creates a clock that shows the given time. */
export const createManualClock = (startMs: number): ManualClock => {
  let nowMs = startMs;
  const scheduled = new Set<{ readonly atMs: number; readonly callback: () => void }>();
  return {
    nowMs: () => nowMs,
    epochMs: () => nowMs,
    schedule: (delayMs, callback) => {
      const call = { atMs: nowMs + delayMs, callback };
      scheduled.add(call);
      return () => scheduled.delete(call);
    },
    advance: async (milliseconds) => {
      const endMs = nowMs + milliseconds;
      for (;;) {
        await settled();
        const [next] = [...scheduled].sort((left, right) => left.atMs - right.atMs);
        if (next === undefined || next.atMs > endMs) break;
        nowMs = next.atMs;
        scheduled.delete(next);
        next.callback();
      }
      nowMs = endMs;
      await settled();
    },
  };
};

/** A promise that a test keeps pending until it opens it. */
export interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

/** Creates a closed gate. */
export const createGate = (): Gate => {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
};
