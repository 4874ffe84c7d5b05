import { describe, expect, it } from 'vitest';
import {
  ForbiddenError,
  NotFoundError,
  RateLimitedError,
  UpstreamUnavailableError,
} from '../../src/domain/errors.ts';
import type { LookupCache } from '../../src/domain/lookup-cache.ts';
import { toPlatformKey } from '../../src/domain/platform-key.ts';
import type { EnrollmentToken } from '../../src/domain/token.ts';
import { createLoaders } from '../../src/lookups/loaders.ts';
import type { LookupSettings } from '../../src/lookups/lookup-dependencies.ts';
import { sharePlatformReads } from '../../src/sharing/platform-reads.ts';
import { createSharedReads } from '../../src/sharing/shared-reads.ts';
import { repeat } from '../support/repeat.ts';
import { createGate, settled } from '../support/time/manual-clock.ts';
import {
  createFakeUpstream,
  createOperation,
  createToken,
  type FakeUpstreamOptions,
  organizationId,
  tokenId,
} from './fake-upstream.ts';
import { createTestLookups } from './lookup-settings.ts';

const windows = toPlatformKey('WINDOWS');
const apple = toPlatformKey('APPLE');

const setUp = (options: FakeUpstreamOptions = {}, settings: Partial<LookupSettings> = {}) => {
  const upstream = createFakeUpstream(options);
  const sharedReads = createSharedReads();
  const platforms = upstream.platforms.map((platform) => sharePlatformReads(platform, sharedReads));
  const lookups = createTestLookups({ sharedReads, ...settings });
  const begin = (operation = createOperation()) => {
    const loaders = createLoaders({ operation, platforms, users: upstream.mdmUsers, lookups });
    const load = (index: number, platform = windows) =>
      loaders.token.load({ platform, organizationId, id: tokenId(index) });
    const loadAll = (indexes: readonly number[], platform = windows) =>
      Promise.allSettled(indexes.map((index) => load(index, platform)));
    return { operation, load, loadAll };
  };
  const windowsTokens = upstream.tokens.get('WINDOWS') ?? expect.unreachable();
  return { upstream, platforms, sharedReads, begin, windowsTokens };
};

/** Numbers of tokens that are spread evenly over a list. */
const spread = (count: number, listSize: number): number[] =>
  repeat(count, (index) => Math.floor((index * listSize) / count));

const pages = (count: number, platform = 'WINDOWS', from = 1) =>
  repeat(count, (index) => `${platform}/tokens?page=${from + index}`);

const gets = (indexes: readonly number[]) =>
  indexes.map((index) => `WINDOWS/tokens/${tokenId(index)}`);

const names = (outcomes: readonly PromiseSettledResult<EnrollmentToken>[]) =>
  outcomes.map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value.displayName : outcome.reason.code,
  );

const tokenNames = (indexes: readonly number[]) => indexes.map((index) => `Token ${index}`);

describe('the calls of tokens', () => {
  it('are five pages for sixty of a list of 2,300, and the calls saved are reported', async () => {
    const { upstream, begin } = setUp({ tokens: 2_300 });
    const wanted = spread(60, 2_300);
    const { operation, loadAll } = begin();
    expect(names(await loadAll(wanted))).toEqual(tokenNames(wanted));
    expect(upstream.takeCalls()).toEqual(pages(5));
    expect(operation.savings).toEqual({ plan: 55 });
  });

  it('are ten pages for a hundred of two such lists', async () => {
    const { upstream, begin } = setUp({ tokens: 2_300 });
    const wanted = spread(50, 2_300);
    const { loadAll } = begin();
    const [first, second] = await Promise.all([loadAll(wanted), loadAll(wanted, apple)]);
    expect(names(first)).toEqual(tokenNames(wanted));
    expect(names(second)).toEqual(tokenNames(wanted));
    expect(upstream.calls.toSorted()).toEqual([...pages(5, 'APPLE'), ...pages(5)]);
  });

  it('are one get for one or two ids', async () => {
    const { upstream, begin } = setUp({ tokens: 2_300 });
    expect(names(await begin().loadAll([7, 8]))).toEqual(tokenNames([7, 8]));
    expect(upstream.calls).toEqual(gets([7, 8]));
  });

  it('are gets if the pages are not fewer, once the size of the list is known', async () => {
    const { upstream, begin } = setUp({ tokens: 2_300 });
    await begin().loadAll(spread(60, 2_300));
    upstream.takeCalls();
    const wanted = [600, 1_100, 1_600, 2_100];
    expect(names(await begin().loadAll(wanted))).toEqual(tokenNames(wanted));
    expect(upstream.calls).toEqual(gets(wanted));
  });

  it('are none for a token that the operation has loaded before', async () => {
    const { upstream, begin } = setUp({ tokens: 2_300 });
    const wanted = spread(60, 2_300);
    const { operation, loadAll } = begin();
    await loadAll([...wanted, ...wanted]);
    await loadAll(wanted);
    expect(upstream.calls).toHaveLength(5);
    expect(operation.savings).toEqual({ loader: 120, plan: 55 });
  });

  it('are gets for tokens of a page that was read for other ones, since only those were kept', async () => {
    const { upstream, begin } = setUp({ tokens: 30 });
    const { loadAll } = begin();
    await loadAll([1, 2, 3]);
    upstream.takeCalls();
    expect(names(await loadAll([1, 4, 5, 6]))).toEqual(tokenNames([1, 4, 5, 6]));
    expect(upstream.calls).toEqual(gets([4, 5, 6]));
  });

  it('are at most 100 in a batch, and no more than the quota has left', async () => {
    const bounded = setUp({ tokens: 0 });
    const outcomes = await bounded.begin().loadAll(repeat(300, (index) => index));
    expect(bounded.upstream.calls).toHaveLength(100);
    expect(names(outcomes).filter((code) => code === 'COST_LIMIT')).toHaveLength(201);
    const poor = setUp({ tokens: 2_300 }, { quotaLeft: () => 4 });
    await poor.begin().loadAll(spread(60, 2_300));
    expect(poor.upstream.calls).toEqual(pages(4));
    const short = setUp({ tokens: 0 }, { quotaLeft: () => 4 });
    const refused = names(await short.begin().loadAll(spread(60, 2_300)));
    expect(refused.filter((code) => code === 'RATE_LIMITED')).toHaveLength(57);
  });

  it('are none for an id of another form', async () => {
    const { upstream, begin } = setUp();
    const outcomes = await begin().loadAll([2 ** 100]);
    expect(names(outcomes)).toEqual(['NOT_FOUND']);
    expect(upstream.calls).toEqual([]);
  });
});

describe('what operations share', () => {
  it('is the pages that are read at the same time', async () => {
    const { upstream, begin } = setUp({ tokens: 2_300 });
    // Like a real API, this one answers in a later turn of the event loop.
    upstream.hooks.beforeAnswer = settled;
    const wanted = spread(60, 2_300);
    const operations = [begin(), begin(), begin()];
    const answers = await Promise.all(operations.map(({ loadAll }) => loadAll(wanted)));
    for (const answer of answers) expect(names(answer)).toEqual(tokenNames(wanted));
    expect(upstream.calls).toEqual(pages(5));
    expect(operations.map(({ operation }) => operation.savings)).toEqual([
      { plan: 55 },
      { inFlight: 5, plan: 55 },
      { inFlight: 5, plan: 55 },
    ]);
  });

  it('is nothing of another credential', async () => {
    const { upstream, begin } = setUp({ tokens: 30 });
    const loads = ['Bearer one', 'Bearer two'].map((credential) =>
      begin(createOperation(credential)).loadAll([1, 2, 3]),
    );
    await Promise.all(loads);
    expect(upstream.calls).toEqual([...pages(1), ...pages(1)]);
  });

  it('is never in the cache: no token, and no id that was not found', async () => {
    const used: string[] = [];
    const use =
      <Result>(method: string, result: Result) =>
      async (): Promise<Result> => {
        used.push(method);
        return result;
      };
    const cache: LookupCache = {
      read: use('read', []),
      write: use('write', undefined),
      remove: use('remove', undefined),
      claim: use('claim', []),
    };
    const { begin, windowsTokens } = setUp({ tokens: 30 }, { cache, ttlMs: 30_000 });
    expect(names(await begin().loadAll([1, 2, 3, 77]))).toEqual([
      ...tokenNames([1, 2, 3]),
      'NOT_FOUND',
    ]);
    windowsTokens.push(createToken('WINDOWS', 77));
    windowsTokens[2] = createToken('WINDOWS', 2, { displayName: 'Renamed' });
    expect(names(await begin().loadAll([1, 2, 3, 77]))).toEqual([
      'Token 1',
      'Renamed',
      'Token 3',
      'Token 77',
    ]);
    await settled();
    expect(used).toEqual([]);
  });
});

describe('after a write', () => {
  const change = {
    displayName: null,
    tags: [],
    legacyPolicyId: null,
    policyAssignments: [],
    segmentId: null,
  };
  const writeTo = ({ platforms }: ReturnType<typeof setUp>, operation = createOperation()) =>
    platforms
      .find(({ key }) => key === windows)
      ?.updateToken(operation, organizationId, tokenId(1), change);

  it('an operation reads a token again that it has loaded before', async () => {
    const world = setUp({ tokens: 30 });
    const { operation, load } = world.begin();
    expect((await load(1)).displayName).toBe('Token 1');
    world.windowsTokens[1] = createToken('WINDOWS', 1, { displayName: 'Renamed' });
    await writeTo(world, operation);
    expect((await load(1)).displayName).toBe('Renamed');
  });

  it('an operation uses no page that it has read before', async () => {
    const world = setUp({ tokens: 30 });
    const { operation, loadAll } = world.begin();
    await loadAll([1, 2, 3]);
    world.windowsTokens[1] = createToken('WINDOWS', 1, { displayName: 'Renamed' });
    await writeTo(world, operation);
    world.upstream.takeCalls();
    expect(names(await loadAll([1, 2, 3]))).toEqual(['Renamed', 'Token 2', 'Token 3']);
    expect(world.upstream.calls).toEqual(pages(1));
  });

  it('an operation joins no page whose reading began before', async () => {
    const world = setUp({ tokens: 30 });
    const gate = createGate();
    world.upstream.hooks.beforeAnswer = async (call) => {
      if (call === 'WINDOWS/tokens?page=1') await gate.opened;
    };
    const before = world.begin().loadAll([1, 2, 3]);
    await settled();
    await settled();
    expect(world.upstream.takeCalls()).toEqual(pages(1));
    await writeTo(world);
    world.upstream.takeCalls();
    const after = world.begin().loadAll([1, 2, 3]);
    await settled();
    await settled();
    expect(world.upstream.calls).toEqual(pages(1));
    gate.open();
    expect(names(await before)).toEqual(names(await after));
  });
});

describe('a token that the pages do not show', () => {
  it('is got by its id if it is revoked', async () => {
    const { upstream, begin, windowsTokens } = setUp({ tokens: 30 });
    windowsTokens[2] = createToken('WINDOWS', 2, { state: 'DELETED' });
    const outcomes = await begin().loadAll([1, 2, 3]);
    expect(names(outcomes)).toEqual(tokenNames([1, 2, 3]));
    expect(outcomes[1]).toMatchObject({ value: { state: 'DELETED' } });
    expect(upstream.calls).toEqual([...pages(1), ...gets([2])]);
  });

  it('is got by its id if the list moved while its pages were read', async () => {
    const { upstream, begin, windowsTokens } = setUp({ tokens: 1_000 });
    upstream.hooks.beforeAnswer = async (call) => {
      // The first token of the second page moves to the first page, which was read before.
      if (call === 'WINDOWS/tokens?page=2') windowsTokens.shift();
    };
    const wanted = [500, ...spread(20, 1_000).slice(1)];
    expect(names(await begin().loadAll(wanted))).toEqual(tokenNames(wanted));
    expect(upstream.calls).toEqual([...pages(2), ...gets([500])]);
  });

  it.each<[string, FakeUpstreamOptions, number, number]>([
    ['the API applies a smaller limit', { tokens: 250, maxLimit: 100 }, 250, 3],
    ['the API does not count the list', { tokens: 900, counts: false }, 900, 2],
  ])('is not asked for again if %s', async (_what, options, listSize, calls) => {
    const { upstream, begin } = setUp(options);
    const wanted = spread(50, listSize);
    expect(names(await begin().loadAll(wanted))).toEqual(tokenNames(wanted));
    expect(upstream.calls).toEqual(pages(calls));
  });
});

describe('a token list that fails', () => {
  it('is replaced by gets if the caller may not list', async () => {
    const { upstream, begin } = setUp({ tokens: 30 });
    upstream.hooks.beforeAnswer = async (call) => {
      if (call.includes('?page')) throw new ForbiddenError('No lists.');
    };
    expect(names(await begin().loadAll([1, 2, 3]))).toEqual(tokenNames([1, 2, 3]));
    expect(upstream.calls).toEqual([...pages(1), ...gets([1, 2, 3])]);
  });

  it.each([
    ['is down', new UpstreamUnavailableError('Down.', { reason: 'server', mayHaveArrived: true })],
    ['has no quota', new RateLimitedError('Slow down.', 1_000)],
    ['is of an unknown organization', new NotFoundError('There is none.')],
  ])('fails only the tokens of its platform if it %s', async (_what, error) => {
    const { upstream, begin } = setUp({ tokens: 30 });
    upstream.hooks.beforeAnswer = async (call) => {
      if (call.startsWith('APPLE')) throw error;
    };
    const { loadAll } = begin();
    const [failed, found] = await Promise.all([loadAll([1, 2, 3], apple), loadAll([1, 2, 3])]);
    expect(names(failed)).toEqual(repeat(3, () => error.code));
    expect(names(found)).toEqual(tokenNames([1, 2, 3]));
    expect(upstream.calls.toSorted()).toEqual([...pages(1, 'APPLE'), ...pages(1)]);
  });

  it('fails only the tokens of the page that failed', async () => {
    const { upstream, begin } = setUp({ tokens: 1_500 });
    upstream.hooks.beforeAnswer = async (call) => {
      if (call.endsWith('?page=2'))
        throw new UpstreamUnavailableError('Down.', { reason: 'server', mayHaveArrived: true });
    };
    const wanted = spread(15, 1_500);
    expect(names(await begin().loadAll(wanted))).toEqual([
      ...tokenNames(wanted.slice(0, 5)),
      ...repeat(5, () => 'UPSTREAM_UNAVAILABLE'),
      ...tokenNames(wanted.slice(10)),
    ]);
  });
});
