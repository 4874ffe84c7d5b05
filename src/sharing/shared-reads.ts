import { setMaxListeners } from 'node:events';
import {
  CostLimitError,
  UnauthenticatedError,
  UpstreamUnavailableError,
} from '../domain/errors.ts';
import { type CallFailure, isTimeUp, type Operation } from '../domain/operation.ts';
import type { OrganizationId } from '../domain/organization.ts';
import { createWriteGenerations, type WriteGenerations } from './write-generations.ts';

/** A read of the API. Its arguments must be JSON: reads with equal JSON are equal reads. */
export type Read<Arguments extends readonly unknown[], Value> = (
  operation: Operation,
  organizationId: OrganizationId,
  ...rest: Arguments
) => Promise<Value>;

/** Shares equal reads of this process while they run. A write in the organization ends the sharing. */
export interface SharedReads extends WriteGenerations {
  /**
   * The same read, made once for all operations that ask for it at the same time with the same credential. It is
   * aborted when the last of these operations is aborted, and its deadline is the latest of their deadlines.
   */
  share<Arguments extends readonly unknown[], Value>(
    read: Read<Arguments, Value>,
  ): Read<Arguments, Value>;
}

/** A running read and the operations that wait for it. */
interface SharedRead<Value> {
  readonly answer: Promise<Value>;
  readonly abort: (reason: unknown) => void;
  /** The deadline that the read started with. */
  readonly firstDeadlineMs: number;
  /** The operation that the read runs under. Its deadline is extended when an operation with a later one joins. */
  readonly operation: { deadlineMs: number };
  readonly failureListeners: Set<(failure: CallFailure) => void>;
  waitingCount: number;
}

const abandonedError = ({ deadlineMs, signal }: Operation): UpstreamUnavailableError =>
  performance.now() >= deadlineMs || isTimeUp(signal)
    ? new UpstreamUnavailableError('The API did not answer in time.', {
        reason: 'timeout',
        mayHaveArrived: true,
      })
    : new UpstreamUnavailableError('The operation was cancelled.', {
        reason: 'aborted',
        mayHaveArrived: true,
      });

const startRead = <Value>(
  operation: Operation,
  run: (operation: Operation) => Promise<Value>,
): SharedRead<Value> => {
  const controller = new AbortController();
  const { cause, deadlineMs, allowance, onCall, onSaved } = operation;
  const failureListeners = new Set<(failure: CallFailure) => void>();
  const shared = {
    credential: operation.credential,
    signal: controller.signal,
    deadlineMs,
    cause,
    allowance,
    onCall,
    ...(onSaved && { onSaved }),
    onFailure: (failure: CallFailure) => {
      for (const listener of failureListeners) listener(failure);
    },
  };
  const answer = (async () => run(shared))();
  // If every operation has left, nothing else handles the rejection.
  answer.catch(() => {});
  return {
    answer,
    abort: (reason) => controller.abort(reason),
    firstDeadlineMs: deadlineMs,
    operation: shared,
    failureListeners,
    waitingCount: 0,
  };
};

/** Waits for a read until the operation is aborted. Aborts the read if no other operation waits for it then. */
const waitFor = <Value>(read: SharedRead<Value>, operation: Operation): Promise<Value> =>
  new Promise<Value>((resolve, reject) => {
    const { signal, onFailure } = operation;
    const leave = () => {
      signal.removeEventListener('abort', giveUp);
      read.waitingCount -= 1;
      // If time is up, this operation's end makes the read fail, and the operation must still get that failure.
      const endsRead = read.waitingCount === 0 && isTimeUp(signal);
      if (onFailure && !endsRead) read.failureListeners.delete(onFailure);
    };
    let hasLeft = false;
    const giveUp = () => {
      hasLeft = true;
      leave();
      if (read.waitingCount === 0) read.abort(signal.reason);
      reject(abandonedError(operation));
    };
    read.waitingCount += 1;
    if (onFailure) read.failureListeners.add(onFailure);
    const shared = read.operation;
    shared.deadlineMs = Math.max(shared.deadlineMs, operation.deadlineMs);
    // Node warns of a leak from 11 listeners on, and an operation can wait for more reads than that.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', giveUp);
    read.answer.then(resolve, reject).finally(() => {
      if (!hasLeft) leave();
    });
  });

/** Whether a read failed only because its first deadline was earlier than this operation's. */
const hitFirstDeadline = (error: unknown, read: SharedRead<unknown>, operation: Operation) =>
  error instanceof UpstreamUnavailableError &&
  error.reason === 'timeout' &&
  read.firstDeadlineMs < operation.deadlineMs &&
  performance.now() >= read.firstDeadlineMs &&
  !operation.signal.aborted;

/** Whether a read failed because of a limit of the operation that started it. */
const hitStarterLimit = (error: unknown, read: SharedRead<unknown>, operation: Operation) =>
  error instanceof CostLimitError || hitFirstDeadline(error, read, operation);

/** Creates shared reads. A process needs one. It keeps running reads only, no answers. */
export const createSharedReads = (): SharedReads => {
  const generations = createWriteGenerations();
  return {
    ...generations,
    share: <Arguments extends readonly unknown[], Value>(read: Read<Arguments, Value>) => {
      const running = new Map<string, { read: SharedRead<Value> | null }>();

      const readShared: Read<Arguments, Value> = async (operation, organizationId, ...rest) => {
        if (operation.signal.aborted) throw abandonedError(operation);
        const generation = generations.generationOf(organizationId);
        // The key holds the credential until the read ends. The read itself holds it as long.
        const key = JSON.stringify([generation, operation.credential, organizationId, rest]);
        const joined = running.get(key)?.read;
        if (joined && joined.waitingCount > 0) {
          operation.onSaved?.('inFlight', 1);
          try {
            return await waitFor(joined, operation);
          } catch (error) {
            if (error instanceof UnauthenticatedError) operation.allowance.stop(error);
            if (!hitStarterLimit(error, joined, operation)) throw error;
            return readShared(operation, organizationId, ...rest);
          }
        }
        const started = startRead(operation, (shared) => read(shared, organizationId, ...rest));
        const entry: { read: SharedRead<Value> | null } = { read: started };
        running.set(key, entry);
        started.answer
          .catch(() => {})
          .finally(() => {
            if (running.get(key) === entry) running.delete(key);
            // When a Map grows, its old tables keep deleted entries alive until a full collection.
            entry.read = null;
          });
        return waitFor(started, operation);
      };

      return readShared;
    },
  };
};
