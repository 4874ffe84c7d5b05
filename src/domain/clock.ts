/** A source of time. Tests bring their own. */
export interface Clock {
  /** Milliseconds on the scale of performance.now(), which never goes back. For durations and deadlines. */
  readonly nowMs: () => number;
  /** Milliseconds since 1970. For moments that the API or another process reads. */
  readonly epochMs: () => number;
  /** Calls back once after the delay. Returns a function that cancels the call. */
  readonly schedule: (delayMs: number, callback: () => void) => () => void;
}

/** The system's clock. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  epochMs: () => Date.now(),
  schedule: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Waits for the delay. Resolves to false at once if the signal is aborted before the delay is over. Never rejects. */
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
