import type { Release } from './slots.ts';

/** Bounds how many holders of one key run at a time. Further ones wait in order. */
export interface KeyedSemaphore {
  /**
   * Resolves with the function that releases the permit. Returns null if too many wait for the key already. Rejects with
   * the error that `toError` returns if the signal is aborted first.
   */
  acquire(key: string, signal: AbortSignal, toError: () => Error): Promise<Release> | null;
}

interface Queue {
  running: number;
  readonly waiting: Set<() => void>;
}

/** Creates a semaphore with `maxRunning` permits for each key. At most `maxWaiting` callers wait for each. */
export const createKeyedSemaphore = (maxRunning: number, maxWaiting: number): KeyedSemaphore => {
  const queues = new Map<string, Queue>();

  const releaseOf = (key: string, queue: Queue): Release => {
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      queue.running -= 1;
      const [next] = queue.waiting;
      if (next !== undefined) next();
      else if (queue.running === 0) queues.delete(key);
    };
  };

  return {
    acquire: (key, signal, toError) => {
      const queue = queues.get(key) ?? { running: 0, waiting: new Set() };
      if (queue.running < maxRunning) {
        queues.set(key, queue);
        queue.running += 1;
        return Promise.resolve(releaseOf(key, queue));
      }
      if (queue.waiting.size >= maxWaiting) return null;
      return new Promise((resolve, reject) => {
        const start = (): void => {
          queue.waiting.delete(start);
          signal.removeEventListener('abort', leave);
          queue.running += 1;
          resolve(releaseOf(key, queue));
        };
        const leave = (): void => {
          queue.waiting.delete(start);
          reject(toError());
        };
        queue.waiting.add(start);
        signal.addEventListener('abort', leave, { once: true });
      });
    },
  };
};
