import {
  QueueFullError,
  UnauthenticatedError,
  UpstreamUnavailableError,
} from '../domain/errors.ts';
import { type CallFailure, isTimeUp, type Operation } from '../domain/operation.ts';
import type { OrganizationId } from '../domain/organization.ts';
import { createSharedWork, type Run } from './shared-work.ts';
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

/** The failure of an operation whose time was up, or whose client left, before the work that it shared had ended. */
export const abandonedError = ({ deadlineMs, signal }: Operation): UpstreamUnavailableError =>
  performance.now() >= deadlineMs || isTimeUp(signal)
    ? new UpstreamUnavailableError('The API did not answer in time.', {
        reason: 'timeout',
        mayHaveArrived: true,
      })
    : new UpstreamUnavailableError('The operation was cancelled.', {
        reason: 'aborted',
        mayHaveArrived: true,
      });

/** The operation that a shared read runs under: its starter's, with the latest deadline and the listeners of all callers. */
const createReadOperation = (starter: Operation, run: Run<Operation>): Operation => {
  const { credential, deadlineMs, cause, allowance, onCall, onSaved } = starter;
  const shared = {
    credential,
    signal: run.signal,
    deadlineMs,
    cause,
    allowance,
    onCall,
    ...(onSaved && { onSaved }),
    onFailure: (failure: CallFailure) => {
      // A set, since operations that are derived from one have the same listener.
      const listeners = new Set<Operation['onFailure']>();
      for (const { signal, onFailure } of run.callers) {
        // If the time of the last caller is up, that makes the read fail, and it must still get the failure.
        if (!signal.aborted || isTimeUp(signal)) listeners.add(onFailure);
      }
      for (const listener of listeners) listener?.(failure);
    },
  };
  run.onJoin = (caller) => {
    shared.deadlineMs = Math.max(shared.deadlineMs, caller.deadlineMs);
    caller.onSaved?.('inFlight', 1);
  };
  return shared;
};

/** Whether a read failed only because the deadline of its starter was earlier than this operation's. */
const hitStarterDeadline = (error: unknown, starter: Operation, { deadlineMs }: Operation) =>
  error instanceof UpstreamUnavailableError &&
  error.reason === 'timeout' &&
  starter.deadlineMs < deadlineMs &&
  performance.now() >= starter.deadlineMs;

/**
 * Whether a read failed only because its starter was new and had waited too long for a slot. Refusing an operation that
 * has made calls would waste them.
 */
const wasStarterNew = (error: unknown, { allowance }: Operation) =>
  error instanceof QueueFullError && allowance.hasMadeCalls();

/**
 * Creates shared reads. A process needs one. It keeps running reads only, no answers. `onWrite` is called when a write has
 * ended.
 */
export const createSharedReads = (
  onWrite?: (organizationId: OrganizationId) => void,
): SharedReads => {
  const generations = createWriteGenerations(onWrite);
  return {
    ...generations,
    share: <Arguments extends readonly unknown[], Value>(
      read: Read<Arguments, Value>,
    ): Read<Arguments, Value> => {
      const shareWork = createSharedWork<string, Operation, Value>({
        starterLeaves: true,
        leaveError: abandonedError,
        startsAgain: (error, starter, caller) =>
          hitStarterDeadline(error, starter, caller) || wasStarterNew(error, caller),
      });
      return async (operation, organizationId, ...rest) => {
        const generation = generations.generationOf(organizationId);
        // The key holds the credential until the read ends. The read itself holds it as long.
        const key = JSON.stringify([generation, operation.credential, organizationId, rest]);
        try {
          return await shareWork(key, operation, (run) =>
            read(createReadOperation(operation, run), organizationId, ...rest),
          );
        } catch (error) {
          // The transport has stopped the starter's allowance only.
          if (error instanceof UnauthenticatedError) operation.allowance.stop(error);
          throw error;
        }
      };
    },
  };
};
