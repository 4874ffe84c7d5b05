/** One fault of a caller's input. */
export interface InputFault {
  /** Starts at the field's arguments, e.g. ['input', 'policyAssignments', '0', 'policyId']. */
  readonly path: readonly string[];
  readonly message: string;
}

interface GatewayErrorOptions {
  readonly cause?: unknown;
}

/** The codes of all expected failures. Tables of what depends on the kind of failure have an entry for each. */
export type FailureCode =
  | 'INPUT_REJECTED'
  | 'BAD_CURSOR'
  | 'NOT_FOUND'
  | 'COST_LIMIT'
  | 'PLAN_LIMIT'
  | 'CREATION_FAILED'
  | 'NOT_SUPPORTED'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'RATE_LIMITED'
  | 'UPSTREAM_UNAVAILABLE'
  | 'CONTRACT_BROKEN'
  | 'UNEXPECTED'
  | 'IDEMPOTENCY_CONFLICT'
  | 'OUTCOME_UNKNOWN';

/** The base of every expected failure. Messages are for callers. They hold no credential, no URL and no upstream text. */
export abstract class GatewayError extends Error {
  abstract readonly code: FailureCode;
  /** Whether the same call can succeed later. */
  readonly retryable: boolean = false;
  /** Whether a write that failed with this error had no effect: the API refused it, or was not reached. */
  readonly surelyHadNoEffect: boolean = false;
  /** What callers get besides the message. */
  readonly details: Readonly<Record<string, unknown>> = {};

  constructor(message: string, options: GatewayErrorOptions = {}) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Faults that one message names. A caller that sent thousands of wrong values does not need all of them. */
const maxNamedFaults = 10;

const listFaults = (faults: readonly InputFault[]): string => {
  const named = faults.slice(0, maxNamedFaults).map(({ message }) => message);
  const more = faults.length - named.length;
  return [...named, ...(more > 0 ? [`There are ${more} more faults.`] : [])].join(' ');
};

/** The input has faults that the caller can fix. The error has all of them, and its message names the first ten. */
export class InputRejectedError extends GatewayError {
  readonly code = 'INPUT_REJECTED';
  override readonly surelyHadNoEffect = true;
  override readonly details;
  readonly faults: readonly InputFault[];

  constructor(faults: readonly InputFault[], options?: GatewayErrorOptions) {
    super(listFaults(faults), options);
    this.faults = faults;
    this.details = { faults: faults.slice(0, maxNamedFaults) };
  }
}

/**
 * The cursor is malformed, was changed, or belongs to something else. `TOO_OLD`: too much has changed since it was given
 * out.
 */
export class BadCursorError extends GatewayError {
  readonly code = 'BAD_CURSOR';
  override readonly details;
  readonly argument: 'after' | 'before';

  constructor(argument: 'after' | 'before', message: string, reason?: 'TOO_OLD') {
    super(message);
    this.argument = argument;
    this.details = { argument, ...(reason && { reason }) };
  }
}

/** The token, user, policy or organization does not exist, or the caller may not know of it. */
export class NotFoundError extends GatewayError {
  readonly code = 'NOT_FOUND';
  override readonly surelyHadNoEffect = true;
}

/** The operation costs more than one operation may. The message says what was counted and what to ask for instead. */
export class CostLimitError extends GatewayError {
  readonly code = 'COST_LIMIT';
  override readonly surelyHadNoEffect = true;
}

/** The account's plan does not include it. */
export class PlanLimitError extends GatewayError {
  readonly code = 'PLAN_LIMIT';
  override readonly surelyHadNoEffect = true;
}

/** The API could not create it and gave no reason. */
export class CreationFailedError extends GatewayError {
  readonly code = 'CREATION_FAILED';
  override readonly surelyHadNoEffect = true;
}

/** The API has no such operation. */
export class NotSupportedError extends GatewayError {
  readonly code = 'NOT_SUPPORTED';
  override readonly surelyHadNoEffect = true;
}

/** The credential is missing or was refused. */
export class UnauthenticatedError extends GatewayError {
  readonly code = 'UNAUTHENTICATED';
  override readonly surelyHadNoEffect = true;
}

/** The credential lacks a permission, which the message names. */
export class ForbiddenError extends GatewayError {
  readonly code = 'FORBIDDEN';
  override readonly surelyHadNoEffect = true;
}

/** There are too many requests, in the gateway or at the API. The request had no effect. */
export class RateLimitedError extends GatewayError {
  readonly code = 'RATE_LIMITED';
  override readonly retryable = true;
  override readonly surelyHadNoEffect = true;
  override readonly details: { readonly retryAfterSeconds: number };
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number, options?: GatewayErrorOptions) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
    this.details = { retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1000)) };
  }
}

/** Too many calls wait in this process, or a new operation has waited for too long. Nothing was sent. */
export class QueueFullError extends RateLimitedError {}

export type UnavailableReason = 'timeout' | 'aborted' | 'unreachable' | 'server' | 'circuit-open';

/** The API timed out, refused the connection or answered 5xx, or the circuit is open. */
export class UpstreamUnavailableError extends GatewayError {
  readonly code = 'UPSTREAM_UNAVAILABLE';
  override readonly retryable = true;
  override readonly surelyHadNoEffect: boolean;
  readonly reason: UnavailableReason;
  /** Whether the request may have reached the API. A write may then have had its effect. */
  readonly mayHaveArrived: boolean;

  constructor(
    message: string,
    arrival: { readonly reason: UnavailableReason; readonly mayHaveArrived: boolean },
    options?: GatewayErrorOptions,
  ) {
    super(message, options);
    this.reason = arrival.reason;
    this.mayHaveArrived = arrival.mayHaveArrived;
    this.surelyHadNoEffect = !arrival.mayHaveArrived;
  }
}

/** The answer is not a JSON envelope, or its data cannot be what was asked for. A write may have had its effect. */
export class ContractBrokenError extends GatewayError {
  readonly code = 'CONTRACT_BROKEN';
  override readonly retryable = true;
}

/**
 * A bug in the gateway failed the reading of one platform. The message is for callers. `cause` is the original error,
 * for the log.
 */
export class UnexpectedError extends GatewayError {
  readonly code = 'UNEXPECTED';
}

/** The idempotency key was used before with another input. */
export class IdempotencyConflictError extends GatewayError {
  readonly code = 'IDEMPOTENCY_CONFLICT';
}

/** A write was sent and its answer was lost. `candidates` are the objects that may be its effect. */
export class OutcomeUnknownError<Candidate = unknown> extends GatewayError {
  readonly code = 'OUTCOME_UNKNOWN';
  readonly candidates: readonly Candidate[];

  constructor(message: string, candidates: readonly Candidate[], options?: GatewayErrorOptions) {
    super(message, options);
    this.candidates = candidates;
  }
}

/** Whether a write that failed with this error surely had no effect. */
export const surelyHadNoEffect = (error: unknown): boolean =>
  error instanceof GatewayError && error.surelyHadNoEffect;
