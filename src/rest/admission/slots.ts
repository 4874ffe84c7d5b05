import { performance } from 'node:perf_hooks';
import type { Clock } from '../../domain/clock.ts';
import type { TransportLoad } from '../../domain/transport-event.ts';
import { limits } from '../limits.ts';
import { createAnswerTime, type WatchBusyShare } from './answer-time.ts';

/** Gives a slot or permit back. Further calls have no effect. */
export type Release = () => void;

/** A call that needs a slot. */
export interface SlotRequest {
  /** The operation that the call belongs to. Operations take turns, so that a large one does not block a small one. */
  readonly owner: object;
  /** Calls of one circuit cannot take all slots: if they hang, other circuits still have some. */
  readonly circuit: string;
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  /** Makes the error for a wait that ends without a slot. */
  readonly toError: (why: 'aborted' | 'timeout') => Error;
}

/** An admitted call that has no slot yet. Exactly one of the methods is called, once. */
export interface SlotReservation {
  /** Resolves when the call may run. Throws at the abort or the deadline. */
  acquire(): Promise<Release>;
  cancel(): void;
}

/** Bounds the calls at once, and the calls that wait. */
export interface Slots {
  /**
   * Admits a call, or returns null if too many calls wait. An operation whose first call was admitted keeps being
   * admitted, as long as the total bound allows.
   */
  reserve(request: SlotRequest): SlotReservation | null;
  load(): TransportLoad;
}

interface Waiter {
  readonly circuit: string;
  readonly start: () => void;
}

/** One operation's waiting calls, and the circuits that have had a call in this turn. */
interface Queue {
  readonly waiters: Set<Waiter>;
  readonly served: Set<string>;
}

const createTally = () => {
  const counts = new Map<string, number>();
  const of = (name: string): number => counts.get(name) ?? 0;
  return { of, add: (name: string, count: 1 | -1) => void counts.set(name, of(name) + count) };
};

const watchEventLoop: WatchBusyShare = () => {
  const begun = performance.eventLoopUtilization();
  return () => performance.eventLoopUtilization(begun).utilization;
};

/** Creates `size` slots. One circuit can take only a part of them. */
export const createSlots = (
  size: number,
  clock: Clock,
  watchBusyShare: WatchBusyShare = watchEventLoop,
): Slots => {
  const sizePerCircuit = size - Math.floor(size * limits.queue.shareKeptForOthers);
  const maxWaiting = Math.max(size * limits.queue.waitingPerSlot, limits.queue.minWaiting);
  /** In the order of their turns. */
  const queues = new Map<object, Queue>();
  /** Operations that were admitted once: refusing their further calls would waste the ones already made. */
  const admitted = new WeakSet<object>();
  const runningIn = createTally();
  const waitingIn = createTally();
  /** Reservations without a slot. */
  const reservedIn = createTally();
  let running = 0;
  let waitingCount = 0;
  const answerTime = createAnswerTime();

  /** The number of calls of one circuit behind which a new operation may wait. */
  const maxAhead = (): number => {
    const { aheadPerSlot, acceptableWaitMs } = limits.queue;
    // Two circuits share the slots, so half of the slots serve the circuit of the new operation.
    return Math.max(
      1,
      Math.round(size * Math.max(aheadPerSlot, acceptableWaitMs / answerTime.averageMs() / 2)),
    );
  };

  const freeFor = (circuit: string): number =>
    Math.min(size - running, sizePerCircuit - runningIn.of(circuit));

  /** A turn is one call of each circuit, since an operation waits for the last of them. */
  const endTurn = (owner: object, queue: Queue): void => {
    if ([...queue.waiters].some(({ circuit }) => !queue.served.has(circuit))) return;
    queues.delete(owner);
    queue.served.clear();
    if (queue.waiters.size > 0) queues.set(owner, queue);
  };

  const startNext = (): void => {
    for (const [owner, queue] of queues) {
      for (const waiter of queue.waiters) {
        if (queue.served.has(waiter.circuit) || freeFor(waiter.circuit) <= 0) continue;
        queue.waiters.delete(waiter);
        queue.served.add(waiter.circuit);
        endTurn(owner, queue);
        waiter.start();
        return;
      }
    }
  };

  const take = (circuit: string): Release => {
    running += 1;
    runningIn.add(circuit, 1);
    const runningAtStart = running;
    const startedMs = clock.nowMs();
    const busyShare = watchBusyShare();
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const sideBySide = Math.max(runningAtStart, running);
      answerTime.add(clock.nowMs() - startedMs, sideBySide, busyShare);
      running -= 1;
      runningIn.add(circuit, -1);
      startNext();
    };
  };

  const wait = ({ owner, circuit, signal, deadlineMs, toError }: SlotRequest): Promise<Release> =>
    new Promise((resolve, reject) => {
      const queue = queues.get(owner) ?? { waiters: new Set(), served: new Set() };
      const endWait = (finish: () => void) => (): void => {
        waitingCount -= 1;
        waitingIn.add(circuit, -1);
        cancelTimer();
        signal.removeEventListener('abort', onAbort);
        finish();
      };
      const waiter: Waiter = { circuit, start: endWait(() => resolve(take(circuit))) };
      const withdraw = (why: 'aborted' | 'timeout') =>
        endWait(() => {
          queue.waiters.delete(waiter);
          endTurn(owner, queue);
          reject(toError(why));
        });
      const onAbort = withdraw('aborted');
      const cancelTimer = clock.schedule(deadlineMs - clock.nowMs(), withdraw('timeout'));
      signal.addEventListener('abort', onAbort, { once: true });
      waitingCount += 1;
      waitingIn.add(circuit, 1);
      queue.waiters.add(waiter);
      queues.set(owner, queue);
    });

  const isAdmitted = (owner: object, circuit: string): boolean => {
    const ahead = reservedIn.of(circuit) - freeFor(circuit);
    if (ahead < 0) return true;
    if (waitingCount >= maxWaiting) return false;
    return admitted.has(owner) || waitingIn.of(circuit) + ahead < maxAhead();
  };

  return {
    reserve: (request) => {
      const { owner, circuit, signal, toError } = request;
      if (!isAdmitted(owner, circuit)) return null;
      admitted.add(owner);
      reservedIn.add(circuit, 1);
      return {
        acquire: async () => {
          reservedIn.add(circuit, -1);
          // The signal may have been aborted between the reservation and now.
          if (signal.aborted) throw toError('aborted');
          return freeFor(circuit) > 0 ? take(circuit) : wait(request);
        },
        cancel: () => reservedIn.add(circuit, -1),
      };
    },
    load: () => ({ running, waiting: waitingCount }),
  };
};
