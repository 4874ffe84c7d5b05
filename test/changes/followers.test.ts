import { beforeEach, describe, expect, it } from 'vitest';
import { decodePositions, encodePositions } from '../../src/changes/cursor.ts';
import type { ListPosition } from '../../src/changes/position.ts';
import type { ChangeStream, Change as Delivered } from '../../src/changes/types.ts';
import {
  ForbiddenError,
  RateLimitedError,
  UnauthenticatedError,
  UpstreamUnavailableError,
} from '../../src/domain/errors.ts';
import { toCredential } from '../../src/domain/operation.ts';
import { toOrganizationId } from '../../src/domain/organization.ts';
import { ByteWriter } from '../../src/paging/cursor/bytes.ts';
import { bindingDigest, sealText } from '../../src/paging/cursor/sealed-text.ts';
import { createManualClock, type ManualClock } from '../support/time/manual-clock.ts';
import {
  type Change,
  type ChangingLists,
  createChangingLists,
  type Version,
} from './changing-lists.ts';
import { credential, followLists, organizationId } from './followed-lists.ts';

const second = 1_000;
const interval = 15 * second;

let clock: ManualClock;
let lists: ChangingLists;

beforeEach(() => {
  clock = createManualClock(Date.UTC(2026, 0, 1));
  lists = createChangingLists(clock, [40, 40], second);
});

const change = (change: Partial<Change> = {}): Version => {
  const made = lists.change({
    ...{ kind: 'create', list: 'ios', which: 0, lateMs: 0, isTie: false },
    ...change,
  });
  if (made === undefined) throw new Error('Nothing was changed.');
  return made;
};

const watch = (
  followers: ReturnType<typeof followLists>,
  {
    after = null,
    matches = () => true,
  }: { after?: string | null; matches?: (node: Version) => boolean } = {},
) => {
  const opened = followers.follow(organizationId, credential, { after, matches });
  const got: Delivered<Version>[] = [];
  const end: { error: unknown; isDone: boolean } = { error: null, isDone: false };
  const takeAll = async (): Promise<void> => {
    for await (const event of await opened) got.push(event);
    end.isDone = true;
  };
  takeAll().catch((error: unknown) => {
    end.error = error;
  });
  const stream = { return: async () => (await opened).return() };
  return { stream, got, end, ids: () => got.map(({ node }) => node.id) };
};

const start = (options: Parameters<typeof followLists>[2] = {}) =>
  followLists(lists, clock, options);

describe('what it costs', () => {
  it('reads each list once in an interval, however many watch', async () => {
    const followers = start();
    const watchers = Array.from({ length: 200 }, () => watch(followers));
    await clock.advance(60 * second);
    expect(
      lists.reads.map(({ list, atMs }) => [list, (atMs - clock.nowMs()) / second + 60]),
    ).toEqual(
      [0, 15, 30, 45, 60].flatMap((at) => [
        ['android', at],
        ['ios', at],
      ]),
    );
    expect(followers.load()).toMatchObject({ readers: 1, subscribers: 200 });
    for (const { stream } of watchers) await stream.return();
    await clock.advance(60 * second);
    expect(lists.reads).toHaveLength(10);
    expect(followers.load()).toMatchObject({ readers: 0, subscribers: 0 });
  });

  it('reads at once after a hint, and at most once a second', async () => {
    const followers = start();
    const { ids } = watch(followers);
    await clock.advance(5 * second);
    expect(lists.reads).toHaveLength(2);
    const made = change();
    followers.hint(organizationId, 'write');
    await clock.advance(1);
    expect(ids()).toEqual([made.id]);
    for (let count = 0; count < 40; count += 1) {
      followers.hint(organizationId, 'write');
      await clock.advance(100);
    }
    // Those after 0, 1, 2, 3 and 4 seconds, beside the first reading.
    expect(lists.reads).toHaveLength(2 + 2 * 5);
  });

  it('reads nothing for a hint about an organization that nobody watches', async () => {
    const followers = start();
    watch(followers);
    await clock.advance(second);
    followers.hint(toOrganizationId('1'.repeat(24)), 'write');
    await clock.advance(second);
    expect(lists.reads).toHaveLength(2);
  });

  it('takes at most a fifth of the quota, over all credentials', async () => {
    const requestsPerHour = 1_800;
    const followers = start({ requestsPerHour, intervalMs: second });
    watch(followers);
    await followers.follow(organizationId, toCredential('Bearer other'), {
      after: null,
      matches: () => true,
    });
    await clock.advance(3_600 * second);
    const share = requestsPerHour / 5;
    // What it may use at once after a pause is the share of a minute.
    expect(lists.reads.length).toBeGreaterThan(share * 0.9);
    expect(lists.reads.length).toBeLessThanOrEqual(share + share / 60 + 4);
  });

  it('lets no stranger use up the share', async () => {
    const stranger = toCredential('Bearer stranger');
    const refused = lists.lists.map(({ key, open }): (typeof lists.lists)[number] => ({
      key,
      open: (operation) => {
        const list = open(operation);
        if (operation.credential !== stranger) return list;
        const read: typeof list.read = async (...request) => {
          await list.read(...request);
          throw new ForbiddenError('No.');
        };
        return { ...list, read };
      },
    }));
    const followers = start({ requestsPerHour: 1_800, listsOf: () => refused });
    for (let count = 0; count < 500; count += 1) {
      const stream = await followers.follow(organizationId, stranger, {
        after: null,
        matches: () => true,
      });
      await clock.advance(1);
      await stream.return();
    }
    const before = lists.reads.length;
    watch(followers);
    await clock.advance(second);
    expect(lists.reads.length - before).toBe(2);
  });

  it('reads less often while the quota is low', async () => {
    let isLow = false;
    const followers = start({ isQuotaLow: () => isLow });
    watch(followers);
    await clock.advance(second);
    isLow = true;
    await clock.advance(10 * interval);
    const { length } = lists.reads;
    expect(length).toBeLessThanOrEqual(2 + 2 * 3);
    isLow = false;
    await clock.advance(10 * interval);
    expect(lists.reads.length - length).toBeGreaterThanOrEqual(2 * 7);
  });

  it('lets all who resume share one reading', async () => {
    const followers = start();
    const { got } = watch(followers);
    await clock.advance(second);
    change();
    await clock.advance(interval);
    const after = got[0]?.cursor ?? '';
    const made = change({ list: 'android' });
    const before = lists.reads.length;
    const resumed = Array.from({ length: 100 }, () => watch(followers, { after }));
    await clock.advance(2 * second);
    expect(lists.reads.length - before).toBe(2);
    for (const { ids } of resumed) expect(ids()).toEqual([made.id]);
  });
});

describe('what it delivers', () => {
  it('tells what happened', async () => {
    const followers = start();
    const { got } = watch(followers);
    await clock.advance(second);
    const made = change();
    await clock.advance(interval);
    change({ kind: 'update', which: Number(made.id.replace(/\D/g, '')) });
    change({ kind: 'update', which: 1 });
    change({ kind: 'revoke', which: 2 });
    await clock.advance(interval);
    expect(got.map(({ kind, node }) => [kind, node.id]).sort()).toEqual([
      ['CREATED', made.id],
      ['REVOKED', 'ios-2'],
      ['UPDATED', 'ios-1'],
      ['UPDATED', made.id],
    ]);
  });

  it('delivers only what the subscriber asked for, with cursors that cover the rest', async () => {
    const followers = start();
    const { got, stream } = watch(followers, { matches: ({ list }) => list === 'ios' });
    await clock.advance(second);
    change({ list: 'android' });
    await clock.advance(second);
    const wanted = change();
    await clock.advance(interval);
    expect(got.map(({ node }) => node.id)).toEqual([wanted.id]);
    await stream.return();
    const resumed = watch(followers, { after: got[0]?.cursor ?? '' });
    await clock.advance(interval);
    expect(resumed.got).toEqual([]);
  });

  it.each([
    ['before', 0],
    ['while', 1],
  ])('goes on below items that got a time in the far future %s somebody watches', async (_, place) => {
    const followers = start();
    const addOdd = () => [1, 2].map((years) => change({ aheadMs: years * 365 * 86_400 * second }));
    const odd = place === 0 ? addOdd() : [];
    const { ids } = watch(followers);
    await clock.advance(second);
    if (place === 1) odd.push(...addOdd());
    await clock.advance(interval);
    expect(ids()).toEqual(place === 0 ? [] : odd.map(({ id }) => id));
    const made = [change()];
    await clock.advance(interval);
    made.push(change({ kind: 'update', which: 3 }), change({ list: 'android' }));
    await clock.advance(interval);
    expect(ids().slice(-3).sort()).toEqual(made.map(({ id }) => id).sort());
  });

  it('continues with a list that was down, and with the other one meanwhile', async () => {
    const followers = start();
    const { ids } = watch(followers);
    await clock.advance(second);
    const details = { reason: 'unreachable', mayHaveArrived: false } as const;
    lists.fail('ios', new UpstreamUnavailableError('It is down.', details));
    const missed = change();
    const other = change({ list: 'android' });
    await clock.advance(interval);
    expect(ids()).toEqual([other.id]);
    await clock.advance(20 * interval);
    lists.fail('ios', null);
    await clock.advance(interval);
    expect(ids()).toEqual([other.id, missed.id]);
  });

  it('delivers to the others while the old changes that somebody missed cannot be read', async () => {
    lists = createChangingLists(clock, [40, 200], second);
    const followers = start({ maxLimit: 50 });
    const { ids } = watch(followers);
    await clock.advance(second);
    const details = { reason: 'unreachable', mayHaveArrived: false } as const;
    lists.failFrom('ios', 40, new UpstreamUnavailableError('It took too long.', details));
    const floorMs = clock.epochMs() - 200 * second;
    const position = { floorMs, seen: new Map() };
    const after = encodePositions(organizationId, new Map([['ios', position]]));
    const resumed = watch(followers, { after });
    await clock.advance(second);
    const made = [change(), change({ list: 'android' })];
    await clock.advance(interval);
    expect(ids().sort()).toEqual(made.map(({ id }) => id).sort());
    expect(resumed.ids()).toEqual([made[1]?.id]);
    lists.failFrom('ios', Infinity, null);
    await clock.advance(interval);
    expect(resumed.end.error).toBeNull();
    expect(new Set(resumed.ids()).size).toBeGreaterThan(130);
    expect(resumed.ids()).toContain(made[0]?.id);
  });

  it('delivers what changed after the start in a list that was down at the start', async () => {
    const details = { reason: 'unreachable', mayHaveArrived: false } as const;
    lists.fail('ios', new UpstreamUnavailableError('It is down.', details));
    const followers = start();
    const { ids } = watch(followers);
    await clock.advance(interval);
    const made = change();
    await clock.advance(interval);
    lists.fail('ios', null);
    await clock.advance(interval);
    expect(ids()).toEqual([made.id]);
  });

  it('delivers a change that is made while the first reading is on its way', async () => {
    const followers = start();
    const { ids } = watch(followers);
    lists.duringNextRead({ kind: 'create', list: 'ios', which: 0, lateMs: 0, isTie: false });
    await clock.advance(interval);
    expect(ids()).toHaveLength(1);
  });
});

describe('how it ends', () => {
  it('asks a list that is forbidden again after five minutes', async () => {
    const followers = start();
    lists.fail('ios', new ForbiddenError('No.'));
    const { end, ids } = watch(followers);
    await clock.advance(4 * 60 * second);
    expect(lists.reads.filter(({ list }) => list === 'ios')).toHaveLength(1);
    lists.fail('ios', null);
    const made = change();
    await clock.advance(2 * 60 * second);
    expect(ids()).toEqual([made.id]);
    expect(end).toEqual({ error: null, isDone: false });
  });

  it('ends if every list is forbidden, and if the credential is refused', async () => {
    const followers = start();
    const forbidden = new ForbiddenError('No.');
    lists.fail('ios', forbidden);
    lists.fail('android', forbidden);
    const { end } = watch(followers);
    await clock.advance(second);
    expect(end.error).toBe(forbidden);
    expect(followers.load()).toMatchObject({ readers: 0, subscribers: 0 });

    const refused = new UnauthenticatedError('Unknown.');
    lists.fail('ios', refused);
    lists.fail('android', null);
    const again = watch(followers);
    await clock.advance(second);
    expect(again.end.error).toBe(refused);
    const { length } = lists.reads;
    await clock.advance(60 * second);
    expect(lists.reads).toHaveLength(length);
  });

  it('refuses a position that is too old, and serves one that is just not', async () => {
    const followers = start({ maxScanItems: 100, maxLimit: 50 });
    const first = watch(followers);
    await clock.advance(second);
    change();
    await clock.advance(interval);
    await first.stream.return();
    const after = first.got[0]?.cursor ?? '';
    const makeChanges = async (count: number) => {
      for (let made = 0; made < count; made += 1) {
        change({ list: made % 2 === 0 ? 'ios' : 'android' });
        await clock.advance(200);
      }
    };
    await makeChanges(80);
    const caughtUp = watch(followers, { after });
    await clock.advance(second);
    expect(caughtUp.got).toHaveLength(80);
    await caughtUp.stream.return();
    await makeChanges(120);
    const late = watch(followers, { after });
    await clock.advance(second);
    expect(late.end.error).toMatchObject({
      code: 'BAD_CURSOR',
      details: { argument: 'after', reason: 'TOO_OLD' },
    });
  });

  it('refuses nobody because of the older position of somebody else', async () => {
    lists = createChangingLists(clock, [300, 300], second);
    const followers = start({ maxScanItems: 100, maxLimit: 50 });
    const now = clock.epochMs();
    const position = (list: string, ago: number): [string, ListPosition] => [
      list,
      { floorMs: now - ago * second, seen: new Map() },
    ];
    const cursor = (...own: readonly [string, ListPosition][]) =>
      encodePositions(organizationId, new Map(own));
    const old = watch(followers, { after: cursor(position('android', 900), position('ios', 0)) });
    const honest = watch(followers, {
      after: cursor(position('android', 50), position('ios', 135)),
    });
    await clock.advance(second);
    expect(old.end.error).toMatchObject({ details: { reason: 'TOO_OLD' } });
    expect(honest.end.error).toBeNull();
    // Those of the last 75 seconds: the newest items at the start are a minute old.
    expect(honest.got).toHaveLength(76);
  });

  it('goes on after too much has changed at once', async () => {
    const followers = start({ maxScanItems: 100, maxLimit: 50 });
    const first = watch(followers);
    await clock.advance(second);
    for (let made = 0; made < 300; made += 1) change();
    await clock.advance(interval);
    expect(first.end.error).toMatchObject({ details: { reason: 'TOO_OLD' } });
    const next = watch(followers);
    await clock.advance(interval);
    const made = change();
    await clock.advance(interval);
    expect(next.ids()).toEqual([made.id]);
    expect(next.end.error).toBeNull();
  });

  it('limits the subscriptions of a process', async () => {
    const followers = start({ maxSubscriptions: 2 });
    const { stream } = watch(followers);
    watch(followers);
    const follow = (): Promise<ChangeStream<Version>> =>
      followers.follow(organizationId, credential, { after: null, matches: () => true });
    await expect(follow()).rejects.toThrow(RateLimitedError);
    await stream.return();
    await expect(follow()).resolves.toBeDefined();
  });

  it('completes all streams when the process ends, also those that come later', async () => {
    const followers = start();
    const watchers = [watch(followers), watch(followers)];
    await clock.advance(second);
    followers.end();
    watchers.push(watch(followers));
    await clock.advance(1);
    for (const { end } of watchers) expect(end).toEqual({ error: null, isDone: true });
    const { length } = lists.reads;
    await clock.advance(60 * second);
    expect(lists.reads).toHaveLength(length);
  });
});

describe('a cursor', () => {
  const cursorOf = async (): Promise<string> => {
    const followers = start();
    const { got } = watch(followers);
    await clock.advance(second);
    change();
    await clock.advance(interval);
    return got[0]?.cursor ?? '';
  };

  it('holds no id', async () => {
    const cursor = await cursorOf();
    const bytes = Buffer.from(cursor, 'base64url').toString('latin1');
    expect(bytes).toContain('ios');
    expect(bytes).not.toMatch(/ios-\d/);
    expect(cursor.length).toBeLessThan(600);
  });

  it('belongs to its organization', async () => {
    const cursor = await cursorOf();
    expect(() => decodePositions(cursor, toOrganizationId('1'.repeat(24)))).toThrow(
      /another organization/,
    );
    expect([...decodePositions(cursor, null).keys()]).toEqual(['android', 'ios']);
  });

  it.each(['', 'x', 'AAAA', 'ARj-WjpU'])('that is malformed is refused: %j', async (text) => {
    const followers = start();
    await expect(
      followers.follow(organizationId, credential, { after: text, matches: () => true }),
    ).rejects.toThrow(/not a cursor of a change/);
    expect(followers.load().subscribers).toBe(0);
  });

  it('is refused if it holds more than cursors have', () => {
    const cursorWith = (count: number): string => {
      const writer = new ByteWriter();
      writer.byte(128);
      writer.bytes(bindingDigest('changes of', organizationId));
      writer.list(['ios'], (list) => {
        writer.text(list);
        writer.integer(0);
        const digests = Array.from({ length: count }, (_, index) => index);
        writer.list(digests, (digest) => {
          writer.integer(digest);
          return writer.integer(0);
        });
        return list;
      });
      return sealText(writer);
    };
    expect(decodePositions(cursorWith(32), organizationId).get('ios')?.seen.size).toBe(32);
    expect(() => decodePositions(cursorWith(33), organizationId)).toThrow(
      /not a cursor of a change/,
    );
  });

  it('is refused if any character of it is changed', async () => {
    const cursor = await cursorOf();
    for (let index = 0; index < cursor.length; index += 1) {
      const other = cursor[index] === 'A' ? 'B' : 'A';
      const changed = cursor.slice(0, index) + other + cursor.slice(index + 1);
      expect(() => decodePositions(changed, organizationId)).toThrow(/not a cursor of a change/);
    }
  });
});
