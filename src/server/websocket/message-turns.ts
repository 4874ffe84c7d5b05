/** The messages of one socket that wait to be handled. */
export interface MessageQueue {
  readonly add: (handle: () => void) => void;
  /** Drops the messages that wait. */
  readonly clear: () => void;
}

/** Creates the queue of one socket. `onEmpty` is called when the last message that waited begins to be handled. */
export type CreateMessageQueue = (onEmpty: () => void) => MessageQueue;

interface Waiting {
  readonly messages: (() => void)[];
  readonly onEmpty: () => void;
}

/**
 * Makes the sockets take turns: each iteration of the event loop handles one message, of one socket after another. The
 * package ws hands over all messages of a chunk of 64 KB at once. If they were handled at once, a few hundred sockets
 * would keep all other callers waiting for seconds.
 */
export const createMessageTurns = (): CreateMessageQueue => {
  /** In the order of their turns. */
  const waiting = new Set<Waiting>();
  let isRunning = false;

  const handleNext = (): void => {
    const [queue] = waiting;
    isRunning = queue !== undefined;
    if (queue === undefined) return;
    setImmediate(handleNext);
    waiting.delete(queue);
    const handle = queue.messages.shift();
    if (queue.messages.length > 0) waiting.add(queue);
    else queue.onEmpty();
    handle?.();
  };

  return (onEmpty) => {
    const queue: Waiting = { messages: [], onEmpty };
    return {
      add: (handle) => {
        queue.messages.push(handle);
        waiting.add(queue);
        if (!isRunning) setImmediate(handleNext);
        isRunning = true;
      },
      clear: () => {
        queue.messages.length = 0;
        waiting.delete(queue);
      },
    };
  };
};
