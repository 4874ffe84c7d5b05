import { describe, expect, it } from 'vitest';
import {
  ContractBrokenError,
  ForbiddenError,
  InputRejectedError,
  NotFoundError,
  RateLimitedError,
  UpstreamUnavailableError,
} from '../../src/domain/errors.ts';
import { toMdmUserId } from '../../src/domain/mdm-user.ts';
import { toPlatformKey } from '../../src/domain/platform-key.ts';
import { createLoaders } from '../../src/lookups/loaders.ts';
import type { LookupSettings } from '../../src/lookups/lookup-dependencies.ts';
import { settled } from '../support/time/manual-clock.ts';
import { shiftClock } from '../support/time/shifted-clock.ts';
import {
  createFakeUpstream,
  createOperation,
  createPolicy,
  createUser,
  type FakeUpstreamOptions,
  organizationId,
  policyId,
  userId,
} from './fake-upstream.ts';
import { createTestLookups } from './lookup-settings.ts';

const windows = toPlatformKey('WINDOWS');
const apple = toPlatformKey('APPLE');

const setUp = (options: FakeUpstreamOptions = {}, settings: Partial<LookupSettings> = {}) => {
  const upstream = createFakeUpstream(options);
  const lookups = createTestLookups(settings);
  const begin = (operation = createOperation()) => {
    const loaders = createLoaders({
      operation,
      platforms: upstream.platforms,
      users: upstream.mdmUsers,
      lookups,
    });
    return {
      operation,
      loaders,
      loadUser: (index: number) => loaders.user.load({ organizationId, id: userId(index) }),
      loadUsers: (indexes: readonly number[]) =>
        Promise.allSettled(
          indexes.map((index) => loaders.user.load({ organizationId, id: userId(index) })),
        ),
      loadPolicy: (platform: typeof windows, index: number) =>
        loaders.policy.load({ platform, organizationId, id: policyId(index) }),
    };
  };
  return { upstream, begin };
};

const indexes = (total: number, from = 0) => Array.from({ length: total }, (_, i) => from + i);
const names = (outcomes: readonly PromiseSettledResult<{ readonly name: string | null }>[]) =>
  outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.name : 'failed'));
const reasons = (outcomes: readonly PromiseSettledResult<unknown>[]) =>
  outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
const unavailable = () =>
  new UpstreamUnavailableError('It is down.', { reason: 'server', mayHaveArrived: true });

describe('the calls of a batch', () => {
  it('one id takes one get', async () => {
    const { upstream, begin } = setUp({ users: 300 });
    expect((await begin().loadUser(7)).name).toBe('User 7');
    expect(upstream.calls).toEqual([`users/${userId(7)}`]);
  });

  it('sixty of 300 users take one page, and the calls saved are reported', async () => {
    const { upstream, begin } = setUp({ users: 300 });
    const { operation, loadUsers } = begin();
    expect(names(await loadUsers(indexes(60, 200)))).toEqual(
      indexes(60, 200).map((index) => `User ${index}`),
    );
    expect(upstream.calls).toEqual(['users?page=1']);
    expect(operation.savings).toEqual({ plan: 59 });
  });

  it('twenty policies of both platforms take two pages', async () => {
    const { upstream, begin } = setUp({ policies: 40 });
    const { loadPolicy } = begin();
    const loaded = await Promise.all(
      indexes(20).map((index) => loadPolicy(index % 2 ? windows : apple, index)),
    );
    expect(loaded.map(({ platform }) => platform)).toEqual(
      indexes(20).map((index) => (index % 2 ? windows : apple)),
    );
    expect(upstream.calls.toSorted()).toEqual(['APPLE/policies?page=1', 'WINDOWS/policies?page=1']);
  });

  it('ids that the list does not show are got one by one', async () => {
    const { upstream, begin } = setUp({ users: 10 });
    const outcomes = await begin().loadUsers([1, 2, 3, 500, 501]);
    expect(names(outcomes)).toEqual(['User 1', 'User 2', 'User 3', 'failed', 'failed']);
    expect(reasons(outcomes)).toEqual([expect.any(NotFoundError), expect.any(NotFoundError)]);
    expect(upstream.calls).toEqual([
      'users?page=1',
      `users/${userId(500)}`,
      `users/${userId(501)}`,
    ]);
  });

  it('a list that turns out to be huge is not read after its first page, nor tried again', async () => {
    const { upstream, begin } = setUp({ users: 20_000 });
    await begin().loadUsers([600, 700, 800]);
    expect(upstream.takeCalls()).toEqual([
      'users?page=1',
      ...[600, 700, 800].map((index) => `users/${userId(index)}`),
    ]);
    await begin().loadUsers([900, 901, 902]);
    expect(upstream.takeCalls()).toHaveLength(3);
  });

  it('the size of a list is kept for one caller only', async () => {
    const { upstream, begin } = setUp({ users: 20_000 });
    await begin(createOperation('Bearer one')).loadUsers([600, 700, 800]);
    upstream.takeCalls();
    await begin(createOperation('Bearer two')).loadUsers([900, 901, 902]);
    expect(upstream.calls[0]).toBe('users?page=1');
  });

  it('a list of several pages is read completely if that takes fewer calls', async () => {
    const { upstream, begin } = setUp({ users: 1_200 });
    const outcomes = await begin().loadUsers(indexes(50, 1_100));
    expect(reasons(outcomes)).toEqual([]);
    expect(upstream.calls).toEqual(['users?page=1', 'users?page=2', 'users?page=3']);
  });

  it('the page size of the API is used if it clamps the limit', async () => {
    const { upstream, begin } = setUp({ users: 250, maxLimit: 100 });
    expect(reasons(await begin().loadUsers(indexes(50, 200)))).toEqual([]);
    expect(upstream.calls).toEqual(['users?page=1', 'users?page=2', 'users?page=3']);
  });

  it('a list that does not give its size is read while that takes fewer calls', async () => {
    const { upstream, begin } = setUp({ users: 900, counts: false });
    expect(reasons(await begin().loadUsers(indexes(50, 600)))).toEqual([]);
    expect(upstream.calls).toEqual(['users?page=1', 'users?page=2']);
  });

  it('a later batch uses the pages of an earlier one', async () => {
    const { upstream, begin } = setUp({ users: 300 });
    const { loadUsers } = begin();
    await loadUsers(indexes(5));
    await loadUsers(indexes(5, 100));
    expect(upstream.calls).toEqual(['users?page=1']);
  });

  it('loads at different depths of promises share a batch', async () => {
    const { upstream, begin } = setUp({ users: 300 });
    const { loadUser } = begin();
    const afterTurns = async (index: number) => {
      for (const _turn of indexes(index * 5)) await Promise.resolve();
      return loadUser(index);
    };
    await Promise.all(indexes(10).map(afterTurns));
    expect(upstream.calls).toEqual(['users?page=1']);
  });

  it('a batch of many missing keys is bounded, and its other keys can be asked for again', async () => {
    const { upstream, begin } = setUp({ users: 0 });
    const outcomes = await begin().loadUsers(indexes(400));
    expect(upstream.calls).toHaveLength(50);
    const failures = reasons(outcomes);
    expect(failures).toHaveLength(400);
    expect(failures.filter((reason) => reason instanceof NotFoundError)).toHaveLength(49);
    expect(failures.filter((reason) => reason instanceof RateLimitedError)).toHaveLength(351);
  });

  it.each([
    1, 2, 3, 5,
  ])('policies of %i platforms take at most 40 calls together', async (count) => {
    const platforms = indexes(count).map((index) => `PLATFORM_${index}`);
    const { upstream, begin } = setUp({ platforms, policies: 0 });
    const { loadPolicy } = begin();
    const outcomes = await Promise.allSettled(
      platforms.flatMap((key) =>
        indexes(100).map((index) => loadPolicy(toPlatformKey(key), index)),
      ),
    );
    expect(reasons(outcomes)).toHaveLength(100 * count);
    expect(upstream.calls.length).toBeGreaterThan(40 - count);
    expect(upstream.calls.length).toBeLessThanOrEqual(40);
    for (const key of platforms) {
      const own = upstream.calls.filter((call) => call.startsWith(key));
      expect(own).toHaveLength(Math.floor(40 / count));
    }
  });

  it('no more calls are made than the quota has left', async () => {
    const { upstream, begin } = setUp({ users: 20_000 }, { quotaLeft: () => 4 });
    const outcomes = await begin().loadUsers(indexes(10, 600));
    expect(upstream.calls).toHaveLength(4);
    expect(reasons(outcomes)).toHaveLength(7);
  });

  it('one call is made although no quota is left, since the API may still allow it', async () => {
    const { upstream, begin } = setUp({ users: 3 }, { quotaLeft: () => 0 });
    expect((await begin().loadUser(1)).name).toBe('User 1');
    expect(upstream.calls).toHaveLength(1);
  });

  it('at most eight gets run at once', async () => {
    const { upstream, begin } = setUp({ users: 20_000 });
    await begin().loadUsers([600, 601, 602]);
    let running = 0;
    let most = 0;
    upstream.hooks.beforeAnswer = async () => {
      running += 1;
      most = Math.max(most, running);
      await settled();
      running -= 1;
    };
    await begin().loadUsers(indexes(40, 1_000));
    expect(most).toBe(8);
  });
});

describe('the contract of a loader', () => {
  it('duplicate keys take one call and are reported as saved', async () => {
    const { upstream, begin } = setUp({ users: 3 });
    const { operation, loadUser } = begin();
    const [first, second] = await Promise.all([loadUser(1), loadUser(1)]);
    expect(await loadUser(1)).toBe(first);
    expect(second).toBe(first);
    expect(upstream.calls).toHaveLength(1);
    expect(operation.savings).toEqual({ loader: 2 });
  });

  it('a failed key rejects with its own error and does not affect others', async () => {
    const { upstream, begin } = setUp({ users: 20_000 });
    await begin().loadUsers([600, 700, 800]);
    upstream.hooks.beforeAnswer = async (call) => {
      if (call.endsWith(userId(601))) throw new ForbiddenError('Not yours.');
      if (call.endsWith(userId(603))) throw unavailable();
    };
    const outcomes = await begin().loadUsers([600, 601, 602, 603, 30_000]);
    expect(names(outcomes)).toEqual(['User 600', 'failed', 'User 602', 'failed', 'failed']);
    expect(reasons(outcomes)).toEqual([
      expect.any(ForbiddenError),
      expect.any(UpstreamUnavailableError),
      expect.any(NotFoundError),
    ]);
  });

  it('an id of another form is not found and takes no call', async () => {
    const { upstream, begin } = setUp({ users: 3 });
    const { loaders } = begin();
    await expect(
      loaders.user.load({ organizationId, id: toMdmUserId('../me') }),
    ).rejects.toBeInstanceOf(NotFoundError);
    expect(upstream.calls).toEqual([]);
  });

  it('an unknown platform is not found', async () => {
    const { begin } = setUp();
    await expect(begin().loadPolicy(toPlatformKey('ANDROID'), 1)).rejects.toBeInstanceOf(
      NotFoundError,
    );
  });

  it('a refused credential fails all keys with the first call', async () => {
    const { upstream, begin } = setUp({ users: 10 });
    const operation = createOperation();
    Object.defineProperty(operation, 'credential', {
      get: () => {
        throw new ForbiddenError('No credential.');
      },
    });
    const outcomes = await begin(operation).loadUsers([1, 2, 3]);
    expect(reasons(outcomes)).toEqual(Array(3).fill(expect.any(ForbiddenError)));
    expect(upstream.calls).toEqual([]);
  });

  it('a primed object is not looked up and counts as embedded', async () => {
    const { upstream, begin } = setUp({ policies: 3 });
    const { operation, loaders } = begin();
    loaders.policy.prime({ ...createPolicy('WINDOWS', 1), name: 'Primed' });
    const key = { platform: windows, organizationId, id: policyId(1) };
    expect((await loaders.policy.load(key)).name).toBe('Primed');
    expect(upstream.calls).toEqual([]);
    expect(operation.savings).toEqual({ embedded: 1 });
  });
});

describe('a list page that fails', () => {
  it('is read again after a minute for a caller that may list now', async () => {
    const clock = shiftClock();
    const { upstream, begin } = setUp({ users: 30 });
    upstream.hooks.beforeAnswer = async (call) => {
      if (call.includes('?page')) throw new ForbiddenError('No lists.');
    };
    await begin().loadUsers(indexes(5));
    upstream.hooks.beforeAnswer = async () => {};
    await clock.advance(59_000);
    upstream.takeCalls();
    await begin().loadUsers(indexes(5));
    expect(upstream.takeCalls()).toHaveLength(5);
    await clock.advance(2_000);
    await begin().loadUsers(indexes(5));
    expect(upstream.takeCalls()).toEqual(['users?page=1']);
  });

  it('is replaced by gets if the caller may not list', async () => {
    const { upstream, begin } = setUp({ users: 30 });
    upstream.hooks.beforeAnswer = async (call) => {
      if (call.includes('?page')) throw new ForbiddenError('No lists.');
    };
    expect(reasons(await begin().loadUsers(indexes(4)))).toEqual([]);
    expect(upstream.takeCalls()).toHaveLength(5);
    await begin().loadUsers(indexes(4));
    expect(upstream.takeCalls(), 'the refusal is remembered').toHaveLength(4);
  });

  it('is replaced by gets if the API rejects the request for a page', async () => {
    const { upstream, begin } = setUp({ users: 30 });
    upstream.hooks.beforeAnswer = async (call) => {
      if (call.includes('?page')) throw new InputRejectedError([{ path: [], message: 'No.' }]);
    };
    expect(reasons(await begin().loadUsers(indexes(4)))).toEqual([]);
  });

  it('is replaced by gets if its answer cannot be read', async () => {
    const { upstream, begin } = setUp({ users: 30 });
    upstream.hooks.beforeAnswer = async (call) => {
      if (call.includes('?page')) throw new ContractBrokenError('Too big.');
    };
    expect(reasons(await begin().loadUsers(indexes(4)))).toEqual([]);
  });

  it('fails the keys without gets if the API is down', async () => {
    const { upstream, begin } = setUp({ users: 30 });
    upstream.hooks.beforeAnswer = async () => {
      throw unavailable();
    };
    const outcomes = await begin().loadUsers(indexes(10));
    expect(reasons(outcomes)).toEqual(Array(10).fill(expect.any(UpstreamUnavailableError)));
    expect(upstream.calls).toHaveLength(1);
  });

  it('fails only the keys that other pages do not show', async () => {
    const { upstream, begin } = setUp({ users: 1_500 });
    upstream.hooks.beforeAnswer = async (call) => {
      if (call === 'users?page=2') throw unavailable();
    };
    const outcomes = await begin().loadUsers([
      ...indexes(5),
      ...indexes(5, 700),
      ...indexes(5, 1_200),
    ]);
    expect(names(outcomes)).toEqual([
      ...indexes(5).map((index) => `User ${index}`),
      ...Array(5).fill('failed'),
      ...indexes(5, 1_200).map((index) => `User ${index}`),
    ]);
  });

  it('ends the gets with the first error that holds for all', async () => {
    const { upstream, begin } = setUp({ users: 20_000 });
    await begin().loadUsers([600, 601, 602]);
    upstream.takeCalls();
    upstream.hooks.beforeAnswer = async () => {
      throw new RateLimitedError('Slow down.', 1_000);
    };
    const outcomes = await begin().loadUsers(indexes(40, 1_000));
    expect(reasons(outcomes)).toEqual(Array(40).fill(expect.any(RateLimitedError)));
    expect(upstream.calls.length).toBeLessThanOrEqual(8);
  });
});

describe('a user by e-mail', () => {
  const emailOf = (index: number) => `user-${index}@example.com`;

  it('is found among partial matches, compared without case', async () => {
    const { upstream, begin } = setUp({ users: 30 });
    upstream.users.push(createUser(99, { email: 'other-user-1@example.com' }));
    const { loaders } = begin();
    const user = await loaders.userByEmail.load({ organizationId, email: 'User-1@Example.com' });
    expect(user?.sourceId).toBe(userId(1));
    expect(upstream.calls).toEqual([`users?email=${emailOf(1)}`]);
  });

  it('is not looked up again by id', async () => {
    const { upstream, begin } = setUp({ users: 30 });
    const { loaders, loadUser } = begin();
    await loaders.userByEmail.load({ organizationId, email: emailOf(1) });
    upstream.takeCalls();
    expect((await loadUser(1)).name).toBe('User 1');
    expect(upstream.calls).toEqual([]);
  });

  it('is null if there is none', async () => {
    const { begin } = setUp({ users: 30 });
    const { loaders } = begin();
    expect(await loaders.userByEmail.load({ organizationId, email: 'no@example.com' })).toBeNull();
    expect(await loaders.userByEmail.load({ organizationId, email: '' })).toBeNull();
  });

  it('is an error if two match, by filter and by list', async () => {
    const { upstream, begin } = setUp({ users: 30 });
    upstream.users.push(createUser(99, { email: emailOf(1).toUpperCase() }));
    const load = ({ loaders }: ReturnType<typeof begin>, index: number) =>
      loaders.userByEmail.load({ organizationId, email: emailOf(index) });
    await expect(load(begin(), 1)).rejects.toBeInstanceOf(InputRejectedError);
    upstream.takeCalls();
    const second = begin();
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map((index) => load(second, index)));
    expect(reasons(outcomes)).toEqual([expect.any(InputRejectedError)]);
    expect(upstream.calls).toEqual(['users?page=1']);
  });

  it('takes the same calls for fifty addresses as for fifty ids', async () => {
    const { upstream, begin } = setUp({ users: 300 });
    const { loaders, loadUser } = begin();
    const found = await Promise.all(
      indexes(50).map((index) =>
        loaders.userByEmail.load({ organizationId, email: emailOf(index) }),
      ),
    );
    expect(found.map((user) => user?.sourceId)).toEqual(indexes(50).map(userId));
    await loadUser(3);
    expect(upstream.calls).toEqual(['users?page=1']);
  });

  it('is null if the complete list does not show it', async () => {
    const { upstream, begin } = setUp({ users: 10 });
    const { loaders } = begin();
    const found = await Promise.all(
      [1, 2, 3, 77].map((index) =>
        loaders.userByEmail.load({ organizationId, email: emailOf(index) }),
      ),
    );
    expect(found.at(-1)).toBeNull();
    expect(upstream.calls).toEqual(['users?page=1']);
  });
});
