import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CostLimitError } from '../../src/domain/errors.ts';
import {
  createSharedWork,
  type Run,
  type SharedWorkOptions,
} from '../../src/sharing/shared-work.ts';
import { createGate, settled } from '../support/time/manual-clock.ts';

const createCaller = (name = 'caller') => {
  const controller = new AbortController();
  return { name, signal: controller.signal, leave: () => controller.abort(`${name} left`) };
};
type TestCaller = ReturnType<typeof createCaller>;

/** Shared work that ends when its gate is opened, with the number of its run as result. */
const setUp = (options: Partial<SharedWorkOptions<TestCaller>> = {}) => {
  const share = createSharedWork<string, TestCaller, number>({
    starterLeaves: true,
    leaveError: ({ name }) => new Error(`${name} has left`),
    ...options,
  });
  const gate = createGate();
  const runs: Run<TestCaller>[] = [];
  const start = async (run: Run<TestCaller>): Promise<number> => {
    const number = runs.push(run);
    await gate.opened;
    return number;
  };
  return { share, gate, runs, start };
};

describe.each([
  ['whose starter leaves', true],
  ['whose starter stays', false],
])('shared work %s', (_name, starterLeaves) => {
  it('is done once for all callers with one key, and separately for another key', async () => {
    const { share, gate, runs, start } = setUp({ starterLeaves });
    const sharing = ['a', 'a', 'b', 'a'].map((key) => share(key, createCaller(), start));
    gate.open();
    expect(await Promise.all(sharing)).toEqual([1, 1, 2, 1]);
    expect(runs).toHaveLength(2);
  });

  it('starts again under the same key after its end, whether it succeeded or failed', async () => {
    const { share, gate, start } = setUp({ starterLeaves });
    gate.open();
    expect(await share('a', createCaller(), start)).toBe(1);
    const failing = share('a', createCaller(), () => Promise.reject(new Error('No.')));
    await expect(failing).rejects.toThrow('No.');
    expect(await share('a', createCaller(), start)).toBe(2);
  });

  it('fails for all callers with its own error, also if it throws at once', async () => {
    const { share } = setUp({ starterLeaves });
    const start = (): Promise<number> => {
      throw new TypeError('At once.');
    };
    const sharing = [1, 2].map(() => share('a', createCaller(), start));
    for (const one of sharing) await expect(one).rejects.toThrow(TypeError);
  });

  it('is not joined after it has closed itself, and its end does not affect the next run', async () => {
    const { share, gate, runs, start } = setUp({ starterLeaves });
    const firstGate = createGate();
    const first = share('a', createCaller(), async ({ close }) => {
      close();
      await firstGate.opened;
      return 0;
    });
    const second = share('a', createCaller(), start);
    firstGate.open();
    expect(await first).toBe(0);
    const third = share('a', createCaller(), start);
    gate.open();
    expect(await Promise.all([second, third])).toEqual([1, 1]);
    expect(runs).toHaveLength(1);
  });

  it('goes on without a caller that joined and left', async () => {
    const { share, gate, runs, start } = setUp({ starterLeaves });
    const leaving = createCaller('second');
    const first = share('a', createCaller('first'), start);
    const second = share('a', leaving, start);
    leaving.leave();
    await expect(second).rejects.toThrow('second has left');
    expect(runs[0]?.signal.aborted).toBe(false);
    const third = share('a', createCaller(), start);
    gate.open();
    expect(await Promise.all([first, third])).toEqual([1, 1]);
  });

  it('is not joined by a caller that has left already', async () => {
    const { share, gate, runs, start } = setUp({ starterLeaves });
    const first = share('a', createCaller(), start);
    const gone = createCaller('gone');
    gone.leave();
    await expect(share('a', gone, start)).rejects.toThrow('gone has left');
    gate.open();
    expect(await first).toBe(1);
    expect(runs[0]?.callers.has(gone)).toBe(false);
  });

  it('tells of each caller that joins, but not of the starter', async () => {
    const { share, gate } = setUp({ starterLeaves });
    const joined: string[] = [];
    const sharing = ['first', 'second', 'third'].map((name) =>
      share('a', createCaller(name), async (run) => {
        run.onJoin = (caller) => joined.push(caller.name);
        await gate.opened;
        return 1;
      }),
    );
    expect(joined).toEqual(['second', 'third']);
    gate.open();
    await Promise.all(sharing);
  });

  it('is started again by one of those that joined if the starter may make no more calls', async () => {
    const { share, runs, start, gate } = setUp({ starterLeaves });
    const first = share('a', createCaller(), async () => {
      await gate.opened;
      throw new CostLimitError('No more calls.');
    });
    const others = [1, 2].map(() => share('a', createCaller(), start));
    gate.open();
    await expect(first).rejects.toThrow(CostLimitError);
    expect(await Promise.all(others)).toEqual([1, 1]);
    expect(runs).toHaveLength(1);
  });

  it('is started again after other failures only if the option says so', async () => {
    const { share, start, gate } = setUp({
      starterLeaves,
      startsAgain: (error, starter, caller) =>
        error instanceof RangeError && starter.name === 'hasty' && caller.name === 'patient',
    });
    gate.open();
    const fail = async (): Promise<number> => {
      await settled();
      throw new RangeError('Too late.');
    };
    const hasty = share('a', createCaller('hasty'), fail);
    const patient = share('a', createCaller('patient'), start);
    const other = share('a', createCaller('other'), start);
    await expect(hasty).rejects.toThrow(RangeError);
    await expect(other).rejects.toThrow(RangeError);
    expect(await patient).toBe(1);
  });

  it('leaves no listeners on the signals of its callers', async () => {
    const { share, gate, start } = setUp({ starterLeaves });
    const callers = [createCaller(), createCaller()];
    const sharing = callers.map((caller) => share('a', caller, start));
    gate.open();
    await Promise.all(sharing);
    await settled();
    for (const { signal } of callers) expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('shared work whose starter leaves', () => {
  it('goes on without the starter', async () => {
    const { share, gate, runs, start } = setUp();
    const starter = createCaller('starter');
    const first = share('a', starter, start);
    const second = share('a', createCaller(), start);
    starter.leave();
    await expect(first).rejects.toThrow('starter has left');
    expect(runs[0]?.signal.aborted).toBe(false);
    expect(runs[0]?.callers.has(starter)).toBe(false);
    gate.open();
    expect(await second).toBe(1);
  });

  it('is aborted with the reason of the last caller, which stays in the set, and is not joined then', async () => {
    const { share, gate, runs, start } = setUp();
    const callers = [createCaller('first'), createCaller('last')];
    const sharing = callers.map((caller) => share('a', caller, start));
    for (const { leave } of callers) leave();
    await Promise.allSettled(sharing);
    expect(runs[0]?.signal.reason).toBe('last left');
    expect(Array.from(runs[0]?.callers ?? [], ({ name }) => name)).toEqual(['last']);
    const late = share('a', createCaller(), start);
    gate.open();
    expect(await late).toBe(2);
  });

  it('is not aborted for the others by a caller that waits twice', async () => {
    const { share, gate, runs, start } = setUp();
    const twice = createCaller('twice');
    const leaving = [share('a', twice, start), share('a', twice, start)];
    const staying = share('a', createCaller(), start);
    twice.leave();
    for (const one of leaving) await expect(one).rejects.toThrow('twice has left');
    expect(runs[0]?.signal.aborted).toBe(false);
    gate.open();
    expect(await staying).toBe(1);
  });

  it('does not start for a caller that has left already', async () => {
    const { share, runs, start } = setUp();
    const gone = createCaller('gone');
    gone.leave();
    await expect(share('a', gone, start)).rejects.toThrow('gone has left');
    expect(runs).toEqual([]);
  });

  it('is not started again because its starter has left', async () => {
    const { share, gate, runs, start } = setUp();
    const starter = createCaller('starter');
    const fail = async (): Promise<number> => {
      await gate.opened;
      throw new Error('Its own.');
    };
    const first = share('a', starter, fail);
    const second = share('a', createCaller(), start);
    starter.leave();
    gate.open();
    await expect(first).rejects.toThrow('starter has left');
    await expect(second).rejects.toThrow('Its own.');
    expect(runs).toEqual([]);
  });

  it('is aborted if and only if all callers have left, in any order', async () => {
    const callersOf = fc.array(fc.record({ index: fc.nat(4), leaves: fc.boolean() }), {
      minLength: 1,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(callersOf, async (steps) => {
        const { share, gate, runs, start } = setUp();
        const callers = Array.from({ length: 5 }, (_, index) => createCaller(`${index}`));
        const first = createCaller('first');
        const waiting = new Set([first]);
        const outcomes = [share('a', first, start)];
        for (const { index, leaves } of [...steps, ...steps.slice(0, 1)]) {
          const caller = callers[index] ?? expect.unreachable();
          if (leaves) {
            caller.leave();
            waiting.delete(caller);
          } else {
            outcomes.push(share('a', caller, start));
            if (!caller.signal.aborted) waiting.add(caller);
          }
          expect(runs[0]?.signal.aborted).toBe(false);
          expect(new Set(runs[0]?.callers)).toEqual(waiting);
        }
        for (const { leave } of [...callers, first]) leave();
        expect(runs[0]?.signal.aborted).toBe(true);
        gate.open();
        for (const { status } of await Promise.allSettled(outcomes))
          expect(status).toBe('rejected');
        expect(runs).toHaveLength(1);
      }),
    );
  });
});

describe('shared work whose starter stays', () => {
  it('gives its result to a starter whose signal is aborted, and is never aborted', async () => {
    const { share, gate, runs, start } = setUp({ starterLeaves: false });
    const starter = createCaller('starter');
    const first = share('a', starter, start);
    // The starter asks a second time. As one that joined, it leaves.
    const again = share('a', starter, start);
    starter.leave();
    await expect(again).rejects.toThrow('starter has left');
    expect(runs[0]?.signal.aborted).toBe(false);
    const joining = share('a', createCaller(), start);
    gate.open();
    expect(await Promise.all([first, joining])).toEqual([1, 1]);
  });

  it('starts even for a caller that has left already', async () => {
    const { share, gate, start } = setUp({ starterLeaves: false });
    const gone = createCaller('gone');
    gone.leave();
    gate.open();
    expect(await share('a', gone, start)).toBe(1);
  });

  it('is started again if the signal of its starter was aborted, but not by one that has left', async () => {
    const { share, gate, start, runs } = setUp({ starterLeaves: false });
    const starter = createCaller('starter');
    const leaving = createCaller('leaving');
    const first = share('a', starter, async () => {
      await gate.opened;
      throw new Error('Stopped.');
    });
    const second = share('a', createCaller(), start);
    const third = share('a', leaving, start);
    starter.leave();
    leaving.leave();
    gate.open();
    await expect(first).rejects.toThrow('Stopped.');
    await expect(third).rejects.toThrow('leaving has left');
    expect(await second).toBe(1);
    expect(runs).toHaveLength(1);
  });
});
