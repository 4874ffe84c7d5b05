/** Who waits for a turn of the event loop of its own. */
export interface OperationQueue {
  /**
   * Resolves in a turn that nobody else who asked gets; turns are given in the order of asking. False where it comes too
   * late: many wait behind, and a third of the time that operations have is over.
   */
  readonly waitToStart: () => Promise<boolean>;
  /** How many wait. */
  readonly waitingCount: () => number;
}

const maxWaitShare = 1 / 3;

/** So many are served however late: a process that was held up for a while has not too much to do. */
const alwaysAdmitted = 100;

/** `operationMs` is the time that operations have; `nowMs` counts from anywhere. */
export const createOperationQueue = (
  operationMs: number,
  nowMs = () => performance.now(),
): OperationQueue => {
  const maxWaitMs = operationMs * maxWaitShare;
  const waiting: { readonly end: (isInTime: boolean) => void; readonly sinceMs: number }[] = [];
  const isLate = (): boolean =>
    waiting.length > alwaysAdmitted && nowMs() - (waiting[0]?.sinceMs ?? 0) > maxWaitMs;
  const next = (): void => {
    while (isLate()) waiting.shift()?.end(false);
    waiting.shift()?.end(true);
    if (waiting.length > 0) setImmediate(next);
  };
  return {
    waitToStart: () =>
      new Promise((end) => {
        waiting.push({ end, sinceMs: nowMs() });
        if (waiting.length === 1) setImmediate(next);
      }),
    waitingCount: () => waiting.length,
  };
};
