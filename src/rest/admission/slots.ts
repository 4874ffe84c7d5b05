import { performance } from 'node:perf_hooks';
import type { Clock } from '../../domain/clock.ts';
import { limits } from '../limits.ts';

/** Gives a slot back. */
export type Release = () => void;

/** A call that waits for its slot. */
export interface Waiting {
  /** What the call belongs to: the owners' calls take turns, so that a large one does not shut out a small one. */
  readonly owner: object;
  /** What hangs together: no lane gets all the slots, so that one that hangs does not take the others along. */
  readonly lane: string;
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  /** Says why the wait ended without a slot. */
  readonly toError: (why: 'aborted' | 'timeout') => Error;
}

/** A place among those that run or wait; one of the two is called, once. */
export interface Place {
  /** Resolves when the call may run. Throws at the abort or the deadline. */
  acquire(): Promise<Release>;
  giveUp(): void;
}

export interface Slots {
  /** A place for a call; null where too much waits already. Whose first call is let in, its further ones are as well. */
  reserve(waiting: Waiting): Place | null;
  /** Calls that run and calls that wait. */
  load(): { readonly running: number; readonly waiting: number };
}

interface Waiter {
  readonly lane: string;
  readonly start: () => void;
}

/** An owner's calls that wait, and the lanes that have had one in this turn. */
interface Queue {
  readonly waiters: Set<Waiter>;
  readonly served: Set<string>;
}

/** Counts by name; names are few. */
const createTally = () => {
  const counts = new Map<string, number>();
  const of = (name: string): number => counts.get(name) ?? 0;
  return { of, add: (name: string, count: 1 | -1) => void counts.set(name, of(name) + count) };
};

/** A running mean of how long slots are held. */
const createPace = () => {
  const { firstGuessMs, learningShare, mostTimesKnown, busyShare: tooBusy } = limits.queue;
  let answerMs: number = firstGuessMs;
  return {
    answerMs: (): number => answerMs,
    learn: (heldMs: number, sideBySide: number, busyShare: () => number): void => {
      const counted = Math.min(heldMs, Math.max(1, answerMs) * mostTimesKnown);
      // A busy process makes answers late, never early.
      if (counted >= answerMs && busyShare() >= tooBusy) return;
      answerMs += ((counted - answerMs) * learningShare) / sideBySide;
    },
  };
};

/** Begins to watch how busy the process is; the function that it returns tells the share of the time since. */
type WatchBusyShare = () => () => number;

const watchEventLoop: WatchBusyShare = () => {
  const begun = performance.eventLoopUtilization();
  return () => performance.eventLoopUtilization(begun).utilization;
};

/** At most `size` calls run at once, and fewer of one lane; a bounded number waits. */
export const createSlots = (
  size: number,
  clock: Clock,
  watchBusyShare: WatchBusyShare = watchEventLoop,
): Slots => {
  const laneSize = size - Math.floor(size * limits.queue.keptFromLane);
  const mostWaiting = Math.max(size * limits.queue.callsPerSlot, limits.queue.fewestCalls);
  /** In the order of their turns. */
  const queues = new Map<object, Queue>();
  /** Who was let in once goes on: half an answer has cost its calls, too. */
  const admitted = new WeakSet<object>();
  const runningIn = createTally();
  const waitingIn = createTally();
  /** Places that are reserved and not taken yet. */
  const reservedIn = createTally();
  let running = 0;
  let waitingCount = 0;
  const pace = createPace();

  /** Calls of one lane behind which a newcomer may wait. */
  const mostNewcomers = (): number => {
    const { newcomersPerSlot, patienceMs } = limits.queue;
    // Two lanes share the slots: half of them serve the one that the newcomer waits in.
    return Math.max(
      1,
      Math.round(size * Math.max(newcomersPerSlot, patienceMs / pace.answerMs() / 2)),
    );
  };

  const roomIn = (lane: string): number => Math.min(size - running, laneSize - runningIn.of(lane));

  /** A turn is one call of each lane: an operation waits for the last of them. */
  const endTurn = (owner: object, queue: Queue): void => {
    if ([...queue.waiters].some(({ lane }) => !queue.served.has(lane))) return;
    queues.delete(owner);
    queue.served.clear();
    if (queue.waiters.size > 0) queues.set(owner, queue);
  };

  const startNext = (): void => {
    for (const [owner, queue] of queues) {
      for (const waiter of queue.waiters) {
        if (queue.served.has(waiter.lane) || roomIn(waiter.lane) <= 0) continue;
        queue.waiters.delete(waiter);
        queue.served.add(waiter.lane);
        endTurn(owner, queue);
        waiter.start();
        return;
      }
    }
  };

  const take = (lane: string): Release => {
    running += 1;
    runningIn.add(lane, 1);
    const runningAtStart = running;
    const startedMs = clock.nowMs();
    const busyShare = watchBusyShare();
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      pace.learn(clock.nowMs() - startedMs, Math.max(runningAtStart, running), busyShare);
      running -= 1;
      runningIn.add(lane, -1);
      startNext();
    };
  };

  const wait = ({ owner, lane, signal, deadlineMs, toError }: Waiting): Promise<Release> =>
    new Promise((resolve, reject) => {
      const queue = queues.get(owner) ?? { waiters: new Set(), served: new Set() };
      const leave = (finish: () => void) => (): void => {
        waitingCount -= 1;
        waitingIn.add(lane, -1);
        cancelTimer();
        signal.removeEventListener('abort', giveUp);
        finish();
      };
      const waiter: Waiter = { lane, start: leave(() => resolve(take(lane))) };
      const withdraw = (why: 'aborted' | 'timeout') =>
        leave(() => {
          queue.waiters.delete(waiter);
          endTurn(owner, queue);
          reject(toError(why));
        });
      const giveUp = withdraw('aborted');
      const cancelTimer = clock.schedule(deadlineMs - clock.nowMs(), withdraw('timeout'));
      signal.addEventListener('abort', giveUp, { once: true });
      waitingCount += 1;
      waitingIn.add(lane, 1);
      queue.waiters.add(waiter);
      queues.set(owner, queue);
    });

  const isLetIn = (owner: object, lane: string): boolean => {
    const ahead = reservedIn.of(lane) - roomIn(lane);
    if (ahead < 0) return true;
    if (waitingCount >= mostWaiting) return false;
    return admitted.has(owner) || waitingIn.of(lane) + ahead < mostNewcomers();
  };

  return {
    reserve: (waiting) => {
      const { owner, lane, signal, toError } = waiting;
      if (!isLetIn(owner, lane)) return null;
      admitted.add(owner);
      reservedIn.add(lane, 1);
      return {
        acquire: async () => {
          reservedIn.add(lane, -1);
          // It may have been aborted while it waited for something else.
          if (signal.aborted) throw toError('aborted');
          return roomIn(lane) > 0 ? take(lane) : wait(waiting);
        },
        giveUp: () => reservedIn.add(lane, -1),
      };
    },
    load: () => ({ running, waiting: waitingCount }),
  };
};
