import type { Clock } from '../../domain/clock.ts';
import { limits } from '../limits.ts';
import { createSlidingWindowCounter } from './sliding-window-counter.ts';

/** Lets one call through. Exactly one of the methods is called, once, when the call has ended. */
export interface CircuitPermit {
  /** The API answered, even if it refused the request. */
  succeeded(): void;
  /** The API or the network failed. */
  failed(): void;
  /** The gateway gave the call up, which shows nothing about the API. */
  abandoned(): void;
}

/** Circuit breakers by name. */
export interface CircuitBreakers {
  /** Whether a call would be refused now. */
  isOpen(circuit: string): boolean;
  /** Returns a permit for one call, or null if the breaker is open. */
  acquire(circuit: string): CircuitPermit | null;
}

/** Called when a breaker opens and when it closes. */
export type OnCircuitChange = (circuit: string, isOpen: boolean) => void;

/**
 * Creates breakers as they are asked for: names are few and come from the code. An open breaker lets a single call
 * through at a time as a probe. The first success closes it.
 */
export const createCircuitBreakers = (clock: Clock, onChange: OnCircuitChange): CircuitBreakers => {
  const breakers = new Map<string, CircuitBreaker>();
  const find = (name: string): CircuitBreaker => {
    let breaker = breakers.get(name);
    if (breaker === undefined) {
      breaker = createCircuitBreaker(clock, (isOpen) => onChange(name, isOpen));
      breakers.set(name, breaker);
    }
    return breaker;
  };
  return {
    isOpen: (name) => find(name).isOpen(),
    acquire: (name) => find(name).acquire(),
  };
};

interface CircuitBreaker {
  isOpen(): boolean;
  acquire(): CircuitPermit | null;
}

const createCircuitBreaker = (
  clock: Clock,
  onChange: (isOpen: boolean) => void,
): CircuitBreaker => {
  const { failureShare, minCalls, windowMs, probeMs } = limits.circuit;
  const successes = createSlidingWindowCounter(clock, windowMs);
  const failures = createSlidingWindowCounter(clock, windowMs);
  /** When the next probe may be sent; null while the breaker is closed. */
  let probeAtMs: number | null = null;

  const isOpen = (): boolean => probeAtMs !== null && clock.nowMs() < probeAtMs;

  const closedPermit: CircuitPermit = {
    succeeded: () => successes.add(),
    failed: () => {
      failures.add();
      // The breaker opened while this call was in progress. Only a probe may change its state.
      if (probeAtMs !== null) return;
      const failed = failures.total();
      const calls = failed + successes.total();
      if (calls < minCalls || failed <= calls * failureShare) return;
      probeAtMs = clock.nowMs() + probeMs;
      onChange(true);
    },
    abandoned: () => {},
  };

  const probe: CircuitPermit = {
    succeeded: () => {
      if (probeAtMs === null) return;
      probeAtMs = null;
      successes.clear();
      failures.clear();
      onChange(false);
    },
    failed: () => {
      if (probeAtMs !== null) probeAtMs = clock.nowMs() + probeMs;
    },
    abandoned: () => {
      if (probeAtMs !== null) probeAtMs = clock.nowMs();
    },
  };

  return {
    isOpen,
    acquire: () => {
      if (probeAtMs === null) return closedPermit;
      if (isOpen()) return null;
      // If this probe hangs, another one may be sent after the same time.
      probeAtMs = clock.nowMs() + probeMs;
      return probe;
    },
  };
};
