/** Starts at most one operation in each iteration of the event loop, in the order of arrival. */
export interface OperationQueue {
  /**
   * Resolves in an iteration in which no other operation starts: true if the operation may start, false if it has
   * waited for more than a third of the time that operations have.
   */
  readonly waitToStart: () => Promise<boolean>;
  readonly waitingCount: () => number;
}

const maxWaitShare = 1 / 3;

/** `operationMs` is the time that operations have. `nowMs` is any steady clock. */
export const createOperationQueue = (
  operationMs: number,
  nowMs = () => performance.now(),
): OperationQueue => {
  const maxWaitMs = operationMs * maxWaitShare;
  const waiting: { readonly resolve: (mayStart: boolean) => void; readonly sinceMs: number }[] = [];
  const isLate = (): boolean => nowMs() - (waiting[0]?.sinceMs ?? Infinity) > maxWaitMs;
  const startNext = (): void => {
    while (isLate()) waiting.shift()?.resolve(false);
    waiting.shift()?.resolve(true);
    if (waiting.length > 0) setImmediate(startNext);
  };
  return {
    waitToStart: () =>
      new Promise((resolve) => {
        waiting.push({ resolve, sinceMs: nowMs() });
        if (waiting.length === 1) setImmediate(startNext);
      }),
    waitingCount: () => waiting.length,
  };
};
