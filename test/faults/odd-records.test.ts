import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway/gateway.ts';
import { fetchSamples } from '../support/gateway/metrics.ts';
import { type StubUpstream, startStubUpstream } from '../support/upstream/stub-upstream.ts';

const organizationId = '5f0000000000000000000001';

const size = 12;
const dayOf = (index: number): string => new Date(Date.UTC(2026, 0, 1 + index)).toISOString();

interface Lists {
  readonly windows: readonly unknown[];
  readonly apple: readonly unknown[];
}

let api: StubUpstream;
let gateway: Gateway;
let lists: Lists = { windows: [], apple: [] };

beforeAll(async () => {
  api = await startStubUpstream((path, query) => {
    const tokens = path.includes('windows') ? lists.windows : lists.apple;
    const sorted = query.get('sort')?.endsWith(':desc') ? tokens.toReversed() : tokens;
    const [page, limit] = [Number(query.get('page')), Number(query.get('limit'))];
    const items = sorted.slice((page - 1) * limit, page * limit);
    const hasNextPage = page * limit < size;
    return { body: { status: true, data: { items, totalDocs: size, limit, page, hasNextPage } } };
  });
  gateway = await startGateway({
    baseUrl: api.baseUrl,
    organization: organizationId,
    apiKey: 'key',
  });
});

afterAll(async () => {
  await gateway.close();
  api.close();
});

/** Serves twelve tokens per platform, one day apart, newest last. `values` replaces the sort keys at its indices. */
const serveLists = (field: string, values: Readonly<Record<number, unknown>>): void => {
  const list = (platform: string) =>
    Array.from({ length: size }, (_, index) => ({
      id: `6b${platform}${String(index).padStart(20, '0')}`,
      createdAt: dayOf(index),
      [field]: index in values ? values[index] : dayOf(index),
    }));
  lists = { windows: list('aa'), apple: list('bb') };
};

const walk = async (way: 'forwards' | 'backwards', field: string): Promise<readonly string[]> => {
  const found: string[] = [];
  const ends = way === 'forwards' ? 'first: 5, after: $cursor' : 'last: 5, before: $cursor';
  for (let cursor: string | null = null, goesOn = true; goesOn; ) {
    const { data, errors } = await gateway.ask(
      `query ($cursor: String, $field: EnrollmentTokenOrderField!) {
        enrollmentTokens(${ends}, orderBy: { field: $field, direction: DESC }) {
          nodes { sourceId } sources { status }
          pageInfo { endCursor startCursor hasNextPage hasPreviousPage }
        }
      }`,
      { variables: { cursor, field } },
    );
    expect(errors).toEqual([]);
    const { nodes, sources, pageInfo } = data.enrollmentTokens;
    expect(sources).toEqual([{ status: 'OK' }, { status: 'OK' }]);
    const ids: string[] = nodes.map(({ sourceId }: { sourceId: string }) => sourceId);
    if (way === 'forwards') found.push(...ids);
    else found.unshift(...ids);
    cursor = way === 'forwards' ? pageInfo.endCursor : pageInfo.startCursor;
    goesOn = way === 'forwards' ? pageInfo.hasNextPage : pageInfo.hasPreviousPage;
  }
  return found;
};

const indexOf = (id: string): number => Number(id.slice(4));

/** Undefined omits the key. */
const odd = {
  'is missing': undefined,
  'is null': null,
  'is empty': '',
  'is a word': 'yesterday',
  'is a number': 1000,
  'is an object': {},
  'is 30 February': '2026-02-30T00:00:00.000Z',
} as const;

describe('a list in which the key of a token', () => {
  it.each(
    Object.entries(odd).flatMap(([name, value]) => [
      { name, places: [5], value },
      { name, places: [4, 5, 6, 7], value },
      { name, places: [0], value },
      { name, places: [size - 1], value },
    ]),
  )('$name, at $places: each token is returned once, in the order of the list', async ({
    places,
    value,
  }) => {
    serveLists('createdAt', Object.fromEntries(places.map((place) => [place, value])));
    const down = await walk('forwards', 'CREATED_AT');
    expect(down).toHaveLength(2 * size);
    for (const platform of ['aa', 'bb']) {
      const own = down.filter((id) => id.startsWith(`6b${platform}`)).map(indexOf);
      expect(own).toEqual(Array.from({ length: size }, (_, index) => size - 1 - index));
    }
    expect(await walk('backwards', 'CREATED_AT')).toEqual(down);
  });

  it.each([
    ['CREATED_AT', 'createdAt', '1999-01-01T00:00:00.000Z'],
    ['CREATED_AT', 'createdAt', '2099-01-01T00:00:00.000Z'],
    ['EXPIRES_AT', 'expireAt', '2099-01-01T00:00:00.000Z'],
    ['EXPIRES_AT', 'expireAt', null],
    ['EXPIRES_AT', 'expireAt', 'never'],
    ['UPDATED_AT', 'updatedAt', null],
  ])('contradicts the order of the list (%s, %s is %s): each token is returned once', async (order, field, value) => {
    serveLists(field, { 6: value });
    const down = await walk('forwards', order);
    expect(new Set(down).size).toBe(2 * size);
    expect(down).toHaveLength(2 * size);
    expect(await walk('backwards', order)).toEqual(down);
  });

  it('is not as expected: it is counted by kind', async () => {
    serveLists('createdAt', { 5: undefined, 9: '1999-01-01T00:00:00.000Z' });
    await walk('forwards', 'CREATED_AT');
    const samples = await fetchSamples(gateway.url, 'gateway_upstream_surprises_total');
    for (const kind of ['missing-sort-key', 'misplaced-item']) {
      expect(samples.find(({ labels }) => labels['kind'] === kind)?.value).toBeGreaterThan(0);
    }
  });
});
