import { CostLimitError } from '../domain/errors.ts';

interface Run<Result> {
  readonly signal: AbortSignal;
  readonly result: Promise<Result>;
}

/**
 * Runs the task with the given name, or joins the run of it that this process has in progress. `start` gets a
 * function that closes the run: no caller joins it from then on.
 */
export type ShareRun<Result> = (
  name: string,
  signal: AbortSignal,
  start: (close: () => void) => Promise<Result>,
) => Promise<{ readonly result: Result; readonly joined: boolean }>;

const unlessAborted = <Result>(
  result: Promise<Result>,
  signal: AbortSignal,
  createError: () => Error,
): Promise<Result> =>
  new Promise((resolve, reject) => {
    const giveUp = () => reject(createError());
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });

/**
 * Creates a ShareRun. A caller that joins gets the result or the failure of the run. If its own signal is aborted
 * first, it gets the error of `stillRunning`, and the run goes on. If the run fails because the caller that started it
 * is gone or may make no more calls, one of the callers that joined starts it again.
 */
export const createSharedRuns = <Result>(stillRunning: () => Error): ShareRun<Result> => {
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
        return { result: await unlessAborted(other.result, signal, stillRunning), joined: true };
      } catch (error) {
        const hitStarterLimit = other.signal.aborted || error instanceof CostLimitError;
        if (signal.aborted || !hitStarterLimit) throw error;
      }
    }
  };
};
