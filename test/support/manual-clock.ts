import type { WallClock } from '../../src/domain/clock.ts';

/** A clock that stands still until a test moves it. */
export interface ManualClock extends WallClock {
  /** Moves on, waking in order whoever waits; returns when what they set off has settled. */
  readonly advance: (milliseconds: number) => Promise<void>;
}

/** Lets every promise settle that waits for nothing but other promises. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Makes a clock that shows the given time. */
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

/** A promise that a test keeps until it opens it. */
export interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

/** Makes a closed gate. */
export const createGate = (): Gate => {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
};
