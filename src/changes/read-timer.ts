import type { Clock } from '../domain/clock.ts';

/** What made a follower read: its interval, a new subscriber, or a hint that something has changed. */
export type ReadCause = 'interval' | 'subscriber' | 'write' | 'webhook';

/** Readings of one cause start at least this far apart. */
const smallestGapMs = 1_000;
/** How much longer the interval is if readings have to be rare. */
const rareFactor = 4;

interface ReadTimerOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly isRare: () => boolean;
  /** Ends the timer. */
  readonly signal: AbortSignal;
  /**
   * Reads. It calls `takeCause` when it begins: hints that come later need another reading. Must not reject.
   */
  readonly read: (takeCause: () => ReadCause) => Promise<void>;
}

/** Starts readings, one at a time: after the first hint once in each interval, and soon after each hint. */
export const createReadTimer = ({ clock, intervalMs, isRare, signal, read }: ReadTimerOptions) => {
  const hints = new Set<ReadCause>();
  /** When the last reading of each cause began. */
  const begunMs = new Map<ReadCause, number>();
  let lastMs: number | null = null;
  let isReading = false;
  let cancel = (): void => {};

  const takeCause = (): ReadCause => {
    const [cause = 'interval'] = hints;
    lastMs = clock.nowMs();
    for (const hint of hints) begunMs.set(hint, lastMs);
    hints.clear();
    return cause;
  };

  const run = async (): Promise<void> => {
    isReading = true;
    await read(takeCause);
    isReading = false;
    schedule();
  };

  const schedule = (): void => {
    cancel();
    if (isReading || signal.aborted) return;
    const due = [...hints].map((hint) => (begunMs.get(hint) ?? -Infinity) + smallestGapMs);
    if (lastMs !== null) due.push(lastMs + intervalMs * (isRare() ? rareFactor : 1));
    const delayMs = Math.max(0, Math.min(...due) - clock.nowMs());
    cancel = clock.schedule(delayMs, () => {
      void run();
    });
  };

  signal.addEventListener('abort', () => cancel(), { once: true });
  return {
    /** Whether a reading has begun, or is about to. */
    hasBegun: (): boolean => isReading || lastMs !== null || hints.size > 0,
    hint: (cause: ReadCause): void => {
      hints.add(cause);
      schedule();
    },
  };
};
