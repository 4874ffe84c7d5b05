import type { WallClock } from '../../src/domain/clock.ts';

/** A clock that changes only when a test advances it. */
export interface ManualClock extends WallClock {
  /** Advances the time and ends the waits that are due, in order; resolves when the promises they trigger have settled. */
  readonly advance: (milliseconds: number) => Promise<void>;
}

/** Resolves when all promises have settled that wait only for other promises. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Creates a clock that shows the given time. */
export const createManualClock = (startMs: number): ManualClock => {
  let nowMs = startMs;
  const waiting = new Set<{ readonly untilMs: number; readonly wake: () => void }>();
  return {
    epochMs: () => nowMs,
    wait: (delayMs, signal) =>
      new Promise((resolve) => {
        const waiter = {
          untilMs: nowMs + delayMs,
          wake: () => {
            waiting.delete(waiter);
            signal.removeEventListener('abort', waiter.wake);
            resolve();
          },
        };
        waiting.add(waiter);
        signal.addEventListener('abort', waiter.wake);
        if (signal.aborted) waiter.wake();
      }),
    advance: async (milliseconds) => {
      const endMs = nowMs + milliseconds;
      for (;;) {
        await settled();
        const [next] = [...waiting].sort((left, right) => left.untilMs - right.untilMs);
        if (next === undefined || next.untilMs > endMs) break;
        nowMs = next.untilMs;
        next.wake();
      }
      nowMs = endMs;
      await settled();
    },
  };
};

/** A promise that stays pending until a test calls `open`. */
export interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

/** Creates a gate whose promise is pending. */
export const createGate = (): Gate => {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
};
