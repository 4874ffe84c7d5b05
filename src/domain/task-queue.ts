/** Runs a task when all tasks given before have ended, whether they succeeded or failed. */
export type RunInTurn = <Result>(task: () => Promise<Result>) => Promise<Result>;

/** Creates a queue that runs one task at a time, in the order in which they were given. */
export const createTaskQueue = (): RunInTurn => {
  let last: Promise<unknown> = Promise.resolve();
  const ignore = (): void => {};
  return (task) => {
    const run = last.then(task);
    last = run.then(ignore, ignore);
    return run;
  };
};
