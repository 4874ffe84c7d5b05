/** Gives back the place of a call that has ended. */
export type Leave = () => void;

/** The calls of callers whose credential the API has not accepted yet. */
export interface Newcomers {
  /**
   * Resolves when such a call may be made for the organization. Null if too many wait already. Rejects with what
   * `toError` returns if the signal is aborted first.
   */
  enter(organizationId: string, signal: AbortSignal, toError: () => Error): Promise<Leave> | null;
}

interface Room {
  running: number;
  readonly waiting: Set<() => void>;
}

/**
 * Bounds the calls of newcomers: at most `mostRunning` at a time for each organization, and `mostWaiting` behind them.
 * A stranger may name any organization: without a bound, calls that the API is about to refuse would use up its quota.
 */
export const createNewcomers = (mostRunning: number, mostWaiting: number): Newcomers => {
  const rooms = new Map<string, Room>();

  const leave = (organizationId: string, room: Room): Leave => {
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      room.running -= 1;
      const [next] = room.waiting;
      if (next !== undefined) next();
      else if (room.running === 0) rooms.delete(organizationId);
    };
  };

  return {
    enter: (organizationId, signal, toError) => {
      const room = rooms.get(organizationId) ?? { running: 0, waiting: new Set() };
      if (room.running < mostRunning) {
        rooms.set(organizationId, room);
        room.running += 1;
        return Promise.resolve(leave(organizationId, room));
      }
      if (room.waiting.size >= mostWaiting) return null;
      return new Promise((resolve, reject) => {
        const start = (): void => {
          room.waiting.delete(start);
          signal.removeEventListener('abort', giveUp);
          room.running += 1;
          resolve(leave(organizationId, room));
        };
        const giveUp = (): void => {
          room.waiting.delete(start);
          reject(toError());
        };
        room.waiting.add(start);
        signal.addEventListener('abort', giveUp, { once: true });
      });
    },
  };
};
