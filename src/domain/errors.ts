/** What a caller did wrong, and where. */
export interface InputFault {
  /** From the field's arguments, e.g. ['input', 'policyAssignments', '0', 'policyId']. */
  readonly path: readonly string[];
  readonly message: string;
}

interface GatewayErrorOptions {
  readonly cause?: unknown;
}

/** The base of every expected failure. Messages are written for callers: they hold no credential, URL or upstream text. */
export abstract class GatewayError extends Error {
  abstract readonly code: string;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean = false;

  constructor(message: string, options: GatewayErrorOptions = {}) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Faults that one message names; whoever sent thousands of wrong values learns nothing from the others. */
export const mostNamedFaults = 10;

const listFaults = (faults: readonly InputFault[]): string => {
  const named = faults.slice(0, mostNamedFaults).map(({ message }) => message);
  const more = faults.length - named.length;
  return [...named, ...(more > 0 ? [`There are ${more} more faults.`] : [])].join(' ');
};

/** The caller can fix it: every fault at once, each with its path. The message names the first ten. */
export class InputRejectedError extends GatewayError {
  readonly code = 'INPUT_REJECTED';
  readonly faults: readonly InputFault[];

  constructor(faults: readonly InputFault[], options?: GatewayErrorOptions) {
    super(listFaults(faults), options);
    this.faults = faults;
  }
}

/** A cursor that is malformed, changed, or belongs to another connection. */
export class BadCursorError extends GatewayError {
  readonly code = 'BAD_CURSOR';
  readonly argument: 'after' | 'before';

  constructor(argument: 'after' | 'before', message: string) {
    super(message);
    this.argument = argument;
  }
}

/** No such token, user, policy or organization, or the caller may not know of it. */
export class NotFoundError extends GatewayError {
  readonly code = 'NOT_FOUND';
}

/** The operation costs more than one operation may: the message says what was counted and what to ask instead. */
export class CostLimitError extends GatewayError {
  readonly code = 'COST_LIMIT';
}

/** The account's plan forbids it. */
export class PlanLimitError extends GatewayError {
  readonly code = 'PLAN_LIMIT';
}

/** The API refused to create: it says no more than that. */
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

/** Too many requests, here or upstream: the request had no effect. */
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

/** Timeout, refused connection, 5xx, breaker open. */
export class UpstreamUnavailableError extends GatewayError {
  readonly code = 'UPSTREAM_UNAVAILABLE';
  override readonly retryable = true;
  readonly reason: UnavailableReason;
  /** Whether the request may have reached the API: a write may then have had its effect. */
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

/** The answer is no JSON envelope, or one whose data cannot be what was asked for. A write may have had its effect. */
export class ContractBrokenError extends GatewayError {
  readonly code = 'CONTRACT_BROKEN';
  override readonly retryable = true;
}

/**
 * A bug of the gateway's own that was met while one platform was read. The message is for callers; `cause` is what was
 * thrown, for the log.
 */
export class UnexpectedError extends GatewayError {
  readonly code = 'UNEXPECTED';
}

/** The idempotency key was used before with another input. */
export class IdempotencyConflictError extends GatewayError {
  readonly code = 'IDEMPOTENCY_CONFLICT';
}

/** A write left and its answer is lost; `candidates` are what may be its effect. */
export class OutcomeUnknownError<Candidate = unknown> extends GatewayError {
  readonly code = 'OUTCOME_UNKNOWN';
  readonly candidates: readonly Candidate[];

  constructor(message: string, candidates: readonly Candidate[], options?: GatewayErrorOptions) {
    super(message, options);
    this.candidates = candidates;
  }
}

/** Whether a write that failed so can be repeated: the API refused it, or the request did not reach it. */
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
