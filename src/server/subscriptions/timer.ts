import type { Clock } from '../../domain/clock.ts';

/** The longest delay of a timer of Node, in milliseconds: 24.8 days. A timer with a longer one would call at once. */
const longestDelayMs = 2 ** 31 - 1;

/**
 * Calls a function at a time, given in milliseconds since the epoch, however far away it is. Returns the function that
 * cancels the call.
 */
export const callAt = (clock: Clock, atMs: number, call: () => void): (() => void) => {
  let cancel = (): void => {};
  const wait = (): void => {
    const leftMs = Math.max(0, atMs - clock.epochMs());
    const isLong = leftMs > longestDelayMs;
    cancel = clock.schedule(isLong ? longestDelayMs : leftMs, isLong ? wait : call);
  };
  wait();
  return () => cancel();
};
