import type { Clock } from '../domain/clock.ts';
import type { ReadHint } from '../domain/replica-reads.ts';

/**
 * What made a follower read: its interval, a new subscriber, a hint that something has changed, or a change that another
 * replica saw.
 */
export type ReadCause = 'interval' | 'subscriber' | ReadHint['cause'] | 'replica';

/**
 * Readings of one cause start at least this far apart. What another replica saw is read this long after the last reading of
 * any cause: while much is written, each reading differs from those of the others.
 */
const smallestGapMs = 1_000;

interface ReadTimerOptions {
  readonly clock: Clock;
  readonly intervalMs: () => number;
  /** Ends the timer. */
  readonly signal: AbortSignal;
  /** Asks for the reading of an interval. Null: this process reads. Otherwise another one does, for this many milliseconds. */
  readonly takeTurn: (forMs: number) => Promise<number | null>;
  /** Whether this process needs a reading although another replica reads. */
  readonly isBehind: () => boolean;
  /**
   * Reads. It calls `takeCause` when it begins: hints that come later need another reading. Must not reject.
   */
  readonly read: (takeCause: () => ReadCause) => Promise<void>;
}

/**
 * Starts readings, one at a time: after the first hint once in each interval, unless it is the turn of another replica, and
 * soon after each hint.
 */
export const createReadTimer = (options: ReadTimerOptions) => {
  const { clock, intervalMs, signal, takeTurn, isBehind, read } = options;
  const hints = new Set<ReadCause>();
  /** When the last reading of each cause began. */
  const begunMs = new Map<ReadCause, number>();
  let lastMs: number | null = null;
  /** When the turn of another replica ends. */
  let turnEndMs = -Infinity;
  let isReading = false;
  let cancel = (): void => {};

  const takeCause = (): ReadCause => {
    const [first = 'interval'] = hints;
    // What this process was told to read for says more than what another one saw.
    const cause = [...hints].find((hint) => hint !== 'replica') ?? first;
    lastMs = clock.nowMs();
    for (const hint of hints) begunMs.set(hint, lastMs);
    hints.clear();
    return cause;
  };

  const intervalEndMs = (): number =>
    lastMs === null ? Infinity : Math.max(lastMs + intervalMs(), turnEndMs);

  const mayRead = async (): Promise<boolean> => {
    // A reading that began meanwhile can have seen the same.
    if (!isBehind()) hints.delete('replica');
    if (hints.size > 0) return true;
    if (intervalEndMs() > clock.nowMs()) return false;
    const waitMs = await takeTurn(intervalMs());
    if (waitMs === null) return true;
    turnEndMs = clock.nowMs() + waitMs;
    if (isBehind()) hints.add('replica');
    return false;
  };

  const run = async (): Promise<void> => {
    isReading = true;
    if ((await mayRead()) && !signal.aborted) await read(takeCause);
    isReading = false;
    schedule();
  };

  /** When the last reading began that a hint has to wait for. */
  const lastOf = (hint: ReadCause): number =>
    (hint === 'replica' ? lastMs : begunMs.get(hint)) ?? -Infinity;

  const schedule = (): void => {
    cancel();
    if (isReading || signal.aborted) return;
    const due = [...hints].map((hint) => lastOf(hint) + smallestGapMs);
    const delayMs = Math.max(0, Math.min(intervalEndMs(), ...due) - clock.nowMs());
    cancel = clock.schedule(delayMs, () => {
      void run();
    });
  };

  signal.addEventListener('abort', () => cancel(), { once: true });
  return {
    /** Begins with an interval in which another replica reads, for this many milliseconds. */
    begin: (waitMs: number): void => {
      lastMs = clock.nowMs() + waitMs - intervalMs();
      schedule();
    },
    /** Whether a reading has begun, or is about to. */
    hasBegun: (): boolean => isReading || lastMs !== null || hints.size > 0,
    hint: (cause: ReadCause): void => {
      hints.add(cause);
      schedule();
    },
  };
};
