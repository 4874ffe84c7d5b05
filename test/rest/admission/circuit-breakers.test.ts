import { describe, expect, it } from 'vitest';
import {
  type CircuitBreakers,
  type CircuitPermit,
  createCircuitBreakers,
} from '../../../src/rest/admission/circuit-breakers.ts';
import { createTestClock } from '../harness.ts';

const start = () => {
  const clock = createTestClock();
  const changes: string[] = [];
  const circuits = createCircuitBreakers(clock, (circuit, isOpen) =>
    changes.push(`${circuit} ${isOpen ? 'opens' : 'closes'}`),
  );
  return { clock, circuits, changes };
};

const enter = (circuits: CircuitBreakers, circuit = 'one'): CircuitPermit => {
  const passage = circuits.acquire(circuit);
  if (passage === null) throw new Error('The circuit is open.');
  return passage;
};

const call = (
  circuits: CircuitBreakers,
  how: keyof CircuitPermit,
  times: number,
  circuit = 'one',
): void => {
  for (let count = 0; count < times; count++) enter(circuits, circuit)[how]();
};

describe('a circuit', () => {
  it('opens when more than half of twenty calls failed', () => {
    const { circuits, changes } = start();
    call(circuits, 'succeeded', 10);
    call(circuits, 'failed', 10);
    expect(circuits.isOpen('one')).toBe(false);
    call(circuits, 'failed', 1);
    expect(circuits.isOpen('one')).toBe(true);
    expect(circuits.acquire('one')).toBeNull();
    expect(changes).toEqual(['one opens']);
  });

  it('stays closed for fewer calls than twenty', () => {
    const { circuits } = start();
    call(circuits, 'failed', 19);
    expect(circuits.isOpen('one')).toBe(false);
  });

  it('forgets calls that are older than ten seconds', () => {
    const { clock, circuits } = start();
    call(circuits, 'failed', 19);
    clock.advance(11_000);
    call(circuits, 'failed', 19);
    expect(circuits.isOpen('one')).toBe(false);
  });

  it('does not count calls that the gateway abandoned', () => {
    const { circuits } = start();
    call(circuits, 'failed', 19);
    call(circuits, 'abandoned', 50);
    expect(circuits.isOpen('one')).toBe(false);
  });

  it('leaves the other circuits alone', () => {
    const { circuits } = start();
    call(circuits, 'failed', 20);
    expect(circuits.isOpen('one')).toBe(true);
    expect(circuits.isOpen('other')).toBe(false);
    call(circuits, 'failed', 19, 'other');
    expect(circuits.isOpen('other')).toBe(false);
  });

  it('lets one call through after five seconds, and closes when it succeeds', () => {
    const { clock, circuits, changes } = start();
    call(circuits, 'failed', 20);
    clock.advance(4_999);
    expect(circuits.acquire('one')).toBeNull();
    clock.advance(1);
    const probe = enter(circuits);
    expect(circuits.acquire('one')).toBeNull();
    probe.succeeded();
    expect(changes).toEqual(['one opens', 'one closes']);
    call(circuits, 'failed', 19);
    expect(circuits.isOpen('one')).toBe(false);
  });

  it('starts with an empty window when it closes', () => {
    const { clock, circuits } = start();
    call(circuits, 'succeeded', 40);
    call(circuits, 'failed', 41);
    clock.advance(5_000);
    enter(circuits).succeeded();
    call(circuits, 'failed', 20);
    expect(circuits.isOpen('one')).toBe(true);
  });

  it('stays open for another five seconds when the probe fails', () => {
    const { clock, circuits } = start();
    call(circuits, 'failed', 20);
    clock.advance(5_000);
    enter(circuits).failed();
    clock.advance(4_999);
    expect(circuits.acquire('one')).toBeNull();
    clock.advance(1);
    expect(circuits.acquire('one')).not.toBeNull();
  });

  it('lets the next call through if the probe was abandoned', () => {
    const { clock, circuits } = start();
    call(circuits, 'failed', 20);
    clock.advance(5_000);
    enter(circuits).abandoned();
    expect(circuits.acquire('one')).not.toBeNull();
  });

  it('does not wait for a probe that hangs', () => {
    const { clock, circuits, changes } = start();
    call(circuits, 'failed', 20);
    clock.advance(5_000);
    const hanging = enter(circuits);
    clock.advance(5_000);
    enter(circuits).succeeded();
    hanging.failed();
    expect(circuits.isOpen('one')).toBe(false);
    expect(changes).toEqual(['one opens', 'one closes']);
  });

  it('is not moved by calls that began before it opened', () => {
    const { clock, circuits, changes } = start();
    const late = enter(circuits);
    call(circuits, 'failed', 20);
    clock.advance(4_000);
    late.failed();
    late.succeeded();
    clock.advance(1_000);
    expect(circuits.acquire('one')).not.toBeNull();
    expect(changes).toEqual(['one opens']);
  });
});
