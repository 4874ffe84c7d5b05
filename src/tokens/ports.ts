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

/** One caller's operation: whose credential goes upstream, until when, and who is told of each call. */
export interface Operation {
  /** Throws UnauthenticatedError where the caller gave none. */
  readonly credential: Credential;
  /** Aborted when the client is gone or the deadline has passed; reads stop then, writes that left do not. */
  readonly signal: AbortSignal;
  /** By performance.now() of this process; a call's own timeout is cut to what is left. */
  readonly deadlineMs: number;
  readonly cause: CallCause;
  readonly onCall: (call: UpstreamCall) => void;
  /** Told of the calls that were not needed. */
  readonly onSaved?: (cause: SavingCause, calls: number) => void;
}

/** The same operation, calling for another cause. */
export const withCause = (operation: Operation, cause: CallCause): Operation => ({
  // Read late: it throws where the caller gave none, which matters only where a call is made.
  get credential() {
    return operation.credential;
  },
  signal: operation.signal,
  deadlineMs: operation.deadlineMs,
  cause,
  onCall: operation.onCall,
  ...(operation.onSaved && { onSaved: operation.onSaved }),
});
