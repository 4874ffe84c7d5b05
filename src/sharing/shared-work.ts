import { setMaxListeners } from 'node:events';
import { CostLimitError } from '../domain/errors.ts';

/** A caller that waits for shared work until its signal is aborted. */
interface Caller {
  readonly signal: AbortSignal;
}

/** Work in progress, as the function that does it sees it. */
export interface Run<C extends Caller> {
  /** Aborted when the last caller has left, with the reason of that caller. */
  readonly signal: AbortSignal;
  /** The callers that have not left. The last one that leaves is still in the set. */
  readonly callers: ReadonlySet<C>;
  /** Ends joining: a caller that comes later starts the work again. */
  readonly close: () => void;
  /** Called with each caller that joins. The work can set it when it starts. */
  onJoin?: (caller: C) => void;
}

/** Starts work, or joins it if work with the same key is in progress. */
export type ShareWork<Key, C extends Caller, Result> = (
  key: Key,
  caller: C,
  start: (run: Run<C>) => Promise<Result>,
) => Promise<Result>;

export interface SharedWorkOptions<C extends Caller> {
  /**
   * Whether the starter leaves like the others, so that the work can go on without it. If not, the work must obey the
   * starter's signal. The starter waits until the work has ended, and others that leave have no effect on it.
   */
  readonly starterLeaves: boolean;
  /** The error for a caller whose signal is aborted before the work has ended. */
  readonly leaveError: (caller: C) => Error;
  /**
   * Whether a caller that joined starts the work again after this failure, since only the starter's limits caused it.
   * It always does after a CostLimitError, and if the starter does not leave and its signal is aborted.
   */
  readonly startsAgain?: (error: unknown, starter: C, caller: C) => boolean;
}

interface Work<C extends Caller, Result> {
  readonly starter: C;
  readonly run: Run<C>;
  readonly callers: Set<C>;
  readonly controller: AbortController;
  readonly result: Promise<Result>;
}

/**
 * Creates a ShareWork. Nobody joins work that has ended, has closed itself, or has lost its last caller. No result is
 * kept after the end.
 */
export const createSharedWork = <Key, C extends Caller, Result>(
  options: SharedWorkOptions<C>,
): ShareWork<Key, C, Result> => {
  const { starterLeaves, leaveError, startsAgain } = options;
  const running = new Map<Key, { work: Work<C, Result> | null }>();

  const begin = (key: Key, starter: C, start: (run: Run<C>) => Promise<Result>) => {
    const controller = new AbortController();
    const callers = new Set([starter]);
    const entry: { work: Work<C, Result> | null } = { work: null };
    const close = (): void => {
      if (running.get(key) === entry) running.delete(key);
    };
    const end = (): void => {
      close();
      // When a Map grows, its old tables keep deleted entries alive until a full collection.
      entry.work = null;
    };
    running.set(key, entry);
    const run: Run<C> = { signal: controller.signal, callers, close };
    const result = (async () => start(run))();
    // Before any caller gets the failure, so that one that starts again does not find the work that has ended.
    result.then(end, end);
    const work = { starter, run, callers, controller, result };
    entry.work = work;
    return work;
  };

  const waitFor = (work: Work<C, Result>, caller: C): Promise<Result> =>
    new Promise((resolve, reject) => {
      const { signal } = caller;
      const { run, callers, controller, result } = work;
      const leave = (): void => {
        // If a caller waits twice, the set holds it once, and `leave` runs twice.
        if (callers.size > 1) {
          callers.delete(caller);
        } else if (starterLeaves && callers.has(caller)) {
          run.close();
          controller.abort(signal.reason);
        }
        reject(leaveError(caller));
      };
      callers.add(caller);
      // Node warns of a leak from 11 listeners on, and a caller can wait for more work than that.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', leave, { once: true });
      result.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    });

  return async (key, caller, start) => {
    for (;;) {
      const joined = running.get(key)?.work;
      if (caller.signal.aborted && (joined || starterLeaves)) throw leaveError(caller);
      if (!joined) {
        const work = begin(key, caller, start);
        return starterLeaves ? waitFor(work, caller) : work.result;
      }
      joined.run.onJoin?.(caller);
      try {
        return await waitFor(joined, caller);
      } catch (error) {
        const { starter } = joined;
        const hitStarterLimit =
          error instanceof CostLimitError ||
          (!starterLeaves && starter.signal.aborted) ||
          startsAgain?.(error, starter, caller);
        if (caller.signal.aborted || !hitStarterLimit) throw error;
      }
    }
  };
};
