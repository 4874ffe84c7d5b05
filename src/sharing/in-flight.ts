import { setMaxListeners } from 'node:events';
import {
  CostLimitError,
  UnauthenticatedError,
  UpstreamUnavailableError,
} from '../domain/errors.ts';
import { type CallFailure, isTimeUp, type Operation } from '../domain/operation.ts';
import type { OrganizationId } from '../domain/organization.ts';

/** A read of the API. Its arguments must be JSON: equal text means an equal read. */
export type Read<Arguments extends readonly unknown[], Value> = (
  operation: Operation,
  organizationId: OrganizationId,
  ...rest: Arguments
) => Promise<Value>;

/** The reads of this process that are under way, and the writes that end their sharing. */
export interface InFlight {
  /**
   * The same read, made once for all operations that ask for it at the same time with the same credential. It is
   * aborted when the last of them is gone, and its deadline is the latest of theirs.
   */
  shared<Arguments extends readonly unknown[], Value>(
    read: Read<Arguments, Value>,
  ): Read<Arguments, Value>;
  /** To be told when a write in an organization has ended, whatever its outcome: reads under way are not joined from here on. */
  writeEnded(organizationId: OrganizationId): void;
  /** Another number after each write in an organization that ended. */
  epochOf(organizationId: OrganizationId): number;
  /** Another number after each write that ended, wherever. */
  epoch(): number;
}

/** One read under way and those who wait for it. */
interface Flight<Value> {
  readonly answer: Promise<Value>;
  readonly abort: (reason: unknown) => void;
  readonly startedForMs: number;
  /** What the read runs for; its deadline moves with those who wait. */
  readonly shared: { deadlineMs: number };
  /** Those who wait and want to know of failures. */
  readonly told: Set<(failure: CallFailure) => void>;
  waiting: number;
}

/** Organizations whose writes are counted one by one; past it, all of them begin a new epoch. */
const maxOrganizations = 10_000;

const createEpochs = (): Pick<InFlight, 'writeEnded' | 'epochOf' | 'epoch'> => {
  const epochs = new Map<OrganizationId, number>();
  let latest = 0;
  let forgotten = 0;
  return {
    epochOf: (organizationId) => epochs.get(organizationId) ?? forgotten,
    epoch: () => latest,
    writeEnded: (organizationId) => {
      latest += 1;
      if (epochs.size >= maxOrganizations) {
        epochs.clear();
        forgotten = latest;
      }
      epochs.set(organizationId, latest);
    },
  };
};

const goneError = ({ deadlineMs, signal }: Operation): UpstreamUnavailableError => {
  return performance.now() >= deadlineMs || isTimeUp(signal)
    ? new UpstreamUnavailableError('The API did not answer in time.', {
        reason: 'timeout',
        mayHaveArrived: true,
      })
    : new UpstreamUnavailableError('The operation was cancelled.', {
        reason: 'aborted',
        mayHaveArrived: true,
      });
};

const launch = <Value>(
  operation: Operation,
  run: (operation: Operation) => Promise<Value>,
): Flight<Value> => {
  const controller = new AbortController();
  const { cause, deadlineMs, allowance, onCall, onSaved } = operation;
  const told = new Set<(failure: CallFailure) => void>();
  const shared = {
    credential: operation.credential,
    signal: controller.signal,
    deadlineMs,
    cause,
    allowance,
    onCall,
    ...(onSaved && { onSaved }),
    onFailure: (failure: CallFailure) => {
      for (const tell of told) tell(failure);
    },
  };
  const answer = (async () => run(shared))();
  // Where all have left, nobody hears of its failure.
  answer.catch(() => {});
  return {
    answer,
    abort: (reason) => controller.abort(reason),
    startedForMs: deadlineMs,
    shared,
    told,
    waiting: 0,
  };
};

/** Waits for a flight as long as the operation lasts; the last to leave early aborts it. */
const board = <Value>(flight: Flight<Value>, operation: Operation): Promise<Value> =>
  new Promise<Value>((resolve, reject) => {
    const { signal, onFailure } = operation;
    const leave = () => {
      signal.removeEventListener('abort', giveUp);
      flight.waiting -= 1;
      // Where time is up, the read that ends with this operation is why it failed: that is still told.
      const isEnding = flight.waiting === 0 && isTimeUp(signal);
      if (onFailure && !isEnding) flight.told.delete(onFailure);
    };
    let left = false;
    const giveUp = () => {
      left = true;
      leave();
      if (flight.waiting === 0) flight.abort(signal.reason);
      reject(goneError(operation));
    };
    flight.waiting += 1;
    if (onFailure) flight.told.add(onFailure);
    const { shared } = flight;
    shared.deadlineMs = Math.max(shared.deadlineMs, operation.deadlineMs);
    // An operation may wait for more reads at once than Node takes for a leak.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', giveUp);
    flight.answer.then(resolve, reject).finally(() => {
      if (!left) leave();
    });
  });

/** Whether a read failed only because it had begun with less time than this operation has. */
const ranOutOfOthersTime = (error: unknown, flight: Flight<unknown>, operation: Operation) =>
  error instanceof UpstreamUnavailableError &&
  error.reason === 'timeout' &&
  flight.startedForMs < operation.deadlineMs &&
  performance.now() >= flight.startedForMs &&
  !operation.signal.aborted;

/** Whether a read failed only for what the operation that began it may not do. */
const failedForItsOwner = (error: unknown, flight: Flight<unknown>, operation: Operation) =>
  error instanceof CostLimitError || ranOutOfOthersTime(error, flight, operation);

/** Sharing for one process: make it once. It holds nothing but what is under way, and a number for each organization. */
export const createInFlight = (): InFlight => {
  const epochs = createEpochs();
  return {
    ...epochs,
    shared: <Arguments extends readonly unknown[], Value>(read: Read<Arguments, Value>) => {
      const flights = new Map<string, { flight: Flight<Value> | null }>();

      const share: Read<Arguments, Value> = async (operation, organizationId, ...rest) => {
        if (operation.signal.aborted) throw goneError(operation);
        const epoch = epochs.epochOf(organizationId);
        // Holds the credential for as long as the read lasts, which itself does.
        const key = JSON.stringify([epoch, operation.credential, organizationId, rest]);
        const joined = flights.get(key)?.flight;
        if (joined && joined.waiting > 0) {
          operation.onSaved?.('inFlight', 1);
          try {
            return await board(joined, operation);
          } catch (error) {
            if (error instanceof UnauthenticatedError) operation.allowance.stop(error);
            if (!failedForItsOwner(error, joined, operation)) throw error;
            return share(operation, organizationId, ...rest);
          }
        }
        const flight = launch(operation, (shared) => read(shared, organizationId, ...rest));
        const entry: { flight: Flight<Value> | null } = { flight };
        flights.set(key, entry);
        flight.answer
          .catch(() => {})
          .finally(() => {
            if (flights.get(key) === entry) flights.delete(key);
            // The tables that a Map has outgrown hold its entries until a full collection.
            entry.flight = null;
          });
        return board(flight, operation);
      };

      return share;
    },
  };
};
