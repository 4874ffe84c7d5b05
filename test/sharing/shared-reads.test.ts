import { getEventListeners, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createCallAllowance } from '../../src/domain/call-allowance.ts';
import {
  CostLimitError,
  ForbiddenError,
  QueueFullError,
  UnauthenticatedError,
  UpstreamUnavailableError,
} from '../../src/domain/errors.ts';
import type { CallFailure, Operation } from '../../src/domain/operation.ts';
import { type OrganizationId, toOrganizationId } from '../../src/domain/organization.ts';
import { createSharedReads } from '../../src/sharing/shared-reads.ts';
import { callFailure, createOperation, organizationId } from '../lookups/fake-upstream.ts';
import { usedHeap } from '../support/heap.ts';
import { eventually } from '../support/time/eventually.ts';
import { createGate, settled } from '../support/time/manual-clock.ts';
import { shiftClock } from '../support/time/shifted-clock.ts';

const cutShort: CallFailure = {
  ...callFailure,
  status: null,
  reason: 'timeout',
  isApiFault: false,
};

/** A shared read that answers when its gate is opened. */
const setUp = () => {
  const sharedReads = createSharedReads();
  const gate = createGate();
  const runs: Operation[] = [];
  const read = sharedReads.share(
    async (operation: Operation, _id: OrganizationId, what: string) => {
      runs.push(operation);
      await gate.opened;
      return `${what} for ${operation.credential}`;
    },
  );
  return { sharedReads, gate, runs, read };
};

/** A shared read that reports a failed call when its gate is opened, and operations that log who heard of it. */
const setUpFailing = (failure: CallFailure) => {
  const gate = createGate();
  const reported: string[] = [];
  const read = createSharedReads().share(async (shared: Operation) => {
    await gate.opened;
    shared.onFailure?.(failure);
    return 'answer';
  });
  const begin = (name: string) =>
    createOperation('Bearer one', { onFailure: () => reported.push(name) });
  return { gate, reported, read, begin };
};

describe('equal reads at the same time', () => {
  it('are one call for fifty operations with one credential, and report the calls saved', async () => {
    const { gate, runs, read } = setUp();
    const operations = Array.from({ length: 50 }, () => createOperation());
    const reading = operations.map((operation) => read(operation, organizationId, 'page'));
    gate.open();
    expect(new Set(await Promise.all(reading))).toEqual(new Set(['page for Bearer one']));
    expect(runs).toHaveLength(1);
    expect(operations.map(({ savings }) => savings.inFlight ?? 0)).toEqual([
      0,
      ...Array(49).fill(1),
    ]);
  });

  it('are separate for another credential, other arguments or another organization', async () => {
    const { gate, runs, read } = setUp();
    const elsewhere = toOrganizationId('f'.repeat(24));
    const reading = [
      read(createOperation('Bearer one'), organizationId, 'page'),
      read(createOperation('Bearer two'), organizationId, 'page'),
      read(createOperation('Bearer one'), organizationId, 'other page'),
      read(createOperation('Bearer one'), elsewhere, 'page'),
    ];
    gate.open();
    expect(await Promise.all(reading)).toEqual([
      'page for Bearer one',
      'page for Bearer two',
      'other page for Bearer one',
      'page for Bearer one',
    ]);
    expect(runs).toHaveLength(4);
  });

  it.each([
    ['time is up', 'TimeoutError', 1],
    ['its client is gone', 'AbortError', 0],
  ])('report their failure to the last operation, which ends as %s: %s', async (_why, name, times) => {
    const read = createSharedReads().share(async (shared: Operation, _id: OrganizationId) => {
      await once(shared.signal, 'abort');
      shared.onFailure?.(cutShort);
      isOver = true;
      throw new Error('It was stopped.');
    });
    let isOver = false;
    const reported: CallFailure[] = [];
    const onFailure = (failure: CallFailure): void => void reported.push(failure);
    const operation = createOperation('Bearer one', { onFailure });
    const reading = read(operation, organizationId);
    operation.controller.abort(new DOMException('It has ended.', name));
    await expect(reading).rejects.toBeInstanceOf(UpstreamUnavailableError);
    await eventually(() => expect(isOver).toBe(true));
    expect(reported).toHaveLength(times);
  });

  it('are not joined once they have answered', async () => {
    const { gate, runs, read } = setUp();
    gate.open();
    await read(createOperation(), organizationId, 'page');
    await read(createOperation(), organizationId, 'page');
    expect(runs).toHaveLength(2);
  });

  it('are not joined after a write of this gateway has ended', async () => {
    const { sharedReads, gate, runs, read } = setUp();
    const before = read(createOperation(), organizationId, 'page');
    sharedReads.recordWrite(organizationId);
    const after = read(createOperation(), organizationId, 'page');
    expect(runs).toHaveLength(2);
    gate.open();
    await Promise.all([before, after]);
  });

  it('are still joined after a write in another organization', async () => {
    const { sharedReads, gate, runs, read } = setUp();
    const first = read(createOperation(), organizationId, 'page');
    sharedReads.recordWrite(toOrganizationId('f'.repeat(24)));
    const second = read(createOperation(), organizationId, 'page');
    gate.open();
    await Promise.all([first, second]);
    expect(runs).toHaveLength(1);
  });

  it('are not joined after a write, even if many organizations have written since', async () => {
    const { sharedReads, gate, runs, read } = setUp();
    const before = read(createOperation(), organizationId, 'page');
    sharedReads.recordWrite(organizationId);
    for (let index = 1; index <= 20_001; index += 1) {
      sharedReads.recordWrite(toOrganizationId(index.toString(16).padStart(24, '0')));
    }
    const after = read(createOperation(), organizationId, 'page');
    expect(runs).toHaveLength(2);
    gate.open();
    await Promise.all([before, after]);
  });

  it('of all organizations start a new generation once 10,000 organizations have written', () => {
    const { sharedReads } = setUp();
    for (let index = 1; index <= 10_000; index += 1) {
      sharedReads.recordWrite(toOrganizationId(index.toString(16).padStart(24, '0')));
    }
    const before = sharedReads.generationOf(organizationId);
    expect(before).toBe(sharedReads.generationOf(toOrganizationId('e'.repeat(24))));
    sharedReads.recordWrite(toOrganizationId('f'.repeat(24)));
    expect(sharedReads.generationOf(organizationId)).not.toBe(before);
  });

  it('are not aborted when one of several clients leaves', async () => {
    const { gate, runs, read } = setUp();
    const [first, second] = [createOperation(), createOperation()];
    const leaving = read(first, organizationId, 'page');
    const staying = read(second, organizationId, 'page');
    first.controller.abort();
    await expect(leaving).rejects.toMatchObject({ reason: 'aborted' });
    expect(runs[0]?.signal.aborted).toBe(false);
    gate.open();
    expect(await staying).toBe('page for Bearer one');
  });

  it('are aborted when the last client leaves, and are not joined any more', async () => {
    const { gate, runs, read } = setUp();
    const operations = [createOperation(), createOperation()];
    const leaving = operations.map((operation) => read(operation, organizationId, 'page'));
    for (const { controller } of operations) controller.abort();
    await Promise.allSettled(leaving);
    expect(runs[0]?.signal.aborted).toBe(true);
    const late = read(createOperation(), organizationId, 'page');
    expect(runs).toHaveLength(2);
    gate.open();
    expect(await late).toBe('page for Bearer one');
  });

  it('end as a timeout for an operation whose time is up', async () => {
    const { read } = setUp();
    const operation = createOperation('Bearer one', { signal: AbortSignal.timeout(5) });
    await expect(read(operation, organizationId, 'page')).rejects.toMatchObject({
      reason: 'timeout',
    });
  });

  it.each([
    ['before', -1, 'aborted'],
    ['at', 0, 'timeout'],
    ['after', 1, 'timeout'],
  ])('of a client that leaves %s its deadline end with the matching reason', async (_when, lateMs, reason) => {
    shiftClock();
    const { read } = setUp();
    const operation = createOperation('Bearer one', { deadlineMs: performance.now() - lateMs });
    const reading = read(operation, organizationId, 'page');
    operation.controller.abort();
    await expect(reading).rejects.toMatchObject({ reason, mayHaveArrived: true });
  });

  it('are not made for a client that has already left', async () => {
    const { runs, read } = setUp();
    const operation = createOperation();
    operation.controller.abort();
    await expect(read(operation, organizationId, 'page')).rejects.toBeInstanceOf(
      UpstreamUnavailableError,
    );
    expect(runs).toEqual([]);
  });

  it('have the latest deadline of the operations that wait', async () => {
    const { gate, runs, read } = setUp();
    const soonMs = performance.now() + 1_000;
    const reading = [soonMs, soonMs + 500, soonMs + 200].map((deadlineMs) =>
      read(createOperation('Bearer one', { deadlineMs }), organizationId, 'page'),
    );
    expect(runs[0]?.deadlineMs).toBe(soonMs + 500);
    gate.open();
    await Promise.all(reading);
  });

  it('that hit the deadline of their first operation are made again for one with more time', async () => {
    const sharedReads = createSharedReads();
    const gate = createGate();
    let runs = 0;
    const read = sharedReads.share(async (_operation: Operation) => {
      runs += 1;
      if (runs > 1) return 'answer';
      await gate.opened;
      throw new UpstreamUnavailableError('Too late.', { reason: 'timeout', mayHaveArrived: true });
    });
    const hasted = createOperation('Bearer one', { deadlineMs: performance.now() - 1 });
    const first = read(hasted, organizationId);
    const second = read(createOperation(), organizationId);
    gate.open();
    await expect(first).rejects.toMatchObject({ reason: 'timeout' });
    expect(await second).toBe('answer');
    expect(runs).toBe(2);
  });

  it('that their first operation may not make are made for another operation', async () => {
    const sharedReads = createSharedReads();
    const gate = createGate();
    const read = sharedReads.share(async (operation: Operation) => {
      await gate.opened;
      operation.allowance.take();
      return 'answer';
    });
    const poor = createOperation('Bearer one', { allowance: createCallAllowance(0) });
    const first = read(poor, organizationId);
    const second = read(createOperation(), organizationId);
    gate.open();
    await expect(first).rejects.toBeInstanceOf(CostLimitError);
    expect(await second).toBe('answer');
  });

  it('that a new operation waited too long for are made again for operations that have made calls, and for no others', async () => {
    const sharedReads = createSharedReads();
    const gate = createGate();
    const read = sharedReads.share(async (operation: Operation): Promise<string> => {
      await gate.opened;
      if (!operation.allowance.hasMadeCalls()) throw new QueueFullError('Too many wait.', 1_000);
      return 'answer';
    });
    const admitted = createOperation();
    admitted.allowance.take();
    const [first, second, third] = [createOperation(), admitted, createOperation()].map(
      (operation) => read(operation, organizationId),
    );
    gate.open();
    await expect(first).rejects.toBeInstanceOf(QueueFullError);
    expect(await second).toBe('answer');
    await expect(third).rejects.toBeInstanceOf(QueueFullError);
  });

  it('whose credential is refused stop the calls of all operations that wait', async () => {
    const sharedReads = createSharedReads();
    const read = sharedReads.share(async (_operation: Operation): Promise<string> => {
      throw new UnauthenticatedError('No.');
    });
    const [first, second] = [createOperation(), createOperation()];
    await Promise.allSettled([read(first, organizationId), read(second, organizationId)]);
    expect(() => second.allowance.take()).toThrow(UnauthenticatedError);
  });

  it('that hit the timeout of one call, not the deadline of the operation, are not made again', async () => {
    const sharedReads = createSharedReads();
    let runs = 0;
    const read = sharedReads.share(async (_operation: Operation): Promise<string> => {
      runs += 1;
      throw new UpstreamUnavailableError('Too late.', { reason: 'timeout', mayHaveArrived: true });
    });
    const nowMs = performance.now();
    const both = async (firstDeadlineMs: number, secondDeadlineMs: number) => {
      const reading = [firstDeadlineMs, secondDeadlineMs].map((deadlineMs) =>
        read(createOperation('Bearer one', { deadlineMs }), organizationId),
      );
      for (const one of reading) await expect(one).rejects.toMatchObject({ reason: 'timeout' });
    };
    // The first operation had time left.
    await both(nowMs + 10_000, nowMs + 20_000);
    expect(runs).toBe(1);
    // The second operation has no time left.
    await both(nowMs - 1, nowMs - 1);
    expect(runs).toBe(2);
  });

  it('that failed for another reason are not made again, even if other operations have more time', async () => {
    const sharedReads = createSharedReads();
    let runs = 0;
    const read = sharedReads.share(async (_operation: Operation): Promise<string> => {
      runs += 1;
      throw new UpstreamUnavailableError('Down.', { reason: 'server', mayHaveArrived: true });
    });
    const hasted = createOperation('Bearer one', { deadlineMs: performance.now() - 1 });
    const reading = [hasted, createOperation()].map((operation) => read(operation, organizationId));
    for (const one of reading) await expect(one).rejects.toMatchObject({ reason: 'server' });
    expect(runs).toBe(1);
  });

  it('that ended at the deadline of their first operation are made again', async () => {
    shiftClock();
    const sharedReads = createSharedReads();
    let runs = 0;
    const read = sharedReads.share(async (_operation: Operation): Promise<string> => {
      runs += 1;
      if (runs > 1) return 'answer';
      throw new UpstreamUnavailableError('Too late.', { reason: 'timeout', mayHaveArrived: true });
    });
    const hasted = createOperation('Bearer one', { deadlineMs: performance.now() });
    const first = read(hasted, organizationId);
    const second = read(createOperation(), organizationId);
    await expect(first).rejects.toMatchObject({ reason: 'timeout' });
    expect(await second).toBe('answer');
  });

  it('report the calls that they saved themselves to their first operation', async () => {
    const read = createSharedReads().share(async (shared: Operation) => {
      shared.onSaved?.('cache', 3);
      return 'answer';
    });
    const operation = createOperation();
    await read(operation, organizationId);
    expect(operation.savings).toEqual({ cache: 3 });
  });

  it('do not report failures to an operation whose time is up while others wait', async () => {
    const { gate, reported, read, begin } = setUpFailing(cutShort);
    const leaving = begin('leaving');
    const left = read(leaving, organizationId);
    const staying = read(begin('staying'), organizationId);
    // An operation without a listener.
    const silent = read(createOperation(), organizationId);
    leaving.controller.abort(new DOMException('It has ended.', 'TimeoutError'));
    await expect(left).rejects.toMatchObject({ reason: 'timeout' });
    gate.open();
    expect(await Promise.all([staying, silent])).toEqual(['answer', 'answer']);
    expect(reported).toEqual(['staying']);
  });

  it('report failures to all operations that wait, and to none that has left', async () => {
    const { gate, reported, read, begin } = setUpFailing(callFailure);
    const leaving = begin('leaving');
    const left = read(leaving, organizationId);
    const reading = ['first', 'second'].map((name) => read(begin(name), organizationId));
    leaving.controller.abort();
    await expect(left).rejects.toMatchObject({ reason: 'aborted' });
    gate.open();
    await Promise.all(reading);
    expect(reported).toEqual(['first', 'second']);
  });

  it('are joined although an aborted equal read ends meanwhile', async () => {
    const sharedReads = createSharedReads();
    const gates = [createGate(), createGate(), createGate()];
    let runs = 0;
    const read = sharedReads.share(async (_operation: Operation) => {
      const run = runs;
      runs += 1;
      await gates[run]?.opened;
      return run;
    });
    const leaving = createOperation();
    const left = read(leaving, organizationId);
    leaving.controller.abort();
    await expect(left).rejects.toMatchObject({ reason: 'aborted' });
    const second = read(createOperation(), organizationId);
    gates[0]?.open();
    await settled();
    const third = read(createOperation(), organizationId);
    gates[1]?.open();
    gates[2]?.open();
    expect(await Promise.all([second, third])).toEqual([1, 1]);
  });

  it('free their memory once they have answered', async () => {
    const sharedReads = createSharedReads();
    const read = sharedReads.share(
      async (_operation: Operation, _id: OrganizationId, what: string) => what.length,
    );
    const operation = createOperation();
    const readMany = async (from: number): Promise<void> => {
      for (let index = from; index < from + 5_000; index += 1) {
        await read(operation, organizationId, `${index}`.padStart(2_000));
      }
    };
    await readMany(0);
    const before = usedHeap();
    await readMany(5_000);
    // Their keys alone would take 10 MB.
    expect(usedHeap() - before).toBeLessThan(4_000_000);
  });

  it('fail with the same error for all operations that wait', async () => {
    const sharedReads = createSharedReads();
    const read = sharedReads.share(async (_operation: Operation): Promise<string> => {
      throw new ForbiddenError('No.');
    });
    const outcomes = await Promise.allSettled([
      read(createOperation(), organizationId),
      read(createOperation(), organizationId),
    ]);
    expect(outcomes).toEqual(
      Array(2).fill({ status: 'rejected', reason: expect.any(ForbiddenError) }),
    );
  });

  it('leave no listeners after 100,000 calls', async () => {
    const sharedReads = createSharedReads();
    const read = sharedReads.share(
      async (_operation: Operation, _id: OrganizationId, n: number) => n,
    );
    const operation = createOperation();
    for (let round = 0; round < 1_000; round += 1) {
      await Promise.all(
        Array.from({ length: 100 }, (_, index) => read(operation, organizationId, index % 50)),
      );
    }
    expect(getEventListeners(operation.signal, 'abort')).toEqual([]);
  });
});
