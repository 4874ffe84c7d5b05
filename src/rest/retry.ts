import type { Clock } from '../domain/clock.ts';
import { RateLimitedError, UpstreamUnavailableError } from '../domain/errors.ts';
import { createSlidingWindowCounter } from './admission/sliding-window-counter.ts';
import { limits } from './limits.ts';
import { isRead, type UpstreamRequest } from './request.ts';
import { UpstreamFailure } from './upstream-failure.ts';

const temporaryStatuses: readonly (number | null)[] = [500, 502, 503, 504];

/** The upper bound of the random wait, by the number of retries made so far. */
const jitterMs = (retries: number): number =>
  Math.min(limits.retry.longestMs, limits.retry.baseMs * 2 ** retries);

/**
 * The wait in milliseconds before a failed attempt is repeated; null if it must not be repeated. `random` is 0 to 1. A
 * write is repeated only if it had no effect: it was not sent, or the API answered 429.
 */
export const retryDelayMs = (
  error: unknown,
  request: UpstreamRequest,
  retries: number,
  random: number,
): number | null => {
  if (retries >= limits.retry.maxRetries) return null;
  const waitMs = random * jitterMs(retries);
  if (error instanceof RateLimitedError) return error.retryAfterMs + waitMs;
  if (!(error instanceof UpstreamUnavailableError)) return null;
  const failure = error.cause instanceof UpstreamFailure ? error.cause : null;
  switch (error.reason) {
    case 'unreachable':
      return isRead(request) || !error.mayHaveArrived ? waitMs : null;
    case 'server':
      if (!isRead(request) || !temporaryStatuses.includes(failure?.status ?? null)) return null;
      return (failure?.retryAfterMs ?? 0) + waitMs;
    case 'timeout':
    case 'aborted':
    case 'circuit-open':
      return null;
    default:
      return error.reason satisfies never;
  }
};

/** Bounds retries to a small share of the calls, so that an outage does not multiply them. */
export interface RetryBudget {
  addCall(): void;
  /** Takes one retry. Returns false if none is left. */
  takeRetry(): boolean;
}

/** Creates a budget over a sliding window: a share of the calls, or a number a second, whichever is more. */
export const createRetryBudget = (clock: Clock): RetryBudget => {
  const { budgetShare, budgetPerSecond, windowMs } = limits.retry;
  const calls = createSlidingWindowCounter(clock, windowMs);
  const retries = createSlidingWindowCounter(clock, windowMs);
  return {
    addCall: () => calls.add(),
    takeRetry: () => {
      const allowed = Math.max(calls.total() * budgetShare, (budgetPerSecond * windowMs) / 1000);
      if (retries.total() + 1 > allowed) return false;
      retries.add();
      return true;
    },
  };
};
