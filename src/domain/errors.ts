/** One fault of a caller's input. */
export interface InputFault {
  /** Starts at the field's arguments, e.g. ['input', 'policyAssignments', '0', 'policyId']. */
  readonly path: readonly string[];
  readonly message: string;
}

interface GatewayErrorOptions {
  readonly cause?: unknown;
}

/** The base of every expected failure. Messages are for callers. They hold no credential, no URL and no upstream text. */
export abstract class GatewayError extends Error {
  abstract readonly code: string;
  /** Whether the same call can succeed later. */
  readonly retryable: boolean = false;

  constructor(message: string, options: GatewayErrorOptions = {}) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Faults that one message names. A caller that sent thousands of wrong values does not need all of them. */
export const maxNamedFaults = 10;

const listFaults = (faults: readonly InputFault[]): string => {
  const named = faults.slice(0, maxNamedFaults).map(({ message }) => message);
  const more = faults.length - named.length;
  return [...named, ...(more > 0 ? [`There are ${more} more faults.`] : [])].join(' ');
};

/** The input has faults that the caller can fix. The error has all of them, and its message names the first ten. */
export class InputRejectedError extends GatewayError {
  readonly code = 'INPUT_REJECTED';
  readonly faults: readonly InputFault[];

  constructor(faults: readonly InputFault[], options?: GatewayErrorOptions) {
    super(listFaults(faults), options);
    this.faults = faults;
  }
}

/** The cursor is malformed, was changed, or belongs to another connection. */
export class BadCursorError extends GatewayError {
  readonly code = 'BAD_CURSOR';
  readonly argument: 'after' | 'before';

  constructor(argument: 'after' | 'before', message: string) {
    super(message);
    this.argument = argument;
  }
}

/** The token, user, policy or organization does not exist, or the caller may not know of it. */
export class NotFoundError extends GatewayError {
  readonly code = 'NOT_FOUND';
}

/** The operation costs more than one operation may. The message says what was counted and what to ask for instead. */
export class CostLimitError extends GatewayError {
  readonly code = 'COST_LIMIT';
}

/** The account's plan does not include it. */
export class PlanLimitError extends GatewayError {
  readonly code = 'PLAN_LIMIT';
}

/** The API could not create it and gave no reason. */
export class CreationFailedError extends GatewayError {
  readonly code = 'CREATION_FAILED';
}

/** The API has no such operation. */
export class NotSupportedError extends GatewayError {
  readonly code = 'NOT_SUPPORTED';
}

/** The credential is missing or was refused. */
export class UnauthenticatedError extends GatewayError {
  readonly code = 'UNAUTHENTICATED';
}

/** The credential lacks a permission, which the message names. */
export class ForbiddenError extends GatewayError {
  readonly code = 'FORBIDDEN';
}

/** There are too many requests, in the gateway or at the API. The request had no effect. */
export class RateLimitedError extends GatewayError {
  readonly code = 'RATE_LIMITED';
  override readonly retryable = true;
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs: number, options?: GatewayErrorOptions) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

export type UnavailableReason = 'timeout' | 'aborted' | 'unreachable' | 'server' | 'circuit-open';

/** The API timed out, refused the connection or answered 5xx, or the circuit is open. */
export class UpstreamUnavailableError extends GatewayError {
  readonly code = 'UPSTREAM_UNAVAILABLE';
  override readonly retryable = true;
  readonly reason: UnavailableReason;
  /** Whether the request may have reached the API. A write may then have had its effect. */
  readonly mayHaveArrived: boolean;

  constructor(
    message: string,
    details: { readonly reason: UnavailableReason; readonly mayHaveArrived: boolean },
    options?: GatewayErrorOptions,
  ) {
    super(message, options);
    this.reason = details.reason;
    this.mayHaveArrived = details.mayHaveArrived;
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

/** Whether a write that failed with this error had no effect: the API refused it, or was not reached. */
export const surelyHadNoEffect = (error: unknown): boolean =>
  error instanceof UpstreamUnavailableError
    ? !error.mayHaveArrived
    : error instanceof InputRejectedError ||
      error instanceof CostLimitError ||
      error instanceof NotFoundError ||
      error instanceof PlanLimitError ||
      error instanceof CreationFailedError ||
      error instanceof NotSupportedError ||
      error instanceof UnauthenticatedError ||
      error instanceof ForbiddenError ||
      error instanceof RateLimitedError;
