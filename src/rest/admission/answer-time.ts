import { limits } from '../limits.ts';

/** Starts to measure how busy the process is. The returned function tells the busy share of the time since, 0 to 1. */
export type WatchBusyShare = () => () => number;

/** A moving average of the time that an answer takes. */
export interface AnswerTime {
  averageMs(): number;
  /**
   * Adds the duration of one call. `sideBySide` is the number of calls that ran at the same time. `busyShare` tells how
   * busy the process was meanwhile.
   */
  add(durationMs: number, sideBySide: number, busyShare: () => number): void;
}

/** Creates an average that starts at `initialAnswerMs` of the limits. */
export const createAnswerTime = (): AnswerTime => {
  const { initialAnswerMs, newAnswerWeight, maxOutlierFactor, maxBusyShare } = limits.queue;
  let averageMs: number = initialAnswerMs;
  return {
    averageMs: () => averageMs,
    add: (durationMs, sideBySide, busyShare) => {
      const countedMs = Math.min(durationMs, Math.max(1, averageMs) * maxOutlierFactor);
      // A busy process can delay answers but not speed them up, so quick answers always count.
      if (countedMs >= averageMs && busyShare() >= maxBusyShare) return;
      averageMs += ((countedMs - averageMs) * newAnswerWeight) / sideBySide;
    },
  };
};
