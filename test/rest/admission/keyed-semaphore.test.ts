import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKeyedSemaphore } from '../../../src/rest/admission/keyed-semaphore.ts';
import type { Release } from '../../../src/rest/admission/slots.ts';
import { usedHeap } from '../../support/heap.ts';
import { settled } from '../../support/time/manual-clock.ts';

const mostRunning = 2;
const mostWaiting = 3;
const names = ['one', 'other'] as const;

const step = fc.record({
  kind: fc.constantFrom('acquire', 'acquire', 'abort', 'release', 'release twice'),
  name: fc.constantFrom(...names),
  index: fc.nat(20),
});

interface Call {
  readonly name: string;
  readonly leaving: AbortController;
  state: 'waiting' | 'running' | 'gone';
  release: Release;
}

/** As long as a credential may be; one piece of memory. */
const nameOf = (index: number): string => Buffer.alloc(2_000, `${index} `).toString('latin1');

const never = new AbortController().signal;

describe('a keyed semaphore', () => {
  it('lets the permitted number run, in their order, whichever callers leave meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const semaphore = createKeyedSemaphore(mostRunning, mostWaiting);
        const calls: Call[] = [];
        const ofState = (name: string, state: Call['state']) =>
          calls.filter((call) => call.name === name && call.state === state);

        const acquire = (name: string): void => {
          const leaving = new AbortController();
          const acquired = semaphore.acquire(name, leaving.signal, () => new Error('left'));
          const isFull = ofState(name, 'waiting').length === mostWaiting;
          expect(acquired === null).toBe(isFull);
          if (acquired === null) return;
          const call: Call = { name, leaving, state: 'waiting', release: () => {} };
          calls.push(call);
          acquired.then(
            (release) => Object.assign(call, { state: 'running', release }),
            () => Object.assign(call, { state: 'gone' }),
          );
        };

        for (const { kind, name, index } of steps) {
          const running = ofState(name, 'running');
          const present = [...running, ...ofState(name, 'waiting')];
          const held = running[index % running.length];
          const waiting = ofState(name, 'waiting');
          if (kind === 'acquire') acquire(name);
          // A caller that runs keeps its permit.
          else if (kind === 'abort') present[index % present.length]?.leaving.abort();
          else if (held !== undefined) {
            held.state = 'gone';
            held.release();
            if (kind === 'release twice') held.release();
          }
          await settled();
          const promoted = waiting.filter(({ state }) => state === 'running');
          expect(promoted).toEqual(
            waiting.filter(({ state }) => state !== 'gone').slice(0, promoted.length),
          );
          for (const each of names) {
            const count = ofState(each, 'running').length;
            expect(count).toBeLessThanOrEqual(mostRunning);
            if (ofState(each, 'waiting').length > 0) expect(count).toBe(mostRunning);
          }
        }
        for (const call of calls) if (call.state === 'waiting') call.leaving.abort();
        await settled();
        for (const call of calls) if (call.state === 'running') call.release();
        for (const name of names) {
          for (let count = 0; count < mostRunning; count += 1) acquire(name);
        }
        await settled();
        expect(calls.slice(-4).map(({ state }) => state)).toEqual(Array(4).fill('running'));
      }),
      { numRuns: 200 },
    );
  });

  it('keeps no key once all permits are released', async () => {
    const semaphore = createKeyedSemaphore(mostRunning, mostWaiting);
    const useMany = async (from: number): Promise<void> => {
      for (let index = from; index < from + 5_000; index += 1) {
        const release = await semaphore.acquire(nameOf(index), never, () => new Error());
        release?.();
      }
    };
    await useMany(0);
    const before = usedHeap();
    await useMany(5_000);
    // The names alone would take 10 MB.
    expect(usedHeap() - before).toBeLessThan(4_000_000);
  });
});
