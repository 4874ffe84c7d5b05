/** Starts at most one operation in each iteration of the event loop, in the order of arrival. */
export interface OperationQueue {
  /**
   * Resolves in an iteration in which no other operation starts: true if the operation may start, false if it has
   * waited for more than a third of the time that operations have.
   */
  readonly waitToStart: () => Promise<boolean>;
  /**
   * The same for an event of a subscription, which is never refused: that would end its stream, and all clients of a busy
   * process would resume at once. While operations wait, events get every fourth iteration.
   */
  readonly waitForEvent: () => Promise<void>;
  /** Operations that wait to start. */
  readonly waitingCount: () => number;
}

const eventShare = 4;
const maxWaitShare = 1 / 3;

/** `operationMs` is the time that operations have. `nowMs` is any steady clock. */
export const createOperationQueue = (
  operationMs: number,
  nowMs = () => performance.now(),
): OperationQueue => {
  const maxWaitMs = operationMs * maxWaitShare;
  const waiting: { readonly resolve: (mayStart: boolean) => void; readonly sinceMs: number }[] = [];
  const isLate = (): boolean => nowMs() - (waiting[0]?.sinceMs ?? Infinity) > maxWaitMs;
  const events: (() => void)[] = [];
  let turn = 0;
  const startNext = (): void => {
    while (isLate()) waiting.shift()?.resolve(false);
    turn += 1;
    if (waiting.length === 0 || turn % eventShare === 0) (events.shift() ?? startOperation)();
    else startOperation();
    if (waiting.length + events.length > 0) setImmediate(startNext);
  };
  const startOperation = (): void => waiting.shift()?.resolve(true);
  const begin = (): void => {
    if (waiting.length + events.length === 1) setImmediate(startNext);
  };
  return {
    waitToStart: () =>
      new Promise((resolve) => {
        waiting.push({ resolve, sinceMs: nowMs() });
        begin();
      }),
    waitForEvent: () =>
      new Promise((resolve) => {
        events.push(resolve);
        begin();
      }),
    waitingCount: () => waiting.length,
  };
};
