/** The time as this folder sees it; tests bring their own. */
export interface Clock {
  /** Milliseconds on the scale of performance.now(). */
  readonly nowMs: () => number;
  /** Milliseconds since the epoch; only for dates that the API sends. */
  readonly epochMs: () => number;
  /** Calls back once after a while; returns what cancels it. */
  readonly schedule: (delayMs: number, callback: () => void) => () => void;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  epochMs: () => Date.now(),
  schedule: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Waits; resolves to false, at once, where the signal is aborted before the time is over. */
export const sleep = (clock: Clock, delayMs: number, signal: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    if (signal.aborted) {
      resolve(false);
      return;
    }
    const giveUp = (): void => {
      cancel();
      resolve(false);
    };
    const cancel = clock.schedule(delayMs, () => {
      signal.removeEventListener('abort', giveUp);
      resolve(true);
    });
    signal.addEventListener('abort', giveUp, { once: true });
  });

/** The time of this process; tests bring their own. */
export interface WallClock {
  /** Milliseconds since the epoch. */
  readonly epochMs: () => number;
  /** Resolves after a while, or at once when the signal is aborted. Never rejects. */
  readonly wait: (delayMs: number, signal: AbortSignal) => Promise<void>;
}

/** This process's clock. */
export const wallClock: WallClock = {
  epochMs: () => Date.now(),
  wait: (delayMs, signal) =>
    new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, delayMs);
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
    }),
};
