/** One operation of a socket, from its `subscribe` message to its end. */
interface RunningOperation {
  readonly controller: AbortController;
  /** The operations of the socket when this one began, itself included, without those that their client has completed. */
  readonly running: number;
  /** Resolves when the operation has been started or refused. */
  readonly begun: Promise<void>;
  readonly onBegun: () => void;
  /** Resolves when the operation has ended, and what the client gets of it has been sent. */
  ended: Promise<void>;
}

/** The operations of one socket. */
export interface SocketOperations {
  /** Runs an operation. Its id is free again when it was aborted, and its predecessor with the same id has ended. */
  readonly run: (id: string, operate: () => Promise<void>) => Promise<void>;
  /** The operation that runs with this id. Its controller is aborted when the client has completed it, or has left. */
  readonly find: (id: string) => Omit<RunningOperation, 'begun' | 'ended'> | undefined;
  readonly abort: (id: string) => void;
  readonly abortAll: () => void;
  readonly count: () => number;
  /** Resolves when all operations so far have been started or refused. */
  readonly whenBegun: () => Promise<unknown>;
  /** Resolves when no operation runs. */
  readonly whenNone: () => Promise<void>;
}

/**
 * Creates the record of the operations of a socket. graphql-ws mixes up an operation that was completed while it started
 * with a later one of the same id, so the later one waits for the end of the other. `onChange` is called when the first
 * operation begins and when the last one has ended.
 */
export const createSocketOperations = (onChange: () => void): SocketOperations => {
  /** The newest operation of each id. */
  const newest = new Map<string, RunningOperation>();
  const running = new Set<RunningOperation>();

  const wanted = (): number =>
    Array.from(running).filter(({ controller }) => !controller.signal.aborted).length;
  const end = (id: string, operation: RunningOperation): void => {
    running.delete(operation);
    if (newest.get(id) === operation) newest.delete(id);
    if (running.size === 0) onChange();
  };

  return {
    run: async (id, operate) => {
      const before = newest.get(id);
      // graphql-ws closes the socket.
      if (before && !before.controller.signal.aborted) return operate();
      const controller = new AbortController();
      let onBegun = (): void => {};
      const begun = new Promise<void>((resolve) => {
        onBegun = resolve;
      });
      const operation = {
        ...{ begun, onBegun },
        controller,
        running: 1 + wanted(),
        ended: Promise.resolve(),
      };
      newest.set(id, operation);
      running.add(operation);
      if (running.size === 1) onChange();
      operation.ended = (async () => {
        try {
          await before?.ended.catch(() => {});
          if (!controller.signal.aborted) await operate();
        } finally {
          onBegun();
          end(id, operation);
        }
      })();
      return operation.ended;
    },
    find: (id) => newest.get(id),
    abort: (id) => newest.get(id)?.controller.abort(),
    abortAll: () => {
      for (const { controller } of running) controller.abort();
    },
    count: () => running.size,
    whenBegun: () => Promise.all(Array.from(running, ({ begun }) => begun)),
    whenNone: async () => {
      while (running.size > 0) {
        await Promise.allSettled(Array.from(running, ({ ended }) => ended));
      }
    },
  };
};
