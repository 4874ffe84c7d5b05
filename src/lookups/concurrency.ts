/** Runs a task for each item, in order, at most `maxConcurrent` at a time. Resolves when all tasks have ended. */
export const forEachConcurrently = async <Item>(
  items: readonly Item[],
  maxConcurrent: number,
  task: (item: Item) => Promise<void>,
): Promise<void> => {
  // The workers share one iterator, so each takes the next item that no other has taken.
  const queue = items.values();
  const work = async (): Promise<void> => {
    for (const item of queue) await task(item);
  };
  await Promise.all(Array.from({ length: Math.min(maxConcurrent, items.length) }, work));
};
