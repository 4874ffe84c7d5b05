import type { CallAllowance } from './call-allowance.ts';
import type { BulkCounts } from './platform.ts';
import type { TokenId } from './token.ts';

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

/** Whether a signal was aborted as time was up, and not as nobody waits any more. */
export const isTimeUp = ({ reason }: AbortSignal): boolean =>
  reason instanceof Error && reason.name === 'TimeoutError';

/** An operation that goes on for another, with its caller's credential. */
export class Continued implements Operation {
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
  new Continued(operation, cause);

/** The time of this process; tests bring their own. */
export interface WallClock {
  /** Milliseconds since the epoch. */
  readonly epochMs: () => number;
  /** Resolves after a while, or at once when the signal is aborted. Never rejects. */
  readonly wait: (delayMs: number, signal: AbortSignal) => Promise<void>;
}

/** A hash under a secret: equal texts have equal hashes, and nobody without the secret can test a guess. */
export type KeyedHash = (text: string) => string;

/** One value to be kept for a while under a name; both are opaque to the store. */
export interface LookupEntry {
  readonly name: string;
  /** Plain JSON. A store in memory hands out this very object: nobody changes it. */
  readonly value: unknown;
  /** The same written out: what it takes to keep it. */
  readonly text: string;
  readonly ttlMs: number;
}

/**
 * Lookups that operations (and replicas) share. It may forget anything at any time. Nothing here rejects or waits for
 * long: a store that cannot be reached is an empty one.
 */
export interface LookupCache {
  /** The values in the order of the names; null where there is none. */
  readonly read: (names: readonly string[]) => Promise<readonly unknown[]>;
  readonly write: (entries: readonly LookupEntry[]) => Promise<void>;
  readonly remove: (names: readonly string[]) => Promise<void>;
  /** For each name whether nobody held a claim to it; the claim then ends by itself. */
  readonly claim: (names: readonly string[], forMs: number) => Promise<readonly boolean[]>;
}

/** One chunk of a bulk create that may have reached the API; `counts` is null where no answer of it is known. */
export interface SentChunk {
  readonly sentAtMs: number;
  readonly counts: BulkCounts | null;
}

/** How far the create of one token came. */
export type TokenProgress =
  /** Surely nothing left yet. */
  | { readonly state: 'reserved' }
  /** It may have reached the API. */
  | { readonly state: 'sent'; readonly sentAtMs: number }
  | { readonly state: 'done'; readonly tokenId: TokenId };

/** How far a bulk create came. */
export interface BulkProgress {
  readonly state: 'bulk';
  readonly chunkSize: number;
  /** In order; null: this one surely had no effect yet. */
  readonly chunks: readonly (SentChunk | null)[];
}

/** How far a create with a key came. It never holds a link, a code or an address. */
export type CreationProgress = TokenProgress | BulkProgress;

/** What is remembered of a create with a key. */
export interface CreationRecord {
  /** A random name, another one with every write. */
  readonly revision: string;
  readonly inputHash: string;
  /** Until then its owner may be at work (milliseconds since the epoch); 0: nobody is. */
  readonly ownedUntilMs: number;
  readonly progress: CreationProgress;
}

/**
 * The records of creates with a key, shared by all replicas and as durable as the store under them. Both methods
 * reject within a second or two where the store cannot be reached; a write may then have happened.
 */
export interface CreationRecords {
  readonly read: (id: string) => Promise<CreationRecord | null>;
  /**
   * Puts `next` in the place of the record of that revision (null: of none), or removes it; all in one step. False
   * where another write came first, and then nothing changed: so a caller that was paused while another one took over
   * learns of it before it sends. A record is forgotten a fixed time after its last write.
   */
  readonly replace: (
    id: string,
    revision: string | null,
    next: CreationRecord | null,
  ) => Promise<boolean>;
}

/** How a request for a slot of the quota went. */
export type QuotaGrant =
  | { readonly granted: true; readonly waitMs: number }
  | { readonly granted: false; readonly retryAfterMs: number };

/** The requests that the API allows an organization. */
export interface QuotaSize {
  readonly requestsPerHour: number;
  /** Requests that may go at once after a time of rest. */
  readonly burst: number;
}

/** What is left of the requests that the API allows an organization; replicas may share it. Nothing here rejects. */
export interface QuotaStore {
  /**
   * Takes one request. Granted ones may have to wait, at most `maxWaitMs`, and are then counted already. `reserve` is
   * the share of the burst, 0 to 1, that the request must leave to others.
   */
  take(
    organizationId: string,
    need: { readonly maxWaitMs: number; readonly reserve: number },
  ): Promise<QuotaGrant>;
  /** Requests that may go at once, as far as this process knows; null where it has not asked for a while. */
  left(organizationId: string): number | null;
  /** Returns a request that was not sent after all, or that belongs to a caller whom the API has not accepted. */
  giveBack(organizationId: string): Promise<void>;
  /** The API knows better: nothing is left for so long. */
  empty(organizationId: string, forMs: number): Promise<void>;
}
