import type { Clock } from './clock.ts';
import { limits } from './limits.ts';

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
  readonly toError: (why: 'busy' | 'aborted' | 'timeout') => Error;
}

export interface Slots {
  /** Resolves when the call may run. Throws at once where too much waits already, later at the abort or the deadline. */
  acquire(waiting: Waiting): Promise<Release>;
  /** Whether a call of this owner would be let in now. */
  accepts(owner: object, lane: string): boolean;
  /** Calls that run and calls that wait. */
  load(): { readonly running: number; readonly waiting: number };
}

interface Waiter {
  readonly lane: string;
  readonly start: () => void;
}

/** Counts by name; names are few. */
const createTally = () => {
  const counts = new Map<string, number>();
  const of = (name: string): number => counts.get(name) ?? 0;
  return { of, add: (name: string, count: 1 | -1) => void counts.set(name, of(name) + count) };
};

/** At most `size` calls run at once, and fewer of one lane; a bounded number waits. */
export const createSlots = (size: number, clock: Clock): Slots => {
  const laneSize = size - Math.floor(size * limits.queue.keptFromLane);
  const mostWaiting = Math.max(size * limits.queue.callsPerSlot, limits.queue.fewestCalls);
  /** In the order of their turns. */
  const queues = new Map<object, Set<Waiter>>();
  /** Who was let in once goes on: half an answer has cost its calls, too. */
  const admitted = new WeakSet<object>();
  const runningIn = createTally();
  const waitingIn = createTally();
  let running = 0;
  let waitingCount = 0;
  /** A running mean of how long slots are held. */
  let answerMs: number = limits.queue.firstGuessMs;

  /** Calls of one lane behind which a newcomer may wait. */
  const mostNewcomers = (): number =>
    Math.max(
      1,
      Math.round(
        size * limits.queue.newcomersPerSlot * Math.max(1, limits.queue.patienceMs / answerMs),
      ),
    );

  const hasRoom = (lane: string): boolean => running < size && runningIn.of(lane) < laneSize;

  const startNext = (): void => {
    for (const [owner, queue] of queues) {
      for (const waiter of queue) {
        if (!hasRoom(waiter.lane)) continue;
        queues.delete(owner);
        queue.delete(waiter);
        if (queue.size > 0) queues.set(owner, queue);
        waiter.start();
        return;
      }
    }
  };

  const take = (lane: string): Release => {
    running += 1;
    runningIn.add(lane, 1);
    const startedMs = clock.nowMs();
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      answerMs += (clock.nowMs() - startedMs - answerMs) * limits.queue.learningShare;
      running -= 1;
      runningIn.add(lane, -1);
      startNext();
    };
  };

  const wait = ({ owner, lane, signal, deadlineMs, toError }: Waiting): Promise<Release> =>
    new Promise((resolve, reject) => {
      const queue = queues.get(owner) ?? new Set();
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
          queue.delete(waiter);
          if (queue.size === 0) queues.delete(owner);
          reject(toError(why));
        });
      const giveUp = withdraw('aborted');
      const cancelTimer = clock.schedule(deadlineMs - clock.nowMs(), withdraw('timeout'));
      signal.addEventListener('abort', giveUp, { once: true });
      waitingCount += 1;
      waitingIn.add(lane, 1);
      queue.add(waiter);
      queues.set(owner, queue);
    });

  const accepts = (owner: object, lane: string): boolean =>
    hasRoom(lane) ||
    (waitingCount < mostWaiting && (admitted.has(owner) || waitingIn.of(lane) < mostNewcomers()));

  return {
    acquire: async (waiting) => {
      const { owner, lane } = waiting;
      // It may have been aborted while it waited for something else.
      if (waiting.signal.aborted) throw waiting.toError('aborted');
      if (!accepts(owner, lane)) throw waiting.toError('busy');
      admitted.add(owner);
      return hasRoom(lane) ? take(lane) : wait(waiting);
    },
    accepts,
    load: () => ({ running, waiting: waitingCount }),
  };
};
