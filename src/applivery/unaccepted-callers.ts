import type { Release } from './slots.ts';

/** The calls of callers whose credential the API has not accepted yet. */
export interface UnacceptedCallers {
  /**
   * Resolves when such a call may be made for the organization, with what ends it. Null if too many wait already. Rejects
   * with what `toError` returns if the signal is aborted first.
   */
  acquire(
    organizationId: string,
    signal: AbortSignal,
    toError: () => Error,
  ): Promise<Release> | null;
}

interface Calls {
  running: number;
  readonly waiting: Set<() => void>;
}

/**
 * Bounds the calls of these callers: at most `mostRunning` at a time for each organization, and `mostWaiting` behind
 * them. Anybody may name any organization: without a bound, calls that the API is about to refuse would use up its quota.
 */
export const createUnacceptedCallers = (
  mostRunning: number,
  mostWaiting: number,
): UnacceptedCallers => {
  const organizations = new Map<string, Calls>();

  const releaseOf = (organizationId: string, calls: Calls): Release => {
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      calls.running -= 1;
      const [next] = calls.waiting;
      if (next !== undefined) next();
      else if (calls.running === 0) organizations.delete(organizationId);
    };
  };

  return {
    acquire: (organizationId, signal, toError) => {
      const calls = organizations.get(organizationId) ?? { running: 0, waiting: new Set() };
      if (calls.running < mostRunning) {
        organizations.set(organizationId, calls);
        calls.running += 1;
        return Promise.resolve(releaseOf(organizationId, calls));
      }
      if (calls.waiting.size >= mostWaiting) return null;
      return new Promise((resolve, reject) => {
        const start = (): void => {
          calls.waiting.delete(start);
          signal.removeEventListener('abort', giveUp);
          calls.running += 1;
          resolve(releaseOf(organizationId, calls));
        };
        const giveUp = (): void => {
          calls.waiting.delete(start);
          reject(toError());
        };
        calls.waiting.add(start);
        signal.addEventListener('abort', giveUp, { once: true });
      });
    },
  };
};
