import { UpstreamFailure } from '../applivery/failures.ts';
import type { Clock } from '../domain/clock.ts';
import { RateLimitedError, UpstreamUnavailableError } from '../domain/errors.ts';
import { createSlidingCount } from './admission/sliding-window-counter.ts';
import { limits } from './limits.ts';
import { isRead, type UpstreamRequest } from './request.ts';

const passingStatuses: readonly (number | null)[] = [500, 502, 503, 504];

/** The longest wait before the next try, by the number of retries made so far. */
const jitterMs = (retries: number): number =>
  Math.min(limits.retry.longestMs, limits.retry.baseMs * 2 ** retries);

/**
 * How long to wait before a failed attempt is repeated; null where it must not be. `random` is 0 to 1. A write is
 * repeated only where it surely had no effect: it did not leave, or was turned away by a 429.
 */
export const retryDelayMs = (
  error: unknown,
  request: UpstreamRequest,
  retries: number,
  random: number,
): number | null => {
  if (retries >= limits.retry.most) return null;
  const waitMs = random * jitterMs(retries);
  if (error instanceof RateLimitedError) return error.retryAfterMs + waitMs;
  if (!(error instanceof UpstreamUnavailableError)) return null;
  const failure = error.cause instanceof UpstreamFailure ? error.cause : null;
  switch (error.reason) {
    case 'unreachable':
      return isRead(request) || !error.mayHaveArrived ? waitMs : null;
    case 'server':
      if (!isRead(request) || !passingStatuses.includes(failure?.status ?? null)) return null;
      return (failure?.retryAfterMs ?? 0) + waitMs;
    case 'timeout':
    case 'aborted':
    case 'circuit-open':
      return null;
    default:
      return error.reason satisfies never;
  }
};

/** Keeps retries to a small share of the calls: many failing calls must not become many more. */
export interface RetryBudget {
  addCall(): void;
  /** Takes one retry; false where none is left. */
  takeRetry(): boolean;
}

export const createRetryBudget = (clock: Clock): RetryBudget => {
  const { budgetShare, budgetPerSecond, windowMs } = limits.retry;
  const calls = createSlidingCount(clock, windowMs);
  const retries = createSlidingCount(clock, windowMs);
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
