import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSlots, type Release, type SlotOptions } from '../../../src/rest/admission/slots.ts';
import { usedHeap } from '../../support/heap.ts';
import { settled } from '../../support/time/manual-clock.ts';
import { failureOf } from '../harness.ts';

/** Slots of which each group has `size`. */
const start = (size: number, options: Partial<SlotOptions> = {}) => {
  const slots = createSlots({
    mayStart: (inGroup) => inGroup < size,
    maxWaiting: 1_000,
    ...options,
  });
  const acquire = (owner: object, group = 'one', { signal } = new AbortController()) =>
    slots.acquire({ owner, group, signal, toError: (why) => new Error(why) });
  const order: string[] = [];
  /** Acquires a slot and adds the name to the order in which calls started. */
  const enqueue = async (name: string, owner: object, group = 'one'): Promise<Release> => {
    const release = await acquire(owner, group);
    order.push(name);
    return release;
  };
  return { slots, acquire, order, enqueue };
};

/** A limit of the wait that a test makes expire. */
const createManualLimit = () => {
  const pending = new Set<() => void>();
  return {
    pending,
    scheduleRefusal: (refuse: () => void) => {
      pending.add(refuse);
      return () => pending.delete(refuse);
    },
    expire: () => {
      for (const refuse of pending) refuse();
    },
  };
};

describe('the slots', () => {
  it('run one call each, and the waiting calls in their order', async () => {
    const { slots, order, enqueue } = start(2);
    const owner = {};
    const calls = ['1', '2', '3', '4'].map((name) => enqueue(name, owner));
    const [first, second] = await Promise.all(calls.slice(0, 2));
    expect(slots.load()).toEqual({ running: 2, waiting: 2 });
    first?.();
    await calls[2];
    expect(order).toEqual(['1', '2', '3']);
    second?.();
    await calls[3];
    expect(order).toEqual(['1', '2', '3', '4']);
    expect(slots.load()).toEqual({ running: 2, waiting: 0 });
  });

  it('are released once, even if release is called twice', async () => {
    const { slots, acquire } = start(2);
    const release = await acquire({});
    await acquire({});
    release();
    release();
    expect(slots.load()).toEqual({ running: 1, waiting: 0 });
  });

  it('take turns between operations', async () => {
    const { acquire, order, enqueue } = start(1);
    const [large, small] = [{}, {}];
    const running = await acquire(large);
    const all = [
      enqueue('large 1', large),
      enqueue('large 2', large),
      enqueue('large 3', large),
      enqueue('small 1', small),
    ];
    running();
    for (const release of [all[0], all[3], all[1], all[2]]) (await release)?.();
    expect(order).toEqual(['large 1', 'small 1', 'large 2', 'large 3']);
  });

  it('are given to all groups in which an operation waits, before operations that came later', async () => {
    const { acquire, order, enqueue } = start(1);
    const running = [await acquire({}, 'one'), await acquire({}, 'two')];
    const [early, late] = [{}, {}];
    const all = [
      enqueue('early, one', early, 'one'),
      enqueue('late, one', late, 'one'),
      enqueue('early, two', early, 'two'),
      enqueue('late, two', late, 'two'),
    ];
    for (const release of running) release();
    for (const index of [0, 2]) (await all[index])?.();
    await Promise.all(all);
    expect(order).toEqual(['early, one', 'early, two', 'late, one', 'late, two']);
  });

  it('go to the group that runs the fewest calls', async () => {
    const { acquire, order, enqueue } = start(0, { mayStart: (_inGroup, running) => running < 3 });
    const releaseOne = await acquire({}, 'one');
    await acquire({}, 'one');
    const releaseTwo = await acquire({}, 'two');
    for (const name of ['1', '2']) void enqueue(`one ${name}`, {}, 'one');
    for (const name of ['1', '2']) void enqueue(`two ${name}`, {}, 'two');
    releaseOne();
    await settled();
    expect(order).toEqual(['one 1']);
    releaseTwo();
    await settled();
    expect(order).toEqual(['one 1', 'two 1']);
  });

  it('go to groups in turn if these run equally many calls', async () => {
    const { acquire, order, enqueue } = start(0, { mayStart: (_inGroup, running) => running < 1 });
    const first = await acquire({}, 'one');
    const all = ['one', 'one', 'two', 'two', 'three', 'three'].map((group) =>
      enqueue(group, {}, group),
    );
    first();
    for (const wait of all) void wait.then((release) => release());
    await Promise.all(all);
    expect(order).toEqual(['one', 'two', 'three', 'one', 'two', 'three']);
  });

  it('refuse a call at once if as many calls of its group wait as may', async () => {
    const { slots, acquire } = start(1, { maxWaiting: 2 });
    const owner = {};
    await acquire(owner);
    void acquire(owner);
    void acquire(owner);
    expect(await failureOf(acquire(owner))).toMatchObject({ message: 'refused' });
    await acquire(owner, 'two');
    void acquire(owner, 'two');
    expect(slots.load()).toEqual({ running: 2, waiting: 3 });
  });

  it('refuse a new operation that has waited too long', async () => {
    const limit = createManualLimit();
    const { slots, acquire } = start(1, limit);
    const release = await acquire({});
    const waiting = failureOf(acquire({}));
    limit.expire();
    expect(await waiting).toMatchObject({ message: 'refused' });
    expect(slots.load()).toEqual({ running: 1, waiting: 0 });
    release();
    expect(slots.load()).toEqual({ running: 0, waiting: 0 });
    expect(limit.pending.size).toBe(0);
  });

  it('refuse no further call of an operation that has got a slot', async () => {
    const limit = createManualLimit();
    const { slots, acquire } = start(1, limit);
    const [early, owner] = [{}, {}];
    const release = await acquire(early);
    const waiting = [acquire(early), acquire(owner)];
    // The operation gets its first slot while its other call waits.
    await acquire(owner, 'two');
    limit.expire();
    expect(slots.load()).toEqual({ running: 2, waiting: 2 });
    release();
    for (const wait of waiting) (await wait)();
    expect(slots.load()).toEqual({ running: 1, waiting: 0 });
    expect(limit.pending.size).toBe(0);
  });

  it('are not given to a call whose client leaves while it waits, or has left before', async () => {
    const { slots, acquire } = start(1);
    const release = await acquire({});
    const leaving = new AbortController();
    const left = failureOf(acquire({}, 'one', leaving));
    leaving.abort();
    expect(await left).toMatchObject({ message: 'aborted' });
    expect(await failureOf(acquire({}, 'one', leaving))).toMatchObject({ message: 'aborted' });
    expect(slots.load()).toEqual({ running: 1, waiting: 0 });
    release();
    expect(slots.load()).toEqual({ running: 0, waiting: 0 });
  });

  it('stay taken if the client leaves, or the limit of the wait ends, after the wait', async () => {
    const limits: (() => void)[] = [];
    const { slots, acquire } = start(1, {
      scheduleRefusal: (refuse) => {
        limits.push(refuse);
        return () => {};
      },
    });
    const release = await acquire({});
    const leaving = new AbortController();
    const waiting = acquire({}, 'one', leaving);
    release();
    const next = await waiting;
    leaving.abort();
    for (const refuse of limits) refuse();
    expect(slots.load()).toEqual({ running: 1, waiting: 0 });
    next();
    expect(slots.load()).toEqual({ running: 0, waiting: 0 });
  });

  it('go to the other calls of an operation that cancelled one call', async () => {
    const { slots, acquire, order, enqueue } = start(1);
    const running = await acquire({});
    const [owner, other] = [{}, {}];
    const leaving = new AbortController();
    const left = failureOf(acquire(owner, 'one', leaving));
    const all = [enqueue('owner 1', owner), enqueue('owner 2', owner), enqueue('other', other)].map(
      (wait) => wait.then((release) => release()),
    );
    leaving.abort();
    expect(await left).toMatchObject({ message: 'aborted' });
    running();
    await Promise.all(all);
    // A cancelled call uses no turn: the operation's other calls keep theirs.
    expect(order).toEqual(['owner 1', 'other', 'owner 2']);
    expect(slots.load()).toEqual({ running: 0, waiting: 0 });
  });

  it('keep no group once all its slots are released', async () => {
    const { acquire } = start(2);
    // As long as a credential may be; one piece of memory.
    const nameOf = (index: number): string => Buffer.alloc(2_000, `${index} `).toString('latin1');
    const useMany = async (from: number): Promise<void> => {
      for (let index = from; index < from + 5_000; index += 1) {
        const release = await acquire({}, nameOf(index));
        release();
      }
    };
    await useMany(0);
    const before = usedHeap();
    await useMany(5_000);
    // The names alone would take 10 MB.
    expect(usedHeap() - before).toBeLessThan(4_000_000);
  });

  it('run as many calls as they may, in the order of each operation, whichever calls leave meanwhile', async () => {
    const [size, maxWaiting] = [2, 3];
    const owners = [{}, {}, {}];
    const step = fc.record({
      kind: fc.constantFrom('acquire', 'acquire', 'abort', 'release', 'release twice', 'expire'),
      owner: fc.constantFrom(...owners),
      group: fc.constantFrom('one', 'two'),
      index: fc.nat(20),
    });
    interface Call {
      readonly owner: object;
      readonly group: string;
      readonly leaving: AbortController;
      state: 'waiting' | 'running' | 'gone';
      release: Release;
    }
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const limit = createManualLimit();
        const { slots, acquire } = start(size, {
          maxWaiting,
          scheduleRefusal: limit.scheduleRefusal,
        });
        const calls: Call[] = [];
        const served = new Set<object>();
        const of = (group: string, state: Call['state']) =>
          calls.filter((call) => call.group === group && call.state === state);
        const run = (call: Call, release: Release): void => {
          // The calls of one operation start in their order.
          const earlier = calls.slice(0, calls.indexOf(call));
          const isOvertaken = ({ owner, group, state }: Call): boolean =>
            owner === call.owner && group === call.group && state === 'waiting';
          expect(earlier.some(isOvertaken)).toBe(false);
          served.add(call.owner);
          Object.assign(call, { state: 'running', release });
        };
        for (const { kind, owner, group, index } of steps) {
          const running = of(group, 'running');
          const held = running[index % running.length];
          const present = [...running, ...of(group, 'waiting')];
          if (kind === 'acquire') {
            const isFull = of(group, 'waiting').length === maxWaiting;
            const leaving = new AbortController();
            const call: Call = { owner, group, leaving, state: 'waiting', release: () => {} };
            calls.push(call);
            acquire(owner, group, leaving).then(
              (release) => run(call, release),
              () => Object.assign(call, { state: 'gone' }),
            );
            await settled();
            expect(call.state === 'gone').toBe(isFull);
          } else if (kind === 'abort') {
            // A call that runs keeps its slot.
            present[index % present.length]?.leaving.abort();
          } else if (kind === 'expire') {
            limit.expire();
            await settled();
            for (const call of calls) {
              if (call.state === 'waiting') expect(served.has(call.owner)).toBe(true);
            }
          } else if (held !== undefined) {
            held.state = 'gone';
            held.release();
            if (kind === 'release twice') held.release();
          }
          await settled();
          for (const name of ['one', 'two']) {
            const count = of(name, 'running').length;
            expect(count).toBeLessThanOrEqual(size);
            if (of(name, 'waiting').length > 0) expect(count).toBe(size);
          }
        }
        // Every call that still waits gets a slot.
        while (slots.load().running > 0) {
          for (const call of [...of('one', 'running'), ...of('two', 'running')]) {
            call.state = 'gone';
            call.release();
          }
          await settled();
        }
        expect(slots.load()).toEqual({ running: 0, waiting: 0 });
        expect(calls.every(({ state }) => state === 'gone')).toBe(true);
        expect(limit.pending.size).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});
