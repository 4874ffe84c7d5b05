import type { Clock } from '../../domain/clock.ts';
import { limits } from '../limits.ts';
import { createSlidingCount } from './sliding-window-counter.ts';

/** How a call that was let through went. Exactly one of them is called, once. */
export interface Passage {
  /** The API answered, be it a refusal. */
  succeeded(): void;
  /** The API did not do its part. */
  failed(): void;
  /** It was given up here: that tells nothing of the API. */
  abandoned(): void;
}

export interface Circuits {
  /** Whether a call would be refused now. */
  isOpen(circuit: string): boolean;
  /** Lets a call through, or refuses it with null. */
  enter(circuit: string): Passage | null;
}

/** Told when a circuit opens and when it closes again. */
export type OnCircuitChange = (circuit: string, isOpen: boolean) => void;

/**
 * Circuit breakers by name, made as they are asked for: names are few and come from the code. An open one lets a
 * single call through at a time, to see whether the API is well again; the first success closes it.
 */
export const createCircuits = (clock: Clock, onChange: OnCircuitChange): Circuits => {
  const circuits = new Map<string, Circuit>();
  const find = (name: string): Circuit => {
    let circuit = circuits.get(name);
    if (circuit === undefined) {
      circuit = createCircuit(clock, (isOpen) => onChange(name, isOpen));
      circuits.set(name, circuit);
    }
    return circuit;
  };
  return {
    isOpen: (name) => find(name).isOpen(),
    enter: (name) => find(name).enter(),
  };
};

interface Circuit {
  isOpen(): boolean;
  enter(): Passage | null;
}

const createCircuit = (clock: Clock, onChange: (isOpen: boolean) => void): Circuit => {
  const { failureShare, fewestCalls, windowMs, probeMs } = limits.circuit;
  const successes = createSlidingCount(clock, windowMs);
  const failures = createSlidingCount(clock, windowMs);
  /** When the next probe may go; null while the circuit is closed. */
  let probeAtMs: number | null = null;

  const isOpen = (): boolean => probeAtMs !== null && clock.nowMs() < probeAtMs;

  const closedPassage: Passage = {
    succeeded: () => successes.add(),
    failed: () => {
      failures.add();
      // Calls that were under way when it opened change nothing any more.
      if (probeAtMs !== null) return;
      const failed = failures.total();
      const calls = failed + successes.total();
      if (calls < fewestCalls || failed <= calls * failureShare) return;
      probeAtMs = clock.nowMs() + probeMs;
      onChange(true);
    },
    abandoned: () => {},
  };

  const probe: Passage = {
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
    enter: () => {
      if (probeAtMs === null) return closedPassage;
      if (isOpen()) return null;
      // A probe that hangs must not keep the circuit open for longer than the API is ill: the next goes in a while.
      probeAtMs = clock.nowMs() + probeMs;
      return probe;
    },
  };
};
