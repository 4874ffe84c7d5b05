import { beforeEach, describe, expect, it } from 'vitest';
import type { Followers } from '../../src/changes/followers.ts';
import { ForbiddenError, UpstreamUnavailableError } from '../../src/domain/errors.ts';
import { type Credential, toCredential } from '../../src/domain/operation.ts';
import { createProcessHash } from '../../src/state/keyed-hash.ts';
import { createManualClock, type ManualClock } from '../support/time/manual-clock.ts';
import { type ChangingLists, createChangingLists, type Version } from './changing-lists.ts';
import { credential, followLists, organizationId } from './followed-lists.ts';
import { createSharedReplicaReads, type SharedReplicaReads } from './shared-replica-reads.ts';

const second = 1_000;
const interval = 15 * second;
const hash = createProcessHash();

let clock: ManualClock;
let lists: ChangingLists;
let shared: SharedReplicaReads;

const start = (options: Parameters<typeof followLists>[2] = {}): Followers<Version> =>
  followLists(lists, clock, { replicas: shared.join(), hash, ...options });

const watch = (
  replica: Followers<Version>,
  { caller = credential, after = null }: { caller?: Credential; after?: string | null } = {},
) => {
  const opened = replica.follow(organizationId, caller, { after, matches: () => true });
  const ids: string[] = [];
  const cursors: string[] = [];
  const takeAll = async (): Promise<void> => {
    for await (const { node, cursor } of await opened) {
      ids.push(node.id);
      cursors.push(cursor);
    }
  };
  void takeAll();
  const stream = { return: async () => (await opened).return() };
  return { stream, ids, cursors };
};

const create = () => {
  const [kind, list] = ['create', 'ios'] as const;
  const made = lists.change({ kind, list, which: 0, lateMs: 0, isTie: false });
  return made?.id ?? expect.unreachable('nothing was created');
};

/** Readings of both lists since the last call. */
let counted = 0;
const takeReads = (): number => {
  const count = lists.reads.length / 2 - counted;
  counted += count;
  return count;
};

beforeEach(() => {
  clock = createManualClock(Date.UTC(2026, 0, 1));
  lists = createChangingLists(clock, [40, 40], second);
  shared = createSharedReplicaReads(clock);
  counted = 0;
});

describe('replicas that follow the same lists', () => {
  it('read them once in an interval, all together', async () => {
    for (const replica of [start(), start(), start()]) {
      for (let count = 0; count < 100; count += 1) watch(replica);
      await clock.advance(second);
    }
    // The others begin where the first one stands.
    expect(takeReads()).toBe(1);
    await clock.advance(10 * interval);
    expect(takeReads()).toBe(10);
  });

  it('read once if they begin at the same moment', async () => {
    const watchers = [start(), start(), start()].map((replica) => watch(replica));
    await clock.advance(second);
    expect(takeReads()).toBe(1);
    const made = create();
    await clock.advance(interval);
    for (const { ids } of watchers) expect(ids).toEqual([made]);
  });

  it('begin where another one stands, and miss nothing from then on', async () => {
    const [one = start(), other = start()] = [start(), start()];
    watch(one);
    await clock.advance(5 * second);
    const { ids } = watch(other);
    await clock.advance(1);
    expect(takeReads()).toBe(1);
    const made = [create()];
    await clock.advance(interval);
    made.push(create());
    await clock.advance(interval);
    expect(ids).toEqual(made);
  });

  it('do not begin where one stood a long time ago', async () => {
    const [one = start(), other = start()] = [start(), start()];
    const { stream } = watch(one);
    await clock.advance(second);
    await stream.return();
    await clock.advance(3 * interval);
    create();
    await clock.advance(second);
    const { ids } = watch(other);
    await clock.advance(second);
    const made = create();
    await clock.advance(interval);
    expect(ids).toEqual([made]);
    expect(takeReads()).toBe(3);
  });

  it('read for themselves if the one that has just begun gets no answer', async () => {
    const details = { reason: 'unreachable', mayHaveArrived: false } as const;
    for (const list of ['ios', 'android']) {
      lists.fail(list, new UpstreamUnavailableError('It is down.', details));
    }
    const watchers = [start(), start()].map((replica) => watch(replica));
    await clock.advance(2 * second);
    expect(takeReads()).toBe(2);
    const made = create();
    for (const list of ['ios', 'android']) lists.fail(list, null);
    await clock.advance(2 * interval);
    for (const { ids } of watchers) expect(ids).toEqual([made]);
  });

  it('read once each after a change that one of them has seen', async () => {
    const watchers = [start(), start(), start()].map((replica) => watch(replica));
    await clock.advance(second);
    takeReads();
    const made = create();
    await clock.advance(interval);
    for (const { ids } of watchers) expect(ids).toEqual([made]);
    expect(takeReads()).toBe(3);
    await clock.advance(4 * interval);
    expect(takeReads()).toBe(4);
  });

  it('read once each, and at once, after a write through any of them', async () => {
    const [writing = start(), ...others] = [start(), start(), start()];
    const watchers = others.map((replica) => watch(replica));
    await clock.advance(5 * second);
    takeReads();
    const made = create();
    writing.hint(organizationId, 'write');
    await clock.advance(10);
    for (const { ids } of watchers) expect(ids).toEqual([made]);
    await clock.advance(10 * second);
    expect(takeReads()).toBe(2);
    // The interval begins anew with these readings.
    await clock.advance(4 * second);
    expect(takeReads()).toBe(0);
    await clock.advance(2 * second);
    expect(takeReads()).toBe(1);
  });

  it('read once a second each while one of them writes all the time', async () => {
    const causes: string[] = [];
    const onRead = (cause: string) => causes.push(cause);
    const replicas = [start({ onRead }), start({ onRead }), start({ onRead })];
    for (const replica of replicas) watch(replica);
    await clock.advance(5 * second);
    causes.length = 0;
    for (let count = 0; count < 100; count += 1) {
      create();
      replicas[0]?.hint(organizationId, 'write');
      // The others get the message after this, and see another state.
      await clock.advance(1);
      create();
      await clock.advance(second / 10);
    }
    expect(causes.length).toBeLessThanOrEqual(3 * 11);
  });

  it('read for a hint that concerns every organization, and not for one about another', async () => {
    const [hinting = start(), watching = start()] = [start(), start()];
    watch(watching);
    await clock.advance(5 * second);
    takeReads();
    hinting.hint(null, 'webhook');
    await clock.advance(second);
    expect(takeReads()).toBe(1);
  });

  it('take over from one that has died, and lose nothing', async () => {
    const [dying = start(), other = start()] = [start(), start()];
    watch(dying);
    await clock.advance(5 * second);
    const { ids } = watch(other);
    await clock.advance(interval + second);
    dying.end();
    const made = create();
    await clock.advance(2 * interval);
    expect(ids).toEqual([made]);
  });

  it('wait for their own interval at most if one of them has a much longer one', async () => {
    const quick = watch(start());
    await clock.advance(second);
    watch(start({ intervalMs: 100 * interval }));
    await clock.advance(second);
    const made = create();
    await clock.advance(2 * interval);
    expect(quick.ids).toEqual([made]);
  });

  it('deliver everything an interval later if messages are lost', async () => {
    const watchers = [start(), start()].map((replica) => watch(replica));
    await clock.advance(second);
    shared.hasMessages = false;
    const made = create();
    await clock.advance(2 * interval);
    for (const { ids } of watchers) expect(ids).toEqual([made]);
  });

  it('read for themselves while the store is down, and share again afterwards', async () => {
    const watchers = [start(), start()].map((replica) => watch(replica));
    await clock.advance(second);
    takeReads();
    shared.isUp = false;
    await clock.advance(4 * interval);
    const made = create();
    await clock.advance(interval);
    for (const { ids } of watchers) expect(ids).toEqual([made]);
    // The turn that one of them still had kept the other one for one interval.
    expect(takeReads()).toBeGreaterThanOrEqual(9);
    shared.isUp = true;
    await clock.advance(2 * interval);
    takeReads();
    await clock.advance(4 * interval);
    expect(takeReads()).toBe(4);
  });

  it.each([
    ['again if they got an outdated answer', () => lists.setLag(interval), () => lists.setLag(0)],
    [
      'a list again that was down for one of them',
      () => {
        const details = { reason: 'unreachable', mayHaveArrived: false } as const;
        lists.fail('ios', new UpstreamUnavailableError('It is down.', details));
      },
      () => lists.fail('ios', null),
    ],
  ])('read %s', async (_, disturb, mend) => {
    let disturbed = 0;
    // What the first one saw, the others do not see at once.
    const onRead = (cause: string): void => {
      if (cause !== 'replica' || disturbed > 0) {
        mend();
        return;
      }
      disturbed += 1;
      disturb();
    };
    const watchers = [start({ onRead }), start({ onRead })].map((replica) => watch(replica));
    await clock.advance(interval + second);
    shared.hasMessages = false;
    const made = create();
    await clock.advance(interval);
    expect({ disturbed, ids: watchers.flatMap(({ ids }) => ids) }).toEqual({
      disturbed: 1,
      ids: [made],
    });
    await clock.advance(interval);
    for (const { ids } of watchers) expect(ids).toEqual([made]);
  });

  it('read out of turn for somebody who missed something in a list that was down', async () => {
    const details = { reason: 'unreachable', mayHaveArrived: false } as const;
    const [one = start(), other = start()] = [start(), start()];
    const { ids, cursors } = watch(one);
    watch(other);
    await clock.advance(second);
    create();
    await clock.advance(interval);
    const missed = create();
    await clock.advance(interval);
    expect(ids).toHaveLength(2);
    lists.fail('ios', new UpstreamUnavailableError('It is down.', details));
    const resumed = watch(other, { after: cursors[0] ?? null });
    await clock.advance(3 * second);
    lists.fail('ios', null);
    // From now on, it is always the turn of the other one.
    shared.hasMessages = false;
    one.hint(organizationId, 'write');
    await clock.advance(interval);
    expect(resumed.ids).toEqual([missed]);
  });

  it('take turns although somebody resumed who may not read one of the lists', async () => {
    lists.fail('ios', new ForbiddenError('The key may not read it.'));
    const [one = start(), other = start()] = [start(), start()];
    const { cursors } = watch(one);
    // What the cursor says of the other list is then older than what this replica would begin with.
    await clock.advance(second);
    watch(other);
    await clock.advance(second);
    const made = lists.change({
      kind: 'create',
      list: 'android',
      which: 0,
      lateMs: 0,
      isTie: false,
    });
    await clock.advance(interval + second);
    expect([made?.list, cursors.length]).toEqual(['android', 1]);
    const after = cursors[0] ?? null;
    for (const replica of [one, other]) watch(replica, { after });
    await clock.advance(2 * interval);
    const reads = () => lists.reads.filter(({ list }) => list === 'android').length;
    const before = reads();
    await clock.advance(4 * interval);
    expect(reads() - before).toBe(4);
  });

  it('share nothing between credentials', async () => {
    const [one = start(), other = start()] = [start(), start()];
    watch(one);
    watch(other, { caller: toCredential('Bearer other') });
    await clock.advance(second);
    takeReads();
    await clock.advance(4 * interval);
    expect(takeReads()).toBe(8);
  });
});
