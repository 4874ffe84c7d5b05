import { describe, expect, it } from 'vitest';
import { createCallAllowance } from '../../src/domain/call-allowance.ts';
import { systemClock } from '../../src/domain/clock.ts';
import {
  ForbiddenError,
  NotFoundError,
  UpstreamUnavailableError,
} from '../../src/domain/errors.ts';
import type { LookupCache } from '../../src/domain/lookup-cache.ts';
import type { CallFailure } from '../../src/domain/operation.ts';
import { createLoaders } from '../../src/lookups/loaders.ts';
import { sharePlatformReads, shareUserReads } from '../../src/sharing/platform-reads.ts';
import { createSharedReads } from '../../src/sharing/shared-reads.ts';
import { createKeyedHash } from '../../src/state/keyed-hash.ts';
import { createMemoryLookupCache } from '../../src/state/memory/lookup-cache.ts';
import { eventually } from '../support/time/eventually.ts';
import { createGate, settled } from '../support/time/manual-clock.ts';
import {
  callFailure,
  createFakeUpstream,
  createOperation,
  createUser,
  type FakeUpstreamOptions,
  organizationId,
  policyId,
  userId,
} from './fake-upstream.ts';
import { createTestLookups } from './lookup-settings.ts';

const ttlMs = 30_000;

/** One or more replicas with one cache, one upstream and a clock of their own. */
const setUp = (options: FakeUpstreamOptions = {}, replicas = 1) => {
  const upstream = createFakeUpstream(options);
  const clock = { nowMs: 1_000_000 };
  const stored: string[] = [];
  const claimed: string[] = [];
  const memory = createMemoryLookupCache(() => clock.nowMs);
  const cache: LookupCache = {
    ...memory,
    write: async (entries) => {
      stored.push(...entries.flatMap(({ name, text }) => [name, text]));
      await memory.write(entries);
    },
    claim: (claims, forMs) => {
      claimed.push(...claims);
      return memory.claim(claims, forMs);
    },
  };
  const hash = createKeyedHash('a secret that replicas share');
  const begins = Array.from({ length: replicas }, () => {
    const sharedReads = createSharedReads();
    const platforms = upstream.platforms.map((platform) =>
      sharePlatformReads(platform, sharedReads),
    );
    const users = shareUserReads(upstream.mdmUsers, sharedReads);
    const lookups = createTestLookups({
      cache,
      ttlMs,
      hash,
      sharedReads,
      epochMs: () => clock.nowMs,
    });
    return (operation = createOperation()) => {
      const loaders = createLoaders({ operation, platforms, users, lookups });
      return {
        operation,
        loaders,
        platforms,
        loadUser: (index: number) => loaders.user.load({ organizationId, id: userId(index) }),
      };
    };
  });
  const [begin = () => expect.unreachable()] = begins;
  return { upstream, clock, stored, claimed, begins, begin };
};

const unavailable = () =>
  new UpstreamUnavailableError('It is down.', { reason: 'server', mayHaveArrived: true });

describe('the cache above the loaders', () => {
  it('serves the next operation within the TTL and reports the calls saved', async () => {
    const { upstream, clock, begin } = setUp({ users: 3 });
    await begin().loadUser(1);
    upstream.takeCalls();
    clock.nowMs += ttlMs - 1;
    const { operation, loadUser } = begin();
    expect((await loadUser(1)).name).toBe('User 1');
    expect(upstream.calls).toEqual([]);
    expect(operation.savings).toEqual({ cache: 1 });
  });

  it('stores a complete list that fits on one page', async () => {
    const { upstream, begin } = setUp({ users: 300 });
    const first = begin();
    await Promise.all([1, 2, 3].map(first.loadUser));
    upstream.takeCalls();
    const second = begin();
    await Promise.all([200, 201, 202].map(second.loadUser));
    expect(upstream.calls).toEqual([]);
  });

  it('stores only the requested objects of a longer list', async () => {
    const { upstream, begin } = setUp({ users: 900 });
    const asked = Array.from({ length: 60 }, (_, index) => index * 15);
    await Promise.all(asked.map(begin().loadUser));
    expect(upstream.takeCalls()).toEqual(['users?page=1', 'users?page=2']);
    await begin().loadUser(15);
    expect(upstream.takeCalls()).toEqual([]);
    await begin().loadUser(16);
    expect(upstream.takeCalls()).toHaveLength(1);
  });

  it('does not store an object of more than a megabyte', async () => {
    const { upstream, clock, begin } = setUp({ users: 3 });
    const nameless = JSON.stringify({ at: clock.nowMs, value: createUser(1, { name: '' }) });
    const longest = 'x'.repeat(1_000_000 - nameless.length);
    upstream.users[1] = createUser(1, { name: longest });
    upstream.users[2] = createUser(2, { name: `${longest}x` });
    for (const index of [1, 2]) {
      await begin().loadUser(index);
      await begin().loadUser(index);
    }
    expect(upstream.calls).toEqual([1, 2, 2].map((index) => `users/${userId(index)}`));
  });

  it('serves a stale entry while one replica refreshes it in the background', async () => {
    const { upstream, clock, begins } = setUp({ users: 3 }, 2);
    await begins[0]?.().loadUser(1);
    upstream.takeCalls();
    clock.nowMs += ttlMs;
    const gate = createGate();
    upstream.hooks.beforeAnswer = () => gate.opened;
    upstream.users[1] = { ...(upstream.users[1] ?? expect.unreachable()), name: 'Renamed' };

    for (const begin of [...begins, ...begins]) {
      expect((await begin().loadUser(1)).name).toBe('User 1');
    }
    await eventually(() => expect(upstream.calls).toEqual([`users/${userId(1)}`]));
    gate.open();
    for (const begin of begins) {
      await eventually(async () => expect((await begin().loadUser(1)).name).toBe('Renamed'));
    }
    expect(upstream.calls).toHaveLength(1);
  });

  it.each([
    ['one', 'get', [1]],
    ['several', 'list', [1, 2, 3, 4, 5]],
  ])('refreshes %s by %s although the caller that started it is gone', async (_many, _how, indexes) => {
    const { upstream, clock, begin } = setUp({ users: 9 });
    await Promise.all(indexes.map(begin().loadUser));
    clock.nowMs += ttlMs;
    const gate = createGate();
    const deadlines: number[] = [];
    upstream.hooks.beforeAnswer = async (_call, { signal, deadlineMs }) => {
      await gate.opened;
      signal.throwIfAborted();
      deadlines.push(deadlineMs);
    };
    for (const index of indexes) upstream.users[index] = createUser(index, { name: 'Renamed' });
    const { operation, loadUser } = begin(
      createOperation('Bearer one', { deadlineMs: performance.now() + 1_000 }),
    );
    await Promise.all(indexes.map(loadUser));
    operation.controller.abort();
    gate.open();
    for (const index of indexes) {
      await eventually(async () => expect((await begin().loadUser(index)).name).toBe('Renamed'));
    }
    expect(deadlines).toHaveLength(1);
    expect(deadlines[0]).toBeGreaterThan(operation.deadlineMs);
  });

  it('keeps serving a stale entry if the operation that found it has no calls left', async () => {
    const { upstream, clock, begin } = setUp({ users: 3 });
    await begin().loadUser(1);
    upstream.takeCalls();
    clock.nowMs += ttlMs;
    upstream.hooks.beforeAnswer = async (_call, { allowance }) => allowance.take();
    const poor = createOperation('Bearer one', { allowance: createCallAllowance(0) });
    expect((await begin(poor).loadUser(1)).name).toBe('User 1');
    await eventually(() => expect(upstream.calls).toHaveLength(1));
    await settled();
    // The answer is not affected.
    expect(poor.allowance.isExceeded()).toBe(false);
    expect((await begin(poor).loadUser(1)).name).toBe('User 1');
    expect(upstream.calls).toHaveLength(1);
  });

  it('refreshes the entries of each caller separately', async () => {
    const { upstream, clock, begin } = setUp({ users: 3 });
    const callers = ['Bearer one', 'Bearer two'];
    for (const caller of callers) await begin(createOperation(caller)).loadUser(1);
    upstream.takeCalls();
    clock.nowMs += ttlMs;
    for (const caller of callers) await begin(createOperation(caller)).loadUser(1);
    await eventually(() => expect(upstream.calls).toHaveLength(2));
  });

  it('does not serve an entry that is stale for too long', async () => {
    const { upstream, clock, begin } = setUp({ users: 3 });
    await begin().loadUser(1);
    clock.nowMs += 2 * ttlMs;
    upstream.users[1] = { ...(upstream.users[1] ?? expect.unreachable()), name: 'Renamed' };
    expect((await begin().loadUser(1)).name).toBe('Renamed');
    clock.nowMs += 2 * ttlMs;
    upstream.hooks.beforeAnswer = async () => {
      throw unavailable();
    };
    await expect(begin().loadUser(1)).rejects.toBeInstanceOf(UpstreamUnavailableError);
  });

  it('stops serving an entry that its refresh may no longer read', async () => {
    const { upstream, clock, begin } = setUp({ users: 3 });
    await begin().loadUser(1);
    clock.nowMs += ttlMs;
    upstream.hooks.beforeAnswer = async () => {
      throw new ForbiddenError('Not any more.');
    };
    await begin().loadUser(1);
    await eventually(() => expect(begin().loadUser(1)).rejects.toBeInstanceOf(ForbiddenError));
  });

  it('keeps serving a stale entry if its refresh fails for a while', async () => {
    const { upstream, clock, begin } = setUp({ users: 3 });
    await begin().loadUser(1);
    upstream.takeCalls();
    clock.nowMs += ttlMs;
    upstream.hooks.beforeAnswer = async () => {
      throw unavailable();
    };
    expect((await begin().loadUser(1)).name).toBe('User 1');
    await eventually(() => expect(upstream.calls).toHaveLength(1));
    expect((await begin().loadUser(1)).name).toBe('User 1');
    expect(upstream.calls).toHaveLength(1);
  });

  it('stores for five seconds that there is none', async () => {
    const { upstream, clock, begin } = setUp({ users: 3 });
    await expect(begin().loadUser(9)).rejects.toBeInstanceOf(NotFoundError);
    await expect(begin().loadUser(9)).rejects.toBeInstanceOf(NotFoundError);
    expect(upstream.takeCalls()).toHaveLength(1);
    clock.nowMs += 5_000;
    await expect(begin().loadUser(9)).rejects.toBeInstanceOf(NotFoundError);
    expect(upstream.takeCalls()).toHaveLength(1);
  });

  it('does not store other failures', async () => {
    const { upstream, begin } = setUp({ users: 3 });
    upstream.hooks.beforeAnswer = async () => {
      throw unavailable();
    };
    await expect(begin().loadUser(1)).rejects.toBeInstanceOf(UpstreamUnavailableError);
    upstream.hooks.beforeAnswer = async () => {};
    expect((await begin().loadUser(1)).name).toBe('User 1');
  });

  it('stores a user by e-mail, and for five seconds that there is none', async () => {
    const { upstream, clock, begin } = setUp({ users: 3 });
    const key = { organizationId, email: 'NEW@example.com' };
    expect(await begin().loaders.userByEmail.load(key)).toBeNull();
    upstream.users.push({
      ...(upstream.users[0] ?? expect.unreachable()),
      sourceId: userId(7),
      email: 'new@example.com',
    });
    expect(await begin().loaders.userByEmail.load(key)).toBeNull();
    clock.nowMs += 5_000;
    expect((await begin().loaders.userByEmail.load(key))?.sourceId).toBe(userId(7));
    upstream.takeCalls();
    expect((await begin().loaders.userByEmail.load(key))?.sourceId).toBe(userId(7));
    expect(upstream.calls).toEqual([]);
  });

  it('does not store values that were read before a write ended', async () => {
    const { upstream, begin } = setUp({ users: 3 });
    const gate = createGate();
    upstream.hooks.beforeAnswer = async (call) => {
      if (call.startsWith('users')) await gate.opened;
    };
    const { operation, loadUser, platforms } = begin();
    const loading = loadUser(1);
    await eventually(() => expect(upstream.calls).toHaveLength(1));
    const windows = platforms[1] ?? expect.unreachable();
    await windows.bulkCreateTokens(operation, organizationId, [], { sendEmail: false });
    gate.open();
    await loading;
    upstream.takeCalls();
    await begin().loadUser(1);
    expect(upstream.calls).toHaveLength(1);
  });

  it('does not use pages that an operation read before a write ended', async () => {
    const { upstream, begin } = setUp({ users: 900 });
    const { operation, loadUser, platforms } = begin();
    await Promise.all([1, 2, 3].map(loadUser));
    await loadUser(4);
    expect(upstream.takeCalls()).toEqual(['users?page=1']);
    const windows = platforms[1] ?? expect.unreachable();
    await windows.bulkCreateTokens(operation, organizationId, [], { sendEmail: false });
    upstream.takeCalls();
    await loadUser(5);
    expect(upstream.calls).toEqual([`users/${userId(5)}`]);
  });

  it('does not show a caller the entries of another', async () => {
    const { upstream, begin } = setUp({ users: 3 });
    await begin(createOperation('Bearer one')).loadUser(1);
    upstream.hooks.beforeAnswer = async (_call, { credential }) => {
      if (credential !== 'Bearer one') throw new ForbiddenError('Not yours.');
    };
    await expect(begin(createOperation('Bearer two')).loadUser(1)).rejects.toBeInstanceOf(
      ForbiddenError,
    );
  });

  it('holds no credential, address, or id in its names', async () => {
    const { clock, stored, claimed, begin } = setUp({ users: 3, policies: 3 });
    const caller = createOperation('Bearer planted-credential');
    const { loaders, loadUser } = begin(caller);
    await loadUser(1);
    await loaders.userByEmail.load({ organizationId, email: 'user-2@example.com' });
    const [platform = expect.unreachable()] = setUp().upstream.platforms;
    await loaders.policy.load({ platform: platform.key, organizationId, id: policyId(1) });
    expect(stored).toHaveLength(6);
    expect(stored.join('\n')).not.toContain('planted-credential');
    const names = stored.filter((_text, index) => index % 2 === 0);
    clock.nowMs += ttlMs;
    await begin(caller).loadUser(1);
    expect(claimed).toHaveLength(1);
    for (const name of [...names, ...claimed]) expect(name).toMatch(/^[\w-]{43}$/);
  });

  it('ignores an entry of an unknown form', async () => {
    const upstream = createFakeUpstream({ users: 3 });
    const entries = [
      'a text',
      [],
      { at: 'now', value: createUser(1, { name: 'Of another time' }) },
      { value: createUser(1, { name: 'Of no time' }) },
      { at: 9e15 },
      { at: 9e15, value: { sourceId: 'x' } },
    ];
    for (const entry of entries) {
      const cache: LookupCache = {
        ...createMemoryLookupCache(systemClock.nowMs),
        read: async (names) => names.map(() => entry),
      };
      const loaders = createLoaders({
        operation: createOperation(),
        platforms: upstream.platforms,
        users: upstream.mdmUsers,
        lookups: createTestLookups({ cache, ttlMs }),
      });
      const user = await loaders.user.load({ organizationId, id: userId(1) });
      expect(user.name).toBe('User 1');
    }
  });

  it.each([
    ['a value as old as it may be', 2 * ttlMs - 1, createUser(1, { name: 'Kept' }), 'Kept'],
    ['no value that is older', 2 * ttlMs, createUser(1, { name: 'Kept' }), 'User 1'],
    ['that there is none, for five seconds', 4_999, null, 'none'],
    ['that there is none, not for longer', 5_000, null, 'User 1'],
  ])('decides by the age of an entry: %s', async (_what, ageMs, value, expected) => {
    const upstream = createFakeUpstream({ users: 3 });
    const nowMs = 1_000_000;
    const cache: LookupCache = {
      ...createMemoryLookupCache(systemClock.nowMs),
      read: async (names) => names.map(() => ({ at: nowMs - ageMs, value })),
    };
    const { user } = createLoaders({
      operation: createOperation(),
      platforms: upstream.platforms,
      users: upstream.mdmUsers,
      lookups: createTestLookups({ cache, ttlMs, epochMs: () => nowMs }),
    });
    const loaded = user.load({ organizationId, id: userId(1) }).catch((error: unknown) => {
      expect(error).toBeInstanceOf(NotFoundError);
      return { name: 'none' };
    });
    expect((await loaded).name).toBe(expected);
  });

  it('does not refresh an entry for a missing object', async () => {
    const { upstream, claimed, begin } = setUp({ users: 3 });
    for (const _time of [1, 2]) {
      await expect(begin().loadUser(9)).rejects.toBeInstanceOf(NotFoundError);
      await settled();
    }
    expect(claimed).toEqual([]);
    expect(upstream.calls).toHaveLength(1);
  });

  it('stores that an object it served no longer exists', async () => {
    const { upstream, clock, begin } = setUp({ users: 3 });
    await begin().loadUser(1);
    upstream.takeCalls();
    clock.nowMs += ttlMs;
    upstream.hooks.canSee = () => false;
    await begin().loadUser(1);
    await eventually(() => expect(begin().loadUser(1)).rejects.toBeInstanceOf(NotFoundError));
    await settled();
    await expect(begin().loadUser(1)).rejects.toBeInstanceOf(NotFoundError);
    expect(upstream.calls).toEqual([`users/${userId(1)}`]);
  });

  it('stores the objects found in a batch with a failure', async () => {
    const { upstream, begin } = setUp({ users: 3 });
    upstream.hooks.beforeAnswer = async (call) => {
      if (call.endsWith(userId(1))) throw new ForbiddenError('Not yours.');
    };
    const { loadUser } = begin();
    await Promise.allSettled([loadUser(1), loadUser(2)]);
    upstream.takeCalls();
    expect((await begin().loadUser(2)).name).toBe('User 2');
    expect(upstream.calls).toEqual([]);
  });

  it('stores only the requested objects of the first page of a long list', async () => {
    const { upstream, begin } = setUp({ users: 20_000 });
    await Promise.all([600, 700, 800].map(begin().loadUser));
    expect(upstream.takeCalls()[0]).toBe('users?page=1');
    await begin().loadUser(1);
    expect(upstream.calls).toEqual([`users/${userId(1)}`]);
  });

  it('stores a list once, even if it answers several batches of an operation', async () => {
    const { stored, begin } = setUp({ users: 300 });
    const { loadUser } = begin();
    await Promise.all([1, 2, 3].map(loadUser));
    expect(stored).toHaveLength(2 * 300);
    // The list does not show this user, so the cache is read, and then the list again.
    await expect(loadUser(400)).rejects.toBeInstanceOf(NotFoundError);
    expect(stored).toHaveLength(2 * 301);
  });

  it('reports failures of a refresh to the operation that found the stale entry', async () => {
    const { upstream, clock, begin } = setUp({ users: 3 });
    await begin().loadUser(1);
    clock.nowMs += ttlMs;
    upstream.hooks.beforeAnswer = async (_call, { onFailure }) => {
      await settled();
      onFailure?.(callFailure);
    };
    const reported: CallFailure[] = [];
    const operation = createOperation('Bearer one', { onFailure: (one) => reported.push(one) });
    await begin(operation).loadUser(1);
    await eventually(() => expect(reported).toEqual([callFailure]));
  });

  it('is off with a TTL of 0', async () => {
    const upstream = createFakeUpstream({ users: 3 });
    const lookups = createTestLookups({
      cache: createMemoryLookupCache(systemClock.nowMs),
      ttlMs: 0,
    });
    for (const _operation of [1, 2]) {
      const loaders = createLoaders({
        operation: createOperation(),
        platforms: upstream.platforms,
        users: upstream.mdmUsers,
        lookups,
      });
      await loaders.user.load({ organizationId, id: userId(1) });
    }
    expect(upstream.calls).toHaveLength(2);
  });
});
