import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway/gateway.ts';
import { fetchSamples } from '../support/gateway/metrics.ts';
import { setClockAhead } from '../support/time/shifted-clock.ts';
import {
  type StubAnswer,
  type StubUpstream,
  startStubUpstream,
} from '../support/upstream/stub-upstream.ts';
import {
  type GetOneRefusal,
  getOneCases,
  getOneRefusals,
  getOneTest,
} from './cases/get-one-cases.ts';

const organizationId = '5f0000000000000000000001';
const otherId = '5f0000000000000000000002';
const requestId = 'request-for-one-token';
const typeNames = { windows: 'WindowsEnrollmentToken', apple: 'AppleEnrollmentToken' } as const;
type PlatformName = keyof typeof typeNames;

const idOf = (index: number): string => `6b${index.toString(16).padStart(22, '0')}`;
const globalId = (platform: PlatformName, index: number, organization = organizationId): string =>
  Buffer.from(`${typeNames[platform]}:${organization}:${idOf(index)}`).toString('base64url');

/** Newest first. */
const tokens = Array.from({ length: 25 }, (_, index) => ({
  id: idOf(index),
  state: 'PENDING',
  createdAt: new Date(Date.UTC(2026, 0, 1) - index * 60_000).toISOString(),
}));

const listed = (query: URLSearchParams): StubAnswer => {
  const [page, limit] = [Number(query.get('page')), Number(query.get('limit'))];
  const items = tokens.slice((page - 1) * limit, page * limit);
  const hasNextPage = page * limit < tokens.length;
  return { body: { status: true, data: { items, totalDocs: tokens.length, hasNextPage } } };
};

const failed: StubAnswer = { status: 500, body: { status: false, error: { code: 1000 } } };
const notThere: StubAnswer = { status: 404, body: { status: false, error: { code: 3001 } } };
const forbidden: StubAnswer = { status: 403, body: { status: false, error: { code: 4003 } } };

const onePath = /\/organizations\/(\w+)\/mdm\/(\w+)\/enterprise\/enrollment-tokens\/(\w+)$/;

let api: StubUpstream;
let gateway: Gateway;
/** The answer of the API to a request for a token by id; null: the token. */
let refusalOf: (organization: string, platform: string) => StubAnswer | null;
let listAnswer: (query: URLSearchParams) => StubAnswer;

const start = async (environment: Readonly<Record<string, string>> = {}): Promise<void> => {
  gateway = await startGateway(
    { baseUrl: api.baseUrl, organization: organizationId, apiKey: 'key-of-the-test-1' },
    { UPSTREAM_MAX_LIMIT: '10', ...environment },
  );
};

beforeEach(async () => {
  listAnswer = listed;
  refusalOf = () => null;
  api = await startStubUpstream((path, query) => {
    const [, organization = '', platform = '', id] = onePath.exec(path) ?? [];
    if (id === undefined) return listAnswer(query);
    return (
      refusalOf(organization, platform) ?? {
        body: { status: true, data: { id, state: 'PENDING' } },
      }
    );
  });
});

afterEach(async () => {
  // A refusal for one token does not affect the list.
  listAnswer = listed;
  const { errors } = await gateway.ask('{ enrollmentTokens(first: 1) { totalCount } }');
  expect(errors).toEqual([]);
  expect(JSON.stringify(gateway.logged())).not.toContain('PLANTED');
  await gateway.close();
  api.close();
});

/** Requests a token; returns it with the calls that the gateway made. */
const ask = async (platform: PlatformName, index: number, organization?: string) => {
  const before = api.requests.length;
  const { data, errors } = await gateway.ask(
    `{ enrollmentToken(id: "${globalId(platform, index, organization)}") { sourceId } }`,
    { headers: { 'x-request-id': requestId } },
  );
  return {
    token: data?.enrollmentToken?.sourceId ?? null,
    codes: errors.map(({ extensions }) => extensions['code']),
    calls: api.requests.slice(before).map((line) => (onePath.test(line) ? 'by id' : 'list')),
  };
};

const byId = (index: number) => ({ token: idOf(index), codes: [], calls: ['by id'] });
const byList = (index: number) => ({ token: idOf(index), codes: [], calls: ['list'] });
const afterRefusal = (index: number) => ({ ...byList(index), calls: ['by id', 'list'] });

const surprises = async (): Promise<number> => {
  const samples = await fetchSamples(gateway.url, 'gateway_upstream_surprises_total');
  return samples.find(({ labels }) => labels['kind'] === 'get-one-not-supported')?.value ?? 0;
};

const linesOf = (message: RegExp) => gateway.logged().filter(({ msg }) => message.test(msg));

describe.each([
  ['windows', 'apple'],
  ['apple', 'windows'],
] as const)('a token of %s', (platform, otherPlatform) => {
  const refuse = (name: GetOneRefusal = 'a 405 of the API'): void => {
    refusalOf = (organization, asked) =>
      organization === organizationId && asked === platform ? getOneRefusals[name] : null;
  };

  it.each([
    'a 405 of the API',
    'a 405 of a proxy',
    'a 404 for an unknown route',
  ] as const)(`%s: ${getOneCases['a 405 of the API']}`, async (name) => {
    await start();
    refuse(name);
    expect(await ask(platform, 1)).toEqual(afterRefusal(1));
    expect(await ask(platform, 2)).toEqual(byList(2));
    expect(await surprises()).toBe(1);
    expect(linesOf(/odd/)).toMatchObject([{ level: 40, surprise: 'get-one-not-supported' }]);
    const { status } = getOneRefusals[name];
    expect(linesOf(/a call to the API failed/)).toMatchObject([
      { level: 30, requestId, method: 'GET', status, error: 'NOT_SUPPORTED' },
    ]);

    await setClockAhead(240_000);
    expect(await ask(platform, 3)).toEqual(byList(3));
    await setClockAhead(300_001);
    refusalOf = () => null;
    expect(await ask(platform, 4)).toEqual(byId(4));
  });

  it(getOneTest('one of these refusals, in one organization'), async () => {
    await start();
    refuse();
    expect(await ask(platform, 1)).toEqual(afterRefusal(1));
    expect(await ask(platform, 1, otherId)).toEqual(byId(1));
    expect(await ask(platform, 2)).toEqual(byList(2));
  });

  it(getOneTest('one of these refusals, on one platform'), async () => {
    await start();
    refuse();
    expect(await ask(platform, 1)).toEqual(afterRefusal(1));
    expect(await ask(otherPlatform, 1)).toEqual(byId(1));
    expect(await ask(platform, 2)).toEqual(byList(2));
  });

  it(getOneTest('one of these refusals, and a list without the token'), async () => {
    await start();
    refuse();
    expect(await ask(platform, 99)).toEqual({
      token: null,
      codes: [],
      calls: ['by id', 'list', 'list', 'list'],
    });
  });

  it(getOneTest('one of these refusals, and a list longer than MAX_SCAN_ITEMS'), async () => {
    await start({ MAX_SCAN_ITEMS: '20' });
    refuse();
    expect(await ask(platform, 22)).toEqual({
      token: null,
      codes: ['UPSTREAM_UNAVAILABLE'],
      calls: ['by id', 'list', 'list'],
    });
  });

  it(getOneTest('one of these refusals, and a list that fails'), async () => {
    await start();
    refuse();
    listAnswer = () => failed;
    expect(await ask(platform, 1)).toMatchObject({ token: null, codes: ['UPSTREAM_UNAVAILABLE'] });
  });

  it(getOneTest('a 403, or a 404 for the token'), async () => {
    await start();
    for (const answer of [forbidden, notThere]) {
      refusalOf = () => answer;
      expect(await ask(platform, 1)).toMatchObject({ token: null, calls: ['by id'] });
    }
    refusalOf = () => null;
    expect(await ask(platform, 2)).toEqual(byId(2));
    expect(await surprises()).toBe(0);
  });
});
