import type { CallAllowance } from './call-allowance.ts';

declare const credential: unique symbol;

/** The value of an Authorization header. It must never be logged, stored or shown. */
export type Credential = string & { readonly [credential]: true };

/** Brands the value of an Authorization header. */
export const toCredential = (value: string): Credential => value as Credential;

/** Why an upstream call is made. */
export type CallCause = 'page' | 'lookup' | 'seek' | 'retry' | 'read-back' | 'write';

/** What spared a call that one reference by itself would have cost. */
export type SavingCause = 'embedded' | 'loader' | 'plan' | 'cache' | 'inFlight';

/** One upstream attempt as it went; `path` is the endpoint's template with the query, never an id or a credential. */
export interface UpstreamCall {
  readonly method: string;
  readonly path: string;
  /** The HTTP status, or null where no answer came. */
  readonly status: number | null;
  readonly durationMs: number;
  readonly cause: CallCause;
}

/** Why one attempt at the API failed, or was not made. It holds no id, value, body or credential. */
export interface CallFailure {
  readonly method: string;
  /** The endpoint's template, without the query. */
  readonly endpoint: string;
  readonly cause: CallCause;
  /** The HTTP status, or null where no answer came. */
  readonly status: number | null;
  /** The code in the API's own envelope of an error; null where there is none. */
  readonly code: number | null;
  /** The code of the gateway's error, or `BUG`. */
  readonly error: string;
  /** What status and code do not tell. */
  readonly reason: string | null;
  /** Where the answer is not of the documented shape. */
  readonly paths: readonly string[];
  /** Whether the API, or the way to it, did not do its part; false for refusals and for what was decided here. */
  readonly isApiFault: boolean;
}

/** One caller's operation: whose credential goes upstream, until when, and who is told of each call. */
export interface Operation {
  /** Throws UnauthenticatedError where the caller gave none. */
  readonly credential: Credential;
  /** Aborted when the client is gone or the deadline has passed; reads stop then, writes that left do not. */
  readonly signal: AbortSignal;
  /** By performance.now() of this process; a call's own timeout is cut to what is left. */
  readonly deadlineMs: number;
  readonly cause: CallCause;
  readonly allowance: CallAllowance;
  readonly onCall: (call: UpstreamCall) => void;
  /** Told of the calls that were not needed. */
  readonly onSaved?: (cause: SavingCause, calls: number) => void;
  /** Told of each attempt that failed or was not made, also of those that are repeated. */
  readonly onFailure?: (failure: CallFailure) => void;
}

/** An operation that clients wait for; several clients can wait for the same one. */
export interface ClientOperation extends Operation {
  readonly onFailure: (failure: CallFailure) => void;
  /** The first failed attempts at the API, in order. */
  readonly failures: readonly CallFailure[];
  /** Adds a client that waits for the operation. The operation is aborted when the last client has left. */
  readonly serve: (clientSignal: AbortSignal) => void;
  /** To be called when the operation has ended: aborts the reads that still run, and stops the timer. */
  readonly end: () => void;
}

/** Whether a signal was aborted as time was up, and not as nobody waits any more. */
export const isTimeUp = ({ reason }: AbortSignal): boolean =>
  reason instanceof Error && reason.name === 'TimeoutError';

/** An operation derived from another one: the same caller and credential, with another cause or other limits. */
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

  // Read late: it throws where the caller gave none, which matters only where a call is made.
  get credential(): Credential {
    return this.#operation.credential;
  }
}

/** The same operation, calling for another cause. */
export const withCause = (operation: Operation, cause: CallCause): Operation =>
  new DerivedOperation(operation, cause);

/** The least time, in milliseconds, for finding out what a write has done, however late its answer was lost. */
const leastReadBackMs = 10_000;

/**
 * The same caller's reads after a write that left. They have the time that the operation has left, and at least 10 s;
 * they go on if the client is gone.
 */
export const afterWrite = (operation: Operation): Operation => {
  const leftMs = operation.deadlineMs - performance.now();
  const readBackMs = Math.max(leastReadBackMs, Math.ceil(leftMs));
  return new DerivedOperation(operation, 'read-back', {
    signal: AbortSignal.timeout(readBackMs),
    deadlineMs: performance.now() + readBackMs,
    allowance: operation.allowance.afterWrite,
  });
};
