import type { TransportLoad } from '../../domain/transport-event.ts';

/** Gives a slot back. Further calls have no effect. */
export type Release = () => void;

/** A call that needs a slot. */
export interface SlotRequest {
  /** The operation that the call belongs to. */
  readonly owner: object;
  /** The calls that it shares a bound with, e.g. those of one circuit. */
  readonly group: string;
  readonly signal: AbortSignal;
  /** Makes the error for a call that gets no slot. */
  readonly toError: (why: 'aborted' | 'refused') => Error;
}

/** Bounds the calls that run at once and those that wait. */
export interface Slots {
  /**
   * Resolves when the call may run. Rejects if the signal is aborted before, if too many calls wait, or if the operation
   * is new and the wait takes too long. An operation is new until one of its calls has got a slot: refusing further calls
   * would waste the ones already made.
   */
  acquire(request: SlotRequest): Promise<Release>;
  load(): TransportLoad;
}

export interface SlotOptions {
  /** Whether a group may start a call, by the number of its running calls and of all running calls. */
  readonly mayStart: (runningInGroup: number, running: number) => boolean;
  /** Calls of one group that may wait. */
  readonly maxWaiting: number;
  /** Schedules `refuse` for a call of a new operation, and returns a function that cancels it. Default: no limit. */
  readonly scheduleRefusal?: (refuse: () => void) => () => void;
}

interface Group {
  running: number;
  waiting: number;
  /** The functions that start the waiting calls, by operation, in the order of their turns. */
  readonly turns: Map<object, Set<() => void>>;
}

/**
 * Creates slots. A free one goes to the group that runs the fewest calls. In each group the operations take turns, so that
 * a large one does not block a small one.
 */
export const createSlots = ({
  mayStart,
  maxWaiting,
  scheduleRefusal = () => () => {},
}: SlotOptions): Slots => {
  /** Groups with running or waiting calls. A group moves to the end when it starts a call. */
  const groups = new Map<string, Group>();
  const admitted = new WeakSet<object>();
  let running = 0;

  const startNext = (): void => {
    let next: Group | undefined;
    for (const group of groups.values()) {
      if (group.waiting === 0 || !mayStart(group.running, running)) continue;
      if (next === undefined || group.running < next.running) next = group;
    }
    const [turn] = next?.turns ?? [];
    if (next === undefined || turn === undefined) return;
    const [owner, calls] = turn;
    const [start] = calls;
    start?.();
    next.turns.delete(owner);
    if (calls.size > 0) next.turns.set(owner, calls);
  };

  const forgetIfIdle = (name: string, group: Group): void => {
    if (group.running === 0 && group.waiting === 0) groups.delete(name);
  };

  const take = ({ owner, group: name }: SlotRequest, group: Group): Release => {
    admitted.add(owner);
    groups.delete(name);
    groups.set(name, group);
    group.running += 1;
    running += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      group.running -= 1;
      running -= 1;
      startNext();
      forgetIfIdle(name, group);
    };
  };

  const wait = (request: SlotRequest, group: Group): Promise<Release> =>
    new Promise((resolve, reject) => {
      const { owner, group: name, signal, toError } = request;
      const calls = group.turns.get(owner) ?? new Set();
      const endWait = (): void => {
        calls.delete(start);
        group.waiting -= 1;
        cancelRefusal();
        signal.removeEventListener('abort', abort);
      };
      const start = (): void => {
        endWait();
        resolve(take(request, group));
      };
      const leave = (why: 'aborted' | 'refused'): void => {
        endWait();
        if (calls.size === 0) group.turns.delete(owner);
        forgetIfIdle(name, group);
        reject(toError(why));
      };
      const abort = (): void => leave('aborted');
      const cancelRefusal = scheduleRefusal(() => {
        if (calls.has(start) && !admitted.has(owner)) leave('refused');
      });
      groups.set(name, group);
      group.turns.set(owner, calls);
      calls.add(start);
      group.waiting += 1;
      signal.addEventListener('abort', abort, { once: true });
    });

  return {
    acquire: async (request) => {
      const { group: name, signal, toError } = request;
      if (signal.aborted) throw toError('aborted');
      const group = groups.get(name) ?? { running: 0, waiting: 0, turns: new Map() };
      if (mayStart(group.running, running)) return take(request, group);
      if (group.waiting >= maxWaiting) throw toError('refused');
      return wait(request, group);
    },
    load: () => {
      const waiting = [...groups.values()].reduce((sum, group) => sum + group.waiting, 0);
      return { running, waiting };
    },
  };
};
