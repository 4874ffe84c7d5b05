import {
  ContractBrokenError,
  RateLimitedError,
  UpstreamUnavailableError,
} from '../domain/errors.ts';
import { isTimeUp } from '../domain/operation.ts';
import { limits } from './limits.ts';
import { isRead, type UpstreamRequest } from './request.ts';

/*
 * What goes wrong on this side of the REST API: no answer, none that is understood, or a request that is not sent at
 * all. What the API itself says is in failures.ts.
 */

/** What to do after a request that may have arrived. */
export const afterWrite = (request: UpstreamRequest): string =>
  isRead(request)
    ? 'Try again later.'
    : 'The change may have been made all the same: look before trying again.';

/** The answer is not what the API documents. */
export const contractBroken = (request: UpstreamRequest, cause: unknown): ContractBrokenError =>
  new ContractBrokenError(
    `The REST API gave an answer that is not understood. ${afterWrite(request)}`,
    { cause },
  );

/** The cause of a timeout that came of the operation's own deadline: it tells nothing of the API. */
export class OutOfTime extends Error {
  constructor() {
    super("the operation's time was over before the attempt's");
    this.name = 'OutOfTime';
  }
}

/** No answer in time. `ownDeadline`: it was the operation that had no more, and the attempt would have had. */
export const timedOut = (
  request: UpstreamRequest,
  left: boolean,
  ownDeadline: boolean,
): UpstreamUnavailableError =>
  new UpstreamUnavailableError(
    left
      ? `The REST API did not answer in time. ${afterWrite(request)}`
      : 'There was no time left to ask the REST API. Nothing was sent; try again.',
    { reason: 'timeout', mayHaveArrived: left },
    ownDeadline ? { cause: new OutOfTime() } : {},
  );

/** The client is gone. */
const givenUp = (request: UpstreamRequest, left: boolean): UpstreamUnavailableError =>
  new UpstreamUnavailableError(
    left && !isRead(request)
      ? `The request was given up. ${afterWrite(request)}`
      : 'The request was given up before it was answered.',
    { reason: 'aborted', mayHaveArrived: left },
  );

/**
 * The operation's signal was aborted: its client is gone, or its time is over, of which the signal and the timer of the
 * attempt may tell in any order.
 */
export const aborted = (
  request: UpstreamRequest,
  left: boolean,
  signal: AbortSignal,
): UpstreamUnavailableError =>
  isTimeUp(signal) ? timedOut(request, left, true) : givenUp(request, left);

/** The connection was refused, could not be made or broke. Of the cause only its code is kept. */
export const unreachable = (
  request: UpstreamRequest,
  left: boolean,
  code: string,
): UpstreamUnavailableError =>
  new UpstreamUnavailableError(
    left
      ? `The connection to the REST API broke before its answer was complete. ${afterWrite(request)}`
      : 'The REST API could not be reached. Nothing was sent; try again later.',
    { reason: 'unreachable', mayHaveArrived: left },
    // The client's own error can quote what the API sent.
    { cause: new Error(code) },
  );

/** The API failed too often of late. */
export const circuitOpen = (): UpstreamUnavailableError =>
  new UpstreamUnavailableError(
    `The REST API has been failing; requests are held back to let it recover. Nothing was sent; try again in ${limits.circuit.probeMs / 1000} s.`,
    { reason: 'circuit-open', mayHaveArrived: false },
  );

/** Too many requests wait here. */
export const tooBusy = (): RateLimitedError =>
  new RateLimitedError(
    'Too many requests wait for the REST API. Nothing was sent; try again in a moment.',
    limits.queue.retryAfterMs,
  );

/** The organization's requests of this hour are used up. */
export const quotaSpent = (retryAfterMs: number): RateLimitedError =>
  new RateLimitedError(
    `The organization's quota of requests to the REST API is used up for now. Nothing was sent; try again in ${Math.ceil(retryAfterMs / 1000)} s.`,
    retryAfterMs,
  );
