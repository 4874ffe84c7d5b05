import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { windows } from '../../src/platforms/windows/index.ts';
import { startWorld, type World } from '../support/gateway/gateway.ts';

const bug = new TypeError('PLANTED bug');
let world: World;

/** A gateway whose Windows platform has a bug in every read. Its real answers are covered by other tests. */
beforeAll(async () => {
  const { createPlatform } = windows;
  const spy = vi.spyOn(windows, 'createPlatform').mockImplementation((...given) => ({
    ...createPlatform(...given),
    listTokens: async () => {
      throw bug;
    },
    listPolicies: () => {
      throw bug;
    },
    getPolicy: () => Promise.reject(bug),
  }));
  world = await startWorld({ tokens: 30 }, { LOOKUP_TTL_MS: '0' });
  spy.mockRestore();
});

afterAll(() => world.close());

const sources = [
  { platform: 'APPLE', status: 'OK', error: null },
  { platform: 'WINDOWS', status: 'UNAVAILABLE', error: { code: 'UPSTREAM_UNAVAILABLE' } },
];

describe('a bug while one platform is read', () => {
  it.each([
    ['a page of tokens', '{ list: enrollmentTokens(first: 5) { nodes { id } ', 5],
    [
      'a scan for tokens',
      '{ list: enrollmentTokens(first: 2, filter: { states: [PENDING] }) { nodes { id } ',
      2,
    ],
    ['a page of policies', '{ list: mdmPolicies(first: 2) { nodes { id } ', 2],
    ['counts alone', '{ list: enrollmentTokens { ', null],
  ])('leaves the other one in %s', async (_what, query, shown) => {
    const { data, errors } = await world.ask(
      `${query} sources { platform status error { code message } } } }`,
    );
    expect(errors).toEqual([]);
    expect(data.list.sources).toMatchObject(sources);
    if (shown !== null) expect(data.list.nodes).toHaveLength(shown);
    expect(data.list.sources[1].error.message).toContain('request id');
    expect(JSON.stringify(data)).not.toContain('PLANTED');
  });

  it('is logged as a bug, under the request id', async () => {
    await world.ask('{ enrollmentTokens(first: 5) { nodes { id } } }', {
      headers: { 'x-request-id': 'request-of-the-bug' },
    });
    const lines = world.logged().filter(({ requestId }) => requestId === 'request-of-the-bug');
    const bugs = lines.filter(({ msg }) => msg === 'a platform failed unexpectedly');
    expect(bugs).toMatchObject([
      { level: 50, platform: 'WINDOWS', err: { type: 'TypeError', message: 'PLANTED bug' } },
    ]);
  });

  it('fails the field, masked, where no other platform is asked', async () => {
    const { data, errors } = await world.ask(
      '{ enrollmentTokens(first: 5, filter: { platforms: [WINDOWS] }) { nodes { id } } }',
    );
    expect(data?.enrollmentTokens ?? null).toBeNull();
    expect(errors.map(({ extensions }) => extensions['code'])).toEqual(['INTERNAL_SERVER_ERROR']);
    expect(JSON.stringify(errors)).not.toContain('PLANTED');
  });
});
