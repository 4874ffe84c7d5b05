import { describe, expect, it } from 'vitest';
import { createSlots, type Waiting } from '../../src/applivery/slots.ts';
import { createTestClock, failureOf } from './harness.ts';

const start = (size: number) => {
  const clock = createTestClock();
  const slots = createSlots(size, clock);
  const acquire = (owner: object, changes: Partial<Waiting> = {}) =>
    slots.acquire({
      owner,
      signal: new AbortController().signal,
      deadlineMs: clock.nowMs() + 1_000,
      toError: (why) => new Error(why),
      ...changes,
    });
  return { clock, slots, acquire };
};

describe('the slots', () => {
  it('run as many calls as there are, and the others in their order', async () => {
    const { slots, acquire } = start(2);
    const owner = {};
    const order: number[] = [];
    const calls = [1, 2, 3, 4].map(async (name) => {
      const release = await acquire(owner);
      order.push(name);
      return release;
    });
    const [first, second] = await Promise.all(calls.slice(0, 2));
    expect(slots.load()).toEqual({ running: 2, waiting: 2 });
    first?.();
    await calls[2];
    expect(order).toEqual([1, 2, 3]);
    second?.();
    await calls[3];
    expect(order).toEqual([1, 2, 3, 4]);
    expect(slots.load()).toEqual({ running: 2, waiting: 0 });
  });

  it('are given back once, however often', async () => {
    const { slots, acquire } = start(2);
    const release = await acquire({});
    await acquire({});
    release();
    release();
    expect(slots.load()).toEqual({ running: 1, waiting: 0 });
  });

  it('take turns between operations', async () => {
    const { acquire } = start(2);
    const [large, small] = [{}, {}];
    const running = await Promise.all([acquire(large), acquire(large)]);
    const order: string[] = [];
    const enqueue = async (owner: object, name: string) => {
      const release = await acquire(owner);
      order.push(name);
      release();
    };
    const all = [
      enqueue(large, 'large 1'),
      enqueue(large, 'large 2'),
      enqueue(large, 'large 3'),
      enqueue(small, 'small 1'),
    ];
    running[0]?.();
    await Promise.all(all);
    expect(order).toEqual(['large 1', 'small 1', 'large 2', 'large 3']);
  });

  it('refuse at once what would wait behind too many operations', async () => {
    const { slots, acquire } = start(2);
    const queued = {};
    const running = await Promise.all([acquire({}), acquire({})]);
    const waiting = [acquire(queued), acquire({})];
    expect(slots.accepts({})).toBe(false);
    expect(await failureOf(acquire({}))).toMatchObject({ message: 'busy' });
    // An operation that is in the queue already may go on.
    waiting.push(acquire(queued));
    expect(slots.load()).toEqual({ running: 2, waiting: 3 });
    for (const release of running) release();
    for (const wait of waiting) (await wait)();
    expect(slots.load()).toEqual({ running: 0, waiting: 0 });
  });

  it('hold the calls of one large operation, within a bound', async () => {
    const { acquire } = start(2);
    const owner = {};
    await Promise.all([acquire(owner), acquire(owner)]);
    for (let call = 0; call < 128; call++) void acquire(owner);
    expect(await failureOf(acquire(owner))).toMatchObject({ message: 'busy' });
  });

  it('are not given to who left or ran out of time', async () => {
    const { clock, slots, acquire } = start(1);
    const release = await acquire({});
    const leaving = new AbortController();
    const left = failureOf(acquire({}, { signal: leaving.signal }));
    leaving.abort();
    expect(await left).toMatchObject({ message: 'aborted' });
    const late = failureOf(acquire({}));
    clock.advance(1_000);
    expect(await late).toMatchObject({ message: 'timeout' });
    expect(slots.load()).toEqual({ running: 1, waiting: 0 });
    release();
    expect(slots.load()).toEqual({ running: 0, waiting: 0 });
    expect(clock.pending()).toEqual([]);
  });

  it('are not given to who had left before', async () => {
    const { slots, acquire } = start(1);
    const failed = acquire({}, { signal: AbortSignal.abort() });
    expect(await failureOf(failed)).toMatchObject({ message: 'aborted' });
    expect(slots.load()).toEqual({ running: 0, waiting: 0 });
  });
});
