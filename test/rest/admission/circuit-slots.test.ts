import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/domain/clock.ts';
import { createCircuitSlots } from '../../../src/rest/admission/circuit-slots.ts';
import type { Release } from '../../../src/rest/admission/slots.ts';
import { limits } from '../../../src/rest/limits.ts';
import { createManualClock, settled } from '../../support/time/manual-clock.ts';
import { createTestClock, failureOf } from '../harness.ts';

const { longestWaitMs } = limits;
const circuits = ['one', 'two', 'three'] as const;

const startWith = (size: number, clock: Clock) => {
  const slots = createCircuitSlots(size, clock);
  const acquire = (owner: object, circuit: string): Promise<Release> =>
    slots.acquire({
      owner,
      group: circuit,
      signal: new AbortController().signal,
      toError: (why) => new Error(why),
    });
  /** Starts calls of different operations that never end, until one has to wait. Returns how many run. */
  const hang = async (circuit: string): Promise<number> => {
    const before = slots.load();
    do {
      acquire({}, circuit).catch(() => {});
      await settled();
    } while (slots.load().waiting === before.waiting);
    return slots.load().running - before.running;
  };
  /** An operation with a call of each circuit, whose answers take `answerMs`. Returns how long it took, or why it failed. */
  const operate = async (answerMs: number, names: readonly string[]): Promise<unknown> => {
    const [owner, startedMs] = [{}, clock.nowMs()];
    const call = async (circuit: string): Promise<void> => {
      const release = await acquire(owner, circuit);
      await new Promise<void>((resolve) => {
        clock.schedule(answerMs, resolve);
      });
      release();
    };
    const outcomes = await Promise.allSettled(names.map(call));
    const failed = outcomes.find(({ status }) => status === 'rejected');
    return failed === undefined ? clock.nowMs() - startedMs : failed;
  };
  return { slots, acquire, hang, operate };
};

const start = (size: number) => {
  const clock = createManualClock(0);
  return { clock, ...startWith(size, clock) };
};

const isNumber = (value: unknown): value is number => typeof value === 'number';

describe('the slots of circuits', () => {
  it('leave some to the other circuits if the calls of two circuits hang', async () => {
    const { hang, acquire } = start(32);
    expect(await hang('one')).toBe(24);
    expect(await hang('two')).toBe(7);
    for (let call = 0; call < 5; call += 1) (await acquire({}, 'three'))();
    expect(await hang('three')).toBe(1);
  });

  it.each([
    [1, 1, 0],
    [2, 2, 0],
    [3, 3, 0],
    [4, 3, 1],
    [8, 6, 1],
  ])('of which there are %s are taken by one circuit up to %s, and by the next up to %s', async (size, one, two) => {
    const { hang } = start(size);
    expect(await hang('one')).toBe(one);
    expect(await hang('two')).toBe(two);
  });

  it('are nearly all used if two or three circuits are busy', async () => {
    for (const busy of [circuits.slice(0, 2), circuits]) {
      const { slots, acquire } = start(32);
      for (let call = 0; call < 32; call += 1) {
        for (const circuit of busy) acquire({}, circuit).catch(() => {});
      }
      await settled();
      expect(slots.load().running).toBe(31);
    }
  });

  it('refuse a new operation after the longest wait, and not before', async () => {
    const { clock, slots, hang, acquire } = start(8);
    await hang('one');
    const waiting = failureOf(acquire({}, 'one'));
    await clock.advance(longestWaitMs - 1);
    expect(slots.load().waiting).toBe(2);
    await clock.advance(1);
    expect(await waiting).toMatchObject({ message: 'refused' });
    expect(slots.load().waiting).toBe(0);
  });

  it('refuse nothing after a pause of the process if an answer that came meanwhile frees a slot', async () => {
    const clock = createTestClock();
    const { acquire } = startWith(1, clock);
    const release = await acquire({}, 'one');
    const waiting = acquire({}, 'one');
    // In one iteration of the event loop, timers come before answers.
    clock.advance(longestWaitMs);
    release();
    expect(await waiting).toBeTypeOf('function');
  });

  it('serve a burst of 60 operations if the API is fast', async () => {
    const { clock, operate } = start(32);
    const all = Array.from({ length: 60 }, () => operate(10, ['one', 'two']));
    await clock.advance(1_000);
    const times = await Promise.all(all);
    expect(times.every(isNumber)).toBe(true);
    expect(Math.max(...times.filter(isNumber))).toBeLessThanOrEqual(40);
  });

  it.each([
    ['two', 2],
    ['three', 3],
  ])('under three times the possible load of %s circuits, are all used, and accepted operations wait at most the longest wait and one answer more', async (_what, count) => {
    const { clock, operate } = start(32);
    const names = circuits.slice(0, count);
    const [answerMs, durationMs] = [500, 10_000];
    const perSecond = (32 * 1000) / answerMs / count;
    const all: Promise<unknown>[] = [];
    for (let atMs = 0; atMs < durationMs; atMs += 1000 / perSecond / 3) {
      await clock.advance(1000 / perSecond / 3);
      all.push(operate(answerMs, names));
    }
    await clock.advance(durationMs);
    const outcomes = await Promise.all(all);
    const accepted = outcomes.filter(isNumber).sort((left, right) => left - right);
    expect(accepted.length).toBeGreaterThan((perSecond * durationMs * 0.9) / 1000);
    expect(accepted[Math.floor(accepted.length / 2)]).toBeLessThan(answerMs + longestWaitMs * 1.1);
    expect(accepted[Math.floor(accepted.length * 0.95)]).toBeLessThan(2 * answerMs + longestWaitMs);
  });

  it('are never more than the size, and no call waits while its circuit may start one', async () => {
    const size = 8;
    const step = fc.record({
      kind: fc.constantFrom('acquire', 'acquire', 'acquire', 'release', 'release', 'wait'),
      circuit: fc.constantFrom(...circuits),
      index: fc.nat(30),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const { clock, slots, acquire } = start(size);
        const running: { readonly circuit: string; readonly release: Release }[] = [];
        const waiting = new Map<object, string>();
        const countOf = (circuit: string): number =>
          running.filter((call) => call.circuit === circuit).length;
        const releaseOne = (index: number): void => {
          const [call] = running.splice(index % Math.max(1, running.length), 1);
          call?.release();
        };
        for (const { kind, circuit, index } of steps) {
          if (kind === 'acquire') {
            const owner = {};
            waiting.set(owner, circuit);
            acquire(owner, circuit)
              .then((release) => void running.push({ circuit, release }))
              .catch(() => {})
              .finally(() => waiting.delete(owner));
          } else if (kind === 'release') releaseOne(index);
          else await clock.advance(index * 10);
          await settled();
          expect(slots.load()).toEqual({ running: running.length, waiting: waiting.size });
          expect(running.length).toBeLessThanOrEqual(size);
          for (const name of circuits) {
            const own = countOf(name);
            expect(own).toBeLessThanOrEqual(size * 0.75);
            const mayStart = own === 0 ? running.length < size : own < 6 && running.length < 7;
            if (mayStart) expect([...waiting.values()]).not.toContain(name);
          }
        }
        // Every wait ends.
        while (running.length > 0) {
          releaseOne(0);
          await settled();
        }
        expect(slots.load()).toEqual({ running: 0, waiting: 0 });
        expect(waiting.size).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  it('reach every circuit if another one always has calls that wait', async () => {
    for (const size of [1, 2, 3, 8]) {
      const { clock, operate } = start(size);
      const greedy = Array.from({ length: 100 }, () => operate(10, ['one']));
      const small = [operate(10, ['two']), operate(10, ['three'])];
      await clock.advance(longestWaitMs);
      await clock.advance(10_000);
      expect((await Promise.all(small)).every(isNumber)).toBe(true);
      await Promise.all(greedy);
    }
  });
});
