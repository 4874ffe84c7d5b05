/** Runs a task after all tasks that it was given before, whatever became of them. */
export type RunInTurn = <Result>(task: () => Promise<Result>) => Promise<Result>;

/** A queue of its own: it runs one task at a time, in the order of asking. */
export const createTaskQueue = (): RunInTurn => {
  let last: Promise<unknown> = Promise.resolve();
  const ignore = (): void => {};
  return (task) => {
    const run = last.then(task);
    last = run.then(ignore, ignore);
    return run;
  };
};
