import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createSlots,
  type SlotRequest,
  type SlotReservation,
} from '../../../src/rest/admission/slots.ts';
import { settled } from '../../support/time/manual-clock.ts';
import { createTestClock, failureOf } from '../harness.ts';

const start = (size: number, busyShare = 0) => {
  const clock = createTestClock();
  const machine = { busyShare };
  const slots = createSlots(size, clock, () => () => machine.busyShare);
  const reserve = (owner: object, changes: Partial<SlotRequest> = {}) =>
    slots.reserve({
      owner,
      circuit: 'one',
      signal: new AbortController().signal,
      deadlineMs: clock.nowMs() + 1_000,
      toError: (why) => new Error(why),
      ...changes,
    });
  const acquire = async (owner: object, changes: Partial<SlotRequest> = {}) => {
    const place = reserve(owner, changes);
    if (place === null) throw new Error('busy');
    return place.acquire();
  };
  /** Whether a new operation would be admitted. */
  const admits = (lane = 'one'): boolean => {
    const place = reserve({}, { circuit: lane });
    place?.cancel();
    return place !== null;
  };
  return { clock, machine, slots, reserve, acquire, admits };
};

/** Makes a hundred calls, one after another. Each answer takes `answerMs`. */
const answerOften = async ({ clock, acquire }: ReturnType<typeof start>, answerMs: number) => {
  for (let call = 0; call < 100; call += 1) {
    const release = await acquire({});
    clock.advance(answerMs);
    release();
  }
};

/** Slots after calls whose answers took `answerMs`. */
const startUsed = async (size: number, answerMs: number, busyShare?: number) => {
  const started = start(size, busyShare);
  await answerOften(started, answerMs);
  return started;
};

/** How many new operations may wait while every slot is taken. The slots are free again afterwards. */
const countWaiting = async ({ slots, acquire, admits }: ReturnType<typeof start>, size: number) => {
  const running = await Promise.all(Array.from({ length: size }, () => acquire({})));
  const queued: Promise<() => void>[] = [];
  while (admits()) queued.push(acquire({}));
  const { waiting } = slots.load();
  for (const release of running) release();
  for (const wait of queued) (await wait)();
  return waiting;
};

describe('the slots', () => {
  it('run one call each, and the waiting calls in their order', async () => {
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

  it('are released once, even if release is called twice', async () => {
    const { slots, acquire } = start(2);
    const release = await acquire({});
    await acquire({});
    release();
    release();
    expect(slots.load()).toEqual({ running: 1, waiting: 0 });
  });

  it('take turns between operations', async () => {
    const { acquire } = start(7);
    const [large, small] = [{}, {}];
    const running = await Promise.all(Array.from({ length: 6 }, () => acquire(large)));
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

  it('let more new operations wait if answers are quick', async () => {
    const waitingFor = async (answerMs: number, busyShare?: number) =>
      countWaiting(await startUsed(2, answerMs, busyShare), 2);
    expect(await waitingFor(1_000)).toBe(1);
    expect(await waitingFor(150)).toBe(1);
    expect(await waitingFor(5)).toBe(30);
    // Slow answers of a busy process do not count against the API.
    expect(await waitingFor(1_000, 0.9)).toBe(15);
  });

  it('recover after a pause of the API that delays all calls', async () => {
    const size = 8;
    const sizePerCircuit = 6;
    const started = await startUsed(size, 2);
    const before = await countWaiting(started, sizePerCircuit);
    const running = await Promise.all(
      Array.from({ length: sizePerCircuit }, () => started.acquire({})),
    );
    started.clock.advance(600);
    for (const release of running) release();
    expect(before).toBeGreaterThan(100);
    expect(await countWaiting(started, sizePerCircuit)).toBeGreaterThanOrEqual(sizePerCircuit);
  });

  it('count a call that hangs as one call', async () => {
    const started = await startUsed(8, 10);
    const before = await countWaiting(started, 6);
    const release = await started.acquire({});
    started.clock.advance(20_000);
    release();
    expect(before).toBe(60);
    expect(await countWaiting(started, 6)).toBeGreaterThan(12);
  });

  it('notice quick answers even if the process is busy', async () => {
    const started = await startUsed(2, 1_000);
    expect(await countWaiting(started, 2)).toBe(1);
    started.machine.busyShare = 0.9;
    await answerOften(started, 5);
    expect(await countWaiting(started, 2)).toBe(30);
  });

  it('refuse a new operation at once if too many calls wait before it', async () => {
    const { slots, acquire, admits } = await startUsed(2, 1_000);
    const [early, queued] = [{}, {}];
    const running = await Promise.all([acquire(early), acquire({})]);
    const waiting = [acquire(queued)];
    expect(admits()).toBe(false);
    expect(await failureOf(acquire({}))).toMatchObject({ message: 'busy' });
    // Operations that were admitted may make further calls.
    waiting.push(acquire(queued), acquire(early));
    expect(slots.load()).toEqual({ running: 2, waiting: 3 });
    for (const release of running) release();
    for (const wait of waiting) (await wait)();
    expect(slots.load()).toEqual({ running: 0, waiting: 0 });
  });

  it('are kept in part for other circuits, so that one that hangs leaves some to them', async () => {
    const { slots, acquire } = start(8);
    const hanging = await Promise.all(Array.from({ length: 6 }, () => acquire({})));
    const next = acquire({});
    expect(slots.load()).toEqual({ running: 6, waiting: 1 });
    const others = await Promise.all([
      acquire({}, { circuit: 'two' }),
      acquire({}, { circuit: 'two' }),
    ]);
    const queued = acquire({}, { circuit: 'two' });
    expect(slots.load()).toEqual({ running: 8, waiting: 2 });
    // A slot that the full circuit cannot take goes to the other circuit, though its call came later.
    others[0]?.();
    await queued;
    expect(slots.load()).toEqual({ running: 8, waiting: 1 });
    hanging[0]?.();
    (await next)();
  });

  it('admit the second call of an operation whose first call was admitted', async () => {
    const { slots, acquire, admits } = await startUsed(8, 1_000);
    await Promise.all([
      ...Array.from({ length: 4 }, () => acquire({})),
      ...Array.from({ length: 4 }, () => acquire({}, { circuit: 'two' })),
    ]);
    void acquire({}, { circuit: 'two' });
    expect(admits('two')).toBe(false);
    const early = {};
    void acquire(early);
    void acquire(early, { circuit: 'two' });
    expect(slots.load()).toEqual({ running: 8, waiting: 3 });
  });

  it('count calls that are about to wait', async () => {
    const { slots, acquire } = await startUsed(8, 1_000);
    const burst = Array.from({ length: 20 }, () => acquire({}).catch(() => 'refused'));
    expect((await Promise.all(burst.slice(8))).every((end) => end === 'refused')).toBe(true);
    expect(slots.load()).toEqual({ running: 6, waiting: 1 });
  });

  it('are given to both calls of an operation in one turn', async () => {
    const { acquire } = start(8);
    const running = await Promise.all([
      ...Array.from({ length: 4 }, () => acquire({})),
      ...Array.from({ length: 4 }, () => acquire({}, { circuit: 'two' })),
    ]);
    const order: string[] = [];
    const enqueue = async (owner: object, lane: string, name: string) => {
      const release = await acquire(owner, { circuit: lane });
      order.push(name);
      return release;
    };
    const [early, late] = [{}, {}];
    const all = [
      enqueue(early, 'one', 'early 1'),
      enqueue(early, 'two', 'early 2'),
      enqueue(late, 'one', 'late 1'),
      enqueue(late, 'two', 'late 2'),
    ];
    for (const index of [0, 4, 1, 5]) running[index]?.();
    await Promise.all(all);
    expect(order).toEqual(['early 1', 'early 2', 'late 1', 'late 2']);
  });

  it('admit new operations of one circuit if another circuit is full', async () => {
    const { acquire, admits } = await startUsed(8, 1_000);
    await Promise.all(Array.from({ length: 6 }, () => acquire({})));
    void acquire({});
    expect(admits()).toBe(false);
    expect(admits('two')).toBe(true);
  });

  it('let the calls of one large operation wait, within a bound', async () => {
    const { acquire } = start(2);
    const owner = {};
    await Promise.all([acquire(owner), acquire(owner)]);
    for (let call = 0; call < 512; call++) void acquire(owner);
    expect(await failureOf(acquire(owner))).toMatchObject({ message: 'busy' });
  });

  it('are not given to calls whose client left or whose time is over', async () => {
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

  it('stay taken when the client of a call that waited leaves or its time is over', async () => {
    const { clock, slots, acquire } = start(1);
    const release = await acquire({});
    const leaving = new AbortController();
    const waiting = acquire({}, { signal: leaving.signal });
    release();
    const next = await waiting;
    leaving.abort();
    clock.advance(2_000);
    expect(slots.load()).toEqual({ running: 1, waiting: 0 });
    next();
    expect(slots.load()).toEqual({ running: 0, waiting: 0 });
  });

  it('go to the other calls of an operation that cancelled one call', async () => {
    const { slots, acquire } = start(8);
    const running = [
      ...(await Promise.all(Array.from({ length: 4 }, () => acquire({})))),
      ...(await Promise.all(Array.from({ length: 4 }, () => acquire({}, { circuit: 'two' })))),
    ];
    const [owner, other] = [{}, {}];
    const leaving = new AbortController();
    const left = failureOf(acquire(owner, { signal: leaving.signal }));
    const order: string[] = [];
    const enqueue = async (from: object, name: string) => {
      const release = await acquire(from, { circuit: 'two' });
      order.push(name);
      return release;
    };
    const all = [enqueue(owner, 'owner 1'), enqueue(owner, 'owner 2'), enqueue(other, 'other')];
    leaving.abort();
    expect(await left).toMatchObject({ message: 'aborted' });
    expect(slots.load()).toEqual({ running: 8, waiting: 3 });
    for (const release of running) release();
    for (const release of await Promise.all(all)) release();
    // A cancelled call uses no turn: the operation's other calls keep theirs.
    expect(order).toEqual(['owner 1', 'other', 'owner 2']);
    expect(slots.load()).toEqual({ running: 0, waiting: 0 });
  });

  it('are all free after all calls ended in any way, and as many calls may wait as before', async () => {
    // A busy process ignores answers, so the estimate does not change.
    const busyShare = 1;
    const [size, sizePerCircuit, answerMs] = [8, 6, 10];
    const fresh = await countWaiting(start(size, busyShare), sizePerCircuit);
    const owners = [{}, {}, {}];
    const step = fc.record({
      kind: fc.constantFrom('reserve', 'acquire', 'acquire', 'cancel', 'abort', 'release', 'wait'),
      owner: fc.constantFrom(...owners),
      lane: fc.constantFrom('one', 'two'),
      index: fc.nat(30),
    });
    interface Call {
      readonly lane: string;
      readonly place: SlotReservation;
      readonly leaving: AbortController;
      state: 'reserved' | 'waiting' | 'running' | 'gone';
      release: () => void;
    }
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const started = start(size, busyShare);
        const { clock, slots, reserve } = started;
        const calls: Call[] = [];
        const of = (...states: Call['state'][]) =>
          calls.filter(({ state }) => states.includes(state));
        const acquire = async (call: Call): Promise<void> => {
          call.state = 'waiting';
          try {
            call.release = await call.place.acquire();
            call.state = 'running';
          } catch {
            call.state = 'gone';
          }
        };
        const release = (call: Call): void => {
          clock.advance(answerMs);
          call.state = 'gone';
          call.release();
        };
        for (const { kind, owner, lane, index } of steps) {
          const pick = (...states: Call['state'][]) => of(...states)[index % of(...states).length];
          if (kind === 'reserve' || kind === 'acquire') {
            const leaving = new AbortController();
            const place = reserve(owner, { circuit: lane, signal: leaving.signal });
            if (place === null) continue;
            const call: Call = { lane, place, leaving, state: 'reserved', release: () => {} };
            calls.push(call);
            if (kind === 'acquire') void acquire(call);
          } else if (kind === 'wait') {
            clock.advance(index * 20);
          } else if (kind === 'cancel') {
            const call = pick('reserved');
            call?.place.cancel();
            if (call) call.state = 'gone';
          } else if (kind === 'abort') {
            pick('reserved', 'waiting', 'running')?.leaving.abort();
          } else {
            const call = pick('running');
            if (call) release(call);
          }
          await settled();
          expect(slots.load()).toEqual({
            running: of('running').length,
            waiting: of('waiting').length,
          });
          for (const name of ['one', 'two']) {
            const ofCircuit = (state: Call['state']) =>
              of(state).filter((call) => call.lane === name).length;
            expect(ofCircuit('running')).toBeLessThanOrEqual(sizePerCircuit);
            const hasRoom = of('running').length < size && ofCircuit('running') < sizePerCircuit;
            if (hasRoom) expect(ofCircuit('waiting')).toBe(0);
          }
        }
        for (const call of of('reserved')) void acquire(call);
        await settled();
        for (const { leaving } of of('waiting')) leaving.abort();
        await settled();
        for (const call of of('running')) release(call);
        expect(slots.load()).toEqual({ running: 0, waiting: 0 });
        expect(clock.pending()).toEqual([]);
        expect(await countWaiting(started, sizePerCircuit)).toBe(fresh);
      }),
      { numRuns: 100 },
    );
  });

  it('are not given to who had left before', async () => {
    const { slots, acquire } = start(1);
    const failed = acquire({}, { signal: AbortSignal.abort() });
    expect(await failureOf(failed)).toMatchObject({ message: 'aborted' });
    expect(slots.load()).toEqual({ running: 0, waiting: 0 });
  });
});
