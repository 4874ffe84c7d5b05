import { beforeEach, expect, it } from 'vitest';
import { mostWaiting, SlowSubscriberError, Subscriber } from '../../src/changes/subscriber.ts';
import type { Change } from '../../src/changes/types.ts';
import { usedHeap } from '../support/heap.ts';
import { createManualClock, type ManualClock } from '../support/time/manual-clock.ts';

let clock: ManualClock;
let ends: number;
let subscriber: Subscriber<number>;

const changes = (count: number, from = 0): Change<number>[] =>
  Array.from({ length: count }, (_, index) => ({
    kind: 'UPDATED',
    node: from + index,
    cursor: `cursor ${from + index}`,
    calls: [],
  }));

const take = async (count: number): Promise<number[]> => {
  const taken: number[] = [];
  while (taken.length < count) {
    const { value } = await subscriber.next();
    if (value === undefined) break;
    taken.push(value.node);
  }
  return taken;
};

beforeEach(() => {
  clock = createManualClock(0);
  ends = 0;
  subscriber = new Subscriber({
    clock,
    matches: (node) => node % 1_000_000 !== 7,
    startCursor: () => 'start',
    onEnd: () => {
      ends += 1;
    },
  });
});

it('gives what waits, in order, and then what comes', async () => {
  subscriber.push(changes(3));
  expect(await take(3)).toEqual([0, 1, 2]);
  const next = take(2);
  subscriber.push(changes(2, 3));
  expect(await next).toEqual([3, 4]);
});

it('leaves out what does not match', async () => {
  subscriber.push(changes(9));
  expect(await take(8)).toEqual([0, 1, 2, 3, 4, 5, 6, 8]);
});

it('ends while somebody waits, and gives an error once', async () => {
  const waiting = subscriber.next();
  const error = new SlowSubscriberError('x');
  subscriber.end(error);
  subscriber.end(null);
  await expect(waiting).rejects.toBe(error);
  expect(await subscriber.next()).toEqual({ done: true, value: undefined });
  expect(ends).toBe(1);
});

it('ends a wait when the consumer leaves', async () => {
  const waiting = subscriber.next();
  expect(await subscriber.return()).toEqual({ done: true, value: undefined });
  expect(await waiting).toEqual({ done: true, value: undefined });
  subscriber.push(changes(1));
  expect(await subscriber.next()).toEqual({ done: true, value: undefined });
  expect(ends).toBe(1);
});

it('ends a subscriber that does not take its changes, with the cursor of the last one that it took', async () => {
  subscriber.push(changes(10));
  await take(3);
  subscriber.push(changes(mostWaiting, 10));
  expect(ends).toBe(0);
  await clock.advance(2_000);
  expect(ends).toBe(1);
  await expect(subscriber.next()).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    details: { retryAfterSeconds: 1, cursor: 'cursor 2' },
  });
});

it('ends a subscriber that took nothing, with the cursor of its start', async () => {
  subscriber.push(changes(mostWaiting + 2));
  await clock.advance(2_000);
  await expect(subscriber.next()).rejects.toMatchObject({ details: { cursor: 'start' } });
});

it('keeps only the cursor of the last change while nothing comes', async () => {
  const takeOne = async () => {
    const [change] = changes(1);
    if (change === undefined) throw new Error('There is no change.');
    subscriber.push([change]);
    await subscriber.next();
    return new WeakRef(change);
  };
  const taken = await takeOne();
  // A reference is kept until the present turn of the event loop has ended.
  await new Promise(setImmediate);
  usedHeap();
  expect(taken.deref()).toBeUndefined();
  subscriber.push(changes(mostWaiting + 2, 10));
  await clock.advance(2_000);
  await expect(subscriber.next()).rejects.toMatchObject({ details: { cursor: 'cursor 0' } });
});

it('leaves a subscriber alone that takes what is too much in time', async () => {
  subscriber.push(changes(3 * mostWaiting));
  const taken = take(3 * mostWaiting - 1);
  await clock.advance(2_000);
  expect(await taken).toHaveLength(3 * mostWaiting - 1);
  expect(ends).toBe(0);
});

it('does not count what the subscriber had missed', async () => {
  subscriber.push(changes(2 * mostWaiting), true);
  subscriber.push(changes(mostWaiting, 2 * mostWaiting));
  await clock.advance(10_000);
  expect(ends).toBe(0);
  await take(1_500);
  subscriber.push(changes(10, 5 * mostWaiting));
  await clock.advance(10_000);
  expect(ends).toBe(1);
});
