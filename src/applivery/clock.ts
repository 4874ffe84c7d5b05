/** The time as this folder sees it; tests bring their own. */
export interface Clock {
  /** Milliseconds on the scale of performance.now(). */
  readonly nowMs: () => number;
  /** Milliseconds since the epoch; only for dates that the API sends. */
  readonly epochMs: () => number;
  /** Calls back once after a while; returns what cancels it. */
  readonly schedule: (delayMs: number, callback: () => void) => () => void;
}

/** The clock of this process. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  epochMs: () => Date.now(),
  schedule: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
