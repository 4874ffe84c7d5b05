import type { Release } from './slots.ts';

/** What may run at a time, by name; the rest waits. */
export interface Places {
  /**
   * Resolves with what gives the place back. Null if too many wait already. Rejects with what `toError` returns if the
   * signal is aborted first.
   */
  acquire(name: string, signal: AbortSignal, toError: () => Error): Promise<Release> | null;
}

interface Queue {
  running: number;
  readonly waiting: Set<() => void>;
}

/** At most `mostRunning` places of each name, given in the order of asking; at most `mostWaiting` wait for each. */
export const createPlaces = (mostRunning: number, mostWaiting: number): Places => {
  const queues = new Map<string, Queue>();

  const releaseOf = (name: string, queue: Queue): Release => {
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      queue.running -= 1;
      const [next] = queue.waiting;
      if (next !== undefined) next();
      else if (queue.running === 0) queues.delete(name);
    };
  };

  return {
    acquire: (name, signal, toError) => {
      const queue = queues.get(name) ?? { running: 0, waiting: new Set() };
      if (queue.running < mostRunning) {
        queues.set(name, queue);
        queue.running += 1;
        return Promise.resolve(releaseOf(name, queue));
      }
      if (queue.waiting.size >= mostWaiting) return null;
      return new Promise((resolve, reject) => {
        const start = (): void => {
          queue.waiting.delete(start);
          signal.removeEventListener('abort', giveUp);
          queue.running += 1;
          resolve(releaseOf(name, queue));
        };
        const giveUp = (): void => {
          queue.waiting.delete(start);
          reject(toError());
        };
        queue.waiting.add(start);
        signal.addEventListener('abort', giveUp, { once: true });
      });
    },
  };
};
