import type { Clock } from './clock.ts';
import { limits } from './limits.ts';

/** Gives a slot back. */
export type Release = () => void;

/** A call that waits for its slot. */
export interface Waiting {
  /** What the call belongs to: the owners' calls take turns, so that a large one does not shut out a small one. */
  readonly owner: object;
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  /** Says why the wait ended without a slot. */
  readonly toError: (why: 'busy' | 'aborted' | 'timeout') => Error;
}

export interface Slots {
  /** Resolves when the call may run. Throws at once where too much waits already, later at the abort or the deadline. */
  acquire(waiting: Waiting): Promise<Release>;
  /** Whether a call of this owner would be let in now. */
  accepts(owner: object): boolean;
  /** Calls that run and calls that wait. */
  load(): { readonly running: number; readonly waiting: number };
}

/** At most `size` calls run at once; a bounded number waits. */
export const createSlots = (size: number, clock: Clock): Slots => {
  const mostWaiting = Math.max(size * limits.queue.callsPerSlot, limits.queue.fewestCalls);
  const mostOwners = size * limits.queue.operationsPerSlot;
  /** In the order of their turns. */
  const queues = new Map<object, Set<() => void>>();
  let running = 0;
  let waitingCount = 0;

  const startNext = (): void => {
    for (const [owner, queue] of queues) {
      for (const start of queue) {
        queues.delete(owner);
        queue.delete(start);
        if (queue.size > 0) queues.set(owner, queue);
        start();
        return;
      }
    }
  };

  const take = (): Release => {
    running += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      running -= 1;
      startNext();
    };
  };

  const wait = ({ owner, signal, deadlineMs, toError }: Waiting): Promise<Release> =>
    new Promise((resolve, reject) => {
      const queue = queues.get(owner) ?? new Set();
      const leave = (finish: () => void) => (): void => {
        waitingCount -= 1;
        cancelTimer();
        signal.removeEventListener('abort', giveUp);
        finish();
      };
      const start = leave(() => resolve(take()));
      const withdraw = (why: 'aborted' | 'timeout') =>
        leave(() => {
          queue.delete(start);
          if (queue.size === 0) queues.delete(owner);
          reject(toError(why));
        });
      const giveUp = withdraw('aborted');
      const cancelTimer = clock.schedule(deadlineMs - clock.nowMs(), withdraw('timeout'));
      signal.addEventListener('abort', giveUp, { once: true });
      waitingCount += 1;
      queue.add(start);
      queues.set(owner, queue);
    });

  const accepts = (owner: object): boolean =>
    running < size ||
    (waitingCount < mostWaiting && (queues.has(owner) || queues.size < mostOwners));

  return {
    acquire: async (waiting) => {
      // It may have been aborted while it waited for something else.
      if (waiting.signal.aborted) throw waiting.toError('aborted');
      if (running < size) return take();
      if (!accepts(waiting.owner)) throw waiting.toError('busy');
      return wait(waiting);
    },
    accepts,
    load: () => ({ running, waiting: waitingCount }),
  };
};
