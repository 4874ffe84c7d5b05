import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { secret, serviceEnvironment, signToken } from '../server/auth/callers.ts';
import { strangerTest } from '../server/limits/cost-cases.ts';
import { distinctCodesOf } from '../support/gateway/error-codes.ts';
import { createAsk, type Gateway } from '../support/gateway/gateway.ts';
import { type ReadyGateway, startReadyGateway } from '../support/gateway/gateway-process.ts';
import { fetchSamples } from '../support/gateway/metrics.ts';
import {
  hasRedisServer,
  type RedisServer,
  startRedisServer,
} from '../support/redis/redis-server.ts';
import { type StubUpstream, startStubUpstream } from '../support/upstream/stub-upstream.ts';
import { organizationId } from './odd-api.ts';

const gateways: ReadyGateway[] = [];
let api: StubUpstream;
let isLimited = false;
let redis: RedisServer;

beforeAll(async () => {
  if (hasRedisServer) redis = await startRedisServer();
  api = await startStubUpstream((_path, _query, { headers }) => {
    if (headers.authorization === 'Bearer limited') {
      return { status: 429, body: {}, headers: { 'retry-after': '3600' } };
    }
    if (headers.authorization !== 'Bearer known') return { status: 401, body: {} };
    if (isLimited) return { status: 429, body: {}, headers: { 'retry-after': '3600' } };
    const data = { items: [], totalDocs: 0, limit: 1, page: 1, hasNextPage: false };
    return { body: { status: true, data } };
  });
});

afterAll(async () => {
  api.close();
  if (hasRedisServer) await redis.stop();
});

afterEach(async () => {
  isLimited = false;
  await Promise.all(gateways.splice(0).map((gateway) => gateway.stop()));
});

/** A gateway whose quota is refilled so slowly that each request that is not returned is visible. */
const start = async (
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly url: string; readonly as: (credential: string) => Gateway['ask'] }> => {
  const gateway = await startReadyGateway({
    APPLIVERY_BASE_URL: api.baseUrl,
    APPLIVERY_ORGANIZATION_ID: organizationId,
    UPSTREAM_REQUESTS_PER_HOUR: '1',
    UPSTREAM_BURST: '100',
    ...environment,
  });
  gateways.push(gateway);
  api.requests.length = 0;
  return { url: gateway.url, as: (name) => createAsk(gateway.url, `Bearer ${name}`) };
};

const thirty = (seed: string): string =>
  `{ ${Array.from({ length: 30 }, (_, index) => `a${index}: mdmUsers(search: "${seed}${index}") { totalCount }`).join(' ')} }`;
const one = '{ mdmUsers { totalCount } }';

describe('a stranger', () => {
  it(strangerTest('sends many operations'), async () => {
    const { as } = await start();
    const strangers = ['bogus', 'bogus', 'other', 'another'];
    for (const [index, name] of strangers.entries()) {
      expect(distinctCodesOf(await as(name)(thirty(`${index}`)))).toEqual(['UNAUTHENTICATED']);
    }
    const many = await Promise.all(
      Array.from({ length: 20 }, (_, index) => as(`bogus-${index}`)(thirty(`x${index}`))),
    );
    // A caller who comes while many unknown callers wait is refused.
    for (const code of many.flatMap(distinctCodesOf)) {
      expect(['UNAUTHENTICATED', 'RATE_LIMITED']).toContain(code);
    }
    // A hundred calls are left, and an operation makes thirty.
    for (const seed of ['p', 'q', 'r'])
      expect(distinctCodesOf(await as('known')(thirty(seed)))).toEqual([]);
  });

  it('names many organizations, and delays no other caller', async () => {
    const { as } = await start({ UPSTREAM_REQUESTS_PER_HOUR: '1000000' });
    expect(distinctCodesOf(await as('known')(one))).toEqual([]);
    const hex = (index: number) => index.toString(16).padStart(24, '0');
    const strange = (seed: number) =>
      as(`bogus-${seed}`)(
        `{ ${Array.from({ length: 30 }, (_, index) => `a${index}: mdmUsers(organizationId: "${hex(seed * 100 + index)}") { totalCount }`).join(' ')} }`,
      );
    const strangers = Array.from({ length: 60 }, (_, seed) => strange(seed));
    for (let count = 0; count < 20; count += 1) {
      expect(
        distinctCodesOf(await as('known')(`{ mdmUsers(search: "${count}") { totalCount } }`)),
      ).toEqual([]);
    }
    for (const code of (await Promise.all(strangers)).flatMap(distinctCodesOf)) {
      expect(['UNAUTHENTICATED', 'RATE_LIMITED']).toContain(code);
    }
  });

  it(strangerTest('comes again within five seconds'), async () => {
    const { as } = await start();
    expect(distinctCodesOf(await as('bogus')(one))).toEqual(['UNAUTHENTICATED']);
    expect(distinctCodesOf(await as('bogus')(one))).toEqual(['UNAUTHENTICATED']);
    expect(distinctCodesOf(await as('bogus')(thirty('x')))).toEqual(['UNAUTHENTICATED']);
    expect(api.requests).toHaveLength(1);
    expect(distinctCodesOf(await as('known')(one))).toEqual([]);
  });

  it(`${strangerTest('gets a 429')}; ${strangerTest('names 210 organizations')}`, async () => {
    const { as, url } = await start();
    expect(distinctCodesOf(await as('known')(one))).toEqual([]);
    expect(distinctCodesOf(await as('limited')(one))).toEqual(['RATE_LIMITED']);
    expect(distinctCodesOf(await as('known')(thirty('x')))).toEqual([]);
    for (let index = 0; index < 210; index += 1) {
      const organization = `aaaaaaaaaaaaaaaaaaaaa${String(index).padStart(3, '0')}`;
      await as('bogus')(`{ mdmUsers(organizationId: "${organization}") { totalCount } }`);
    }
    const quotas = await fetchSamples(url, 'gateway_quota_left');
    expect(quotas.map(({ labels }) => labels['organization'])).toEqual([organizationId]);
  });

  it('differs from an accepted caller, whose 429 closes the quota', async () => {
    const { as } = await start();
    expect(distinctCodesOf(await as('known')(one))).toEqual([]);
    isLimited = true;
    expect(distinctCodesOf(await as('known')(one))).toEqual(['RATE_LIMITED']);
    isLimited = false;
    const before = api.requests.length;
    expect(distinctCodesOf(await as('known')(one))).toEqual(['RATE_LIMITED']);
    expect(api.requests.length).toBe(before);
  });

  it.skipIf(!hasRedisServer)('uses up no quota on other replicas either', async () => {
    const environment = {
      REDIS_URL: redis.url,
      SHARED_SECRET: 'a secret of the tests, 32 or more',
    };
    const [first, second] = [await start(environment), await start(environment)];
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      expect(distinctCodesOf(await first.as(name)(thirty(name)))).toEqual(['UNAUTHENTICATED']);
    }
    for (const seed of ['p', 'q', 'r']) {
      expect(distinctCodesOf(await second.as('known')(thirty(seed)))).toEqual([]);
    }
  });
});

describe("the gateway's own key", () => {
  it('is sent each time, even if the API refuses it', async () => {
    const gateway = await startReadyGateway({
      APPLIVERY_BASE_URL: api.baseUrl,
      APPLIVERY_ORGANIZATION_ID: organizationId,
      ...serviceEnvironment,
      APPLIVERY_API_KEY: 'refused',
      JWT_SECRET: secret,
    });
    gateways.push(gateway);
    api.requests.length = 0;
    const ask = createAsk(gateway.url, await signToken());
    for (let count = 1; count <= 3; count += 1) {
      expect(distinctCodesOf(await ask(one))).toEqual(['UNAUTHENTICATED']);
      expect(api.requests).toHaveLength(count);
    }
  });
});
