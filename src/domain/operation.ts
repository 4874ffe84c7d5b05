import type { CallAllowance } from './call-allowance.ts';

declare const credential: unique symbol;

/** The value of an Authorization header. It must never be logged, stored or shown. */
export type Credential = string & { readonly [credential]: true };

/** Brands the value of an Authorization header. */
export const toCredential = (value: string): Credential => value as Credential;

/** Why an upstream call is made. */
export type CallCause = 'page' | 'lookup' | 'seek' | 'retry' | 'read-back' | 'write' | 'live';

/** What saved a call for a reference. */
export type SavingCause = 'embedded' | 'loader' | 'plan' | 'cache' | 'inFlight';

/** One attempt at the API. `path` is the endpoint's template with the query. It holds no id and no credential. */
export interface UpstreamCall {
  readonly method: string;
  readonly path: string;
  /** The HTTP status; null if no answer came. */
  readonly status: number | null;
  readonly durationMs: number;
  readonly cause: CallCause;
}

/** Why an attempt at the API failed or was not made. It holds no id, value, body or credential. */
export interface CallFailure {
  readonly method: string;
  /** The endpoint's template, without the query. */
  readonly endpoint: string;
  readonly cause: CallCause;
  /** The HTTP status; null if no answer came. */
  readonly status: number | null;
  /** The code in the API's error envelope; null if there is none. */
  readonly code: number | null;
  /** The code of the gateway's error, or `BUG`. */
  readonly error: string;
  /** Details that status and code do not show. */
  readonly reason: string | null;
  /** The places at which the answer does not have the documented shape. */
  readonly paths: readonly string[];
  /** Whether the API or the network failed. False for refusals and for decisions of the gateway. */
  readonly isApiFault: boolean;
}

/** An operation of one caller: its credential, its time limits, and the listeners of its calls. */
export interface Operation {
  /** Throws UnauthenticatedError if the caller gave none. */
  readonly credential: Credential;
  /** Aborted when the client is gone or the deadline has passed. Reads stop then, but writes that were sent do not. */
  readonly signal: AbortSignal;
  /** On the scale of performance.now(). The timeout of a call never exceeds the time that is left. */
  readonly deadlineMs: number;
  readonly cause: CallCause;
  readonly allowance: CallAllowance;
  readonly onCall: (call: UpstreamCall) => void;
  /** Called when calls are saved. */
  readonly onSaved?: (cause: SavingCause, calls: number) => void;
  /** Called for each attempt that failed or was not made, even if it is repeated. */
  readonly onFailure?: (failure: CallFailure) => void;
}

/** An operation that one or more clients wait for. */
export interface ClientOperation extends Operation {
  readonly onFailure: (failure: CallFailure) => void;
  /** The first failed attempts at the API, in order. */
  readonly failures: readonly CallFailure[];
  /** Adds a client that waits for the operation. The operation is aborted when the last client has left. */
  readonly serve: (clientSignal: AbortSignal) => void;
  /** To be called when the operation has ended. Aborts the reads that still run, and stops the timer. */
  readonly end: () => void;
}

/** Whether a signal was aborted because time was up, and not because no client waits any more. */
export const isTimeUp = ({ reason }: AbortSignal): boolean =>
  reason instanceof Error && reason.name === 'TimeoutError';

/** An operation with the same caller and credential as another one, but another cause or other limits. */
class DerivedOperation implements Operation {
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  readonly cause: CallCause;
  readonly allowance: CallAllowance;
  readonly onCall: (call: UpstreamCall) => void;
  readonly onSaved?: (cause: SavingCause, calls: number) => void;
  readonly onFailure?: (failure: CallFailure) => void;
  readonly #operation: Operation;

  constructor(
    operation: Operation,
    cause: CallCause,
    {
      signal = operation.signal,
      deadlineMs = operation.deadlineMs,
      allowance = operation.allowance,
    }: Partial<Pick<Operation, 'signal' | 'deadlineMs' | 'allowance'>> = {},
  ) {
    this.signal = signal;
    this.deadlineMs = deadlineMs;
    this.cause = cause;
    this.allowance = allowance;
    this.onCall = operation.onCall;
    if (operation.onSaved) this.onSaved = operation.onSaved;
    if (operation.onFailure) this.onFailure = operation.onFailure;
    this.#operation = operation;
  }

  // A getter, since the credential throws if the caller gave none. That may only fail operations that make a call.
  get credential(): Credential {
    return this.#operation.credential;
  }
}

/** The same operation with another cause. */
export const withCause = (operation: Operation, cause: CallCause): Operation =>
  new DerivedOperation(operation, cause);

/** The minimum time for reading back the effect of a write, even if its answer was lost late. */
const minReadBackMs = 10_000;

/**
 * The operation for reading back the effect of a write that was sent. It has the time that the operation has left, and
 * at least 10 s. It goes on if the client is gone.
 */
export const afterWrite = (operation: Operation): Operation => {
  const leftMs = operation.deadlineMs - performance.now();
  const readBackMs = Math.max(minReadBackMs, Math.ceil(leftMs));
  return new DerivedOperation(operation, 'read-back', {
    signal: AbortSignal.timeout(readBackMs),
    deadlineMs: performance.now() + readBackMs,
    allowance: operation.allowance.afterWrite,
  });
};
