import {
  ContractBrokenError,
  QueueFullError,
  RateLimitedError,
  UpstreamUnavailableError,
} from '../domain/errors.ts';
import { isTimeUp } from '../domain/operation.ts';
import { limits } from './limits.ts';
import { isRead, type UpstreamRequest } from './request.ts';

/*
 * Errors of the exchange itself: no answer, an answer that is not understood, or a request that is not sent. The
 * payload reader makes the errors that the API answers with.
 */

/** Tells the caller what to do after a request that may have arrived. */
export const describeNextStep = (request: UpstreamRequest): string =>
  isRead(request)
    ? 'Try again later.'
    : 'The change may have been made. Check before you try again.';

/** The answer is not what the API documents. */
export const createContractBrokenError = (
  request: UpstreamRequest,
  cause: unknown,
): ContractBrokenError =>
  new ContractBrokenError(
    `The REST API gave an answer that is not understood. ${describeNextStep(request)}`,
    { cause },
  );

/** The cause of a timeout at the operation's own deadline. Such a timeout does not count as a failure of the API. */
export class OperationDeadlineError extends Error {
  constructor() {
    super("the operation's time was over before the attempt's");
    this.name = 'OperationDeadlineError';
  }
}

/**
 * There was no answer in time. `isOperationDeadline` tells that the operation's deadline ended the wait, and not the
 * timeout of the attempt.
 */
export const createTimeoutError = (
  request: UpstreamRequest,
  wasSent: boolean,
  isOperationDeadline: boolean,
): UpstreamUnavailableError =>
  new UpstreamUnavailableError(
    wasSent
      ? `The REST API did not answer in time. ${describeNextStep(request)}`
      : 'There was no time left to ask the REST API. Nothing was sent; try again.',
    { reason: 'timeout', mayHaveArrived: wasSent },
    isOperationDeadline ? { cause: new OperationDeadlineError() } : {},
  );

const createClientLeftError = (
  request: UpstreamRequest,
  wasSent: boolean,
): UpstreamUnavailableError =>
  new UpstreamUnavailableError(
    wasSent && !isRead(request)
      ? `The request was cancelled. ${describeNextStep(request)}`
      : 'The request was cancelled before it was answered.',
    { reason: 'aborted', mayHaveArrived: wasSent },
  );

/**
 * The operation's signal was aborted because its client left or its time is over. If time is over, the signal and the
 * timer of the attempt can fire in either order, so both give the same error.
 */
export const createAbortError = (
  request: UpstreamRequest,
  wasSent: boolean,
  signal: AbortSignal,
): UpstreamUnavailableError =>
  isTimeUp(signal)
    ? createTimeoutError(request, wasSent, true)
    : createClientLeftError(request, wasSent);

/** The connection was refused, could not be made or broke. */
export const createUnreachableError = (
  request: UpstreamRequest,
  wasSent: boolean,
  code: string,
): UpstreamUnavailableError =>
  new UpstreamUnavailableError(
    wasSent
      ? `The connection to the REST API broke before its answer was complete. ${describeNextStep(request)}`
      : 'The REST API could not be reached. Nothing was sent; try again later.',
    { reason: 'unreachable', mayHaveArrived: wasSent },
    // Only the code: the HTTP client's own error can quote what the API sent.
    { cause: new Error(code) },
  );

/** The circuit breaker is open. */
export const createCircuitOpenError = (): UpstreamUnavailableError =>
  new UpstreamUnavailableError(
    `The REST API has been failing; requests are held back to let it recover. Nothing was sent; try again in ${limits.circuit.probeMs / 1000} s.`,
    { reason: 'circuit-open', mayHaveArrived: false },
  );

/** Too many requests wait in this process already. */
export const createQueueFullError = (): QueueFullError =>
  new QueueFullError(
    'Too many requests wait for the REST API. Nothing was sent; try again in a moment.',
    limits.queue.retryAfterMs,
  );

/** The organization's quota is used up. */
export const createQuotaExceededError = (retryAfterMs: number): RateLimitedError =>
  new RateLimitedError(
    `The organization's quota of requests to the REST API is used up for now. Nothing was sent; try again in ${Math.ceil(retryAfterMs / 1000)} s.`,
    retryAfterMs,
  );
