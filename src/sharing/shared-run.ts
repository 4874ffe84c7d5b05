import { stillRunning } from '../creation/creation-claim.ts';
import { CostLimitError } from '../domain/errors.ts';

interface Run<Result> {
  readonly signal: AbortSignal;
  readonly result: Promise<Result>;
}

/**
 * Runs what `name` stands for, or joins the run of it that is under way here. `start` gets a function after
 * which nobody can join any more.
 */
export type ShareRun<Result> = (
  name: string,
  signal: AbortSignal,
  start: (close: () => void) => Promise<Result>,
) => Promise<{ readonly result: Result; readonly joined: boolean }>;

const unlessAborted = <Result>(result: Promise<Result>, signal: AbortSignal): Promise<Result> =>
  new Promise((resolve, reject) => {
    const giveUp = () => reject(stillRunning());
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });

/**
 * Makes a ShareRun: who joins gets the same result or failure, or OutcomeUnknownError where its own signal ends the
 * waiting. A run that failed after its caller had gone says nothing to the others: one of them starts it again.
 */
export const createSharedRuns = <Result>(): ShareRun<Result> => {
  const runs = new Map<string, Run<Result>>();
  return async (name, signal, start) => {
    for (;;) {
      const other = runs.get(name);
      if (other === undefined) {
        const close = () => {
          if (runs.get(name) === run) runs.delete(name);
        };
        const result = Promise.resolve()
          .then(() => start(close))
          .finally(close);
        const run = { signal, result };
        runs.set(name, run);
        return { result: await result, joined: false };
      }
      try {
        return { result: await unlessAborted(other.result, signal), joined: true };
      } catch (error) {
        // Who began it is gone, or may make no more calls; this one may.
        const failedForItsOwner = other.signal.aborted || error instanceof CostLimitError;
        if (signal.aborted || !failedForItsOwner) throw error;
      }
    }
  };
};
