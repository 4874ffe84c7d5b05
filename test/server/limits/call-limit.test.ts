import { afterEach, describe, expect, it } from 'vitest';
import { encodeTypeAndKey } from '../../../src/graphql/global-id.ts';
import { createCursorEncoder } from '../../../src/paging/cursor/text.ts';
import { idOf, type OddApi, organizationId, startOddApi } from '../../security/odd-api.ts';
import { ampleQuota } from '../../support/gateway/ample-quota.ts';
import { distinctCodesOf } from '../../support/gateway/error-codes.ts';
import { createAsk, type Gateway } from '../../support/gateway/gateway.ts';
import { type ReadyGateway, startReadyGateway } from '../../support/gateway/gateway-process.ts';
import { repeat } from '../../support/repeat.ts';
import { type StubUpstream, startStubUpstream } from '../../support/upstream/stub-upstream.ts';
import { callTest } from './cost-cases.ts';

let api: StubUpstream | null = null;
let gateway: ReadyGateway | null = null;

afterEach(async () => {
  await gateway?.stop();
  api?.close();
});

const ask = async (
  upstream: StubUpstream,
  environment: Readonly<Record<string, string>> = {},
): Promise<Gateway['ask']> => {
  api = upstream;
  gateway = await startReadyGateway({
    APPLIVERY_BASE_URL: upstream.baseUrl,
    APPLIVERY_ORGANIZATION_ID: organizationId,
    ...ampleQuota,
    LOOKUP_TTL_MS: '0',
    ...environment,
  });
  return createAsk(gateway.url, 'Bearer key');
};

const askOdd = async (odd: Partial<OddApi>, environment?: Readonly<Record<string, string>>) =>
  ask(await startOddApi(odd), environment);

const calls = (): number => api?.requests.length ?? 0;

const tokenIds = (count: number): string[] =>
  repeat(count, (index) =>
    encodeTypeAndKey('AppleEnrollmentToken', `${organizationId}:${idOf('apple', index)}`),
  );

describe('an operation makes at most MAX_UPSTREAM_CALLS calls, whatever the estimate was', () => {
  it(callTest('tokens with forty policies each'), async () => {
    const odd = await askOdd({ tokens: 10, policiesPerToken: 40 });
    const answer = await odd(
      '{ enrollmentTokens(first: 10) { nodes { id policyAssignments { policy { id enrollmentTokens(first: 1) { totalCount } } } } } }',
    );
    expect(calls()).toBeLessThanOrEqual(100);
    expect(distinctCodesOf(answer)).toEqual(['COST_LIMIT_EXCEEDED']);
    const { nodes } = answer.data.enrollmentTokens;
    expect(nodes).toHaveLength(10);
    const policies = nodes.flatMap(({ policyAssignments }: any) => policyAssignments);
    expect(policies).toHaveLength(400);
    expect(policies.filter(({ policy }: any) => policy !== null).length).toBeGreaterThan(50);
  });

  it('if a page below a list cannot be read any more', async () => {
    const odd = await askOdd({ tokens: 10, policiesPerToken: 40 }, { MAX_UPSTREAM_CALLS: '34' });
    const answer = await odd(
      '{ enrollmentTokens(first: 10) { nodes { id policyAssignments { policy { id enrollmentTokens(first: 1) { totalCount } } } } } }',
    );
    expect(calls()).toBeLessThanOrEqual(34);
    expect(distinctCodesOf(answer)).toEqual(['COST_LIMIT_EXCEEDED']);
    expect(answer.data.enrollmentTokens.nodes).toHaveLength(10);
  });

  it(callTest('an API that reduces the page size'), async () => {
    const odd = await askOdd({ tokens: 150, maxLimit: 10 }, { MAX_UPSTREAM_CALLS: '10' });
    const query = `query($after: String) { enrollmentTokens(first: 60, after: $after, filter: { search: "token" }) {
      nodes { id } pageInfo { hasNextPage endCursor } sources { status error { message } } } }`;
    const ids: string[] = [];
    let after: string | null = null;
    let isShort = false;
    for (let page = 0; page < 60; page += 1) {
      const before = calls();
      const answer = await odd(query, { variables: { after } });
      expect(calls() - before).toBeLessThanOrEqual(10);
      if (distinctCodesOf(answer).length > 0) {
        isShort = true;
        expect(distinctCodesOf(answer)).toEqual(['COST_LIMIT_EXCEEDED']);
      }
      const { nodes, pageInfo } = answer.data.enrollmentTokens;
      ids.push(...nodes.map(({ id }: any) => id));
      if (!pageInfo.hasNextPage) break;
      expect(pageInfo.endCursor).not.toBeNull();
      after = pageInfo.endCursor;
    }
    expect(isShort).toBe(true);
    expect(ids).toHaveLength(300);
    expect(new Set(ids).size).toBe(300);
  });

  it(callTest('an API without a route to get one token'), async () => {
    const odd = await askOdd({ tokens: 1_900, hasGetOne: false });
    const { data, errors } = await odd('query($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      variables: { ids: tokenIds(95) },
    });
    expect(errors).toEqual([]);
    expect(data.nodes.map(({ id }: any) => id)).toEqual(tokenIds(95));
    expect(calls()).toBeLessThanOrEqual(20);
  });

  it(callTest('tokens by id of a list that the estimate does not expect'), async () => {
    const odd = await askOdd({ tokens: 1_900, maxLimit: 10 }, { MAX_UPSTREAM_CALLS: '30' });
    const answer = await odd('query($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      variables: { ids: tokenIds(95) },
    });
    expect(calls()).toBe(30);
    expect(distinctCodesOf(answer)).toEqual(['COST_LIMIT_EXCEEDED']);
    const found = answer.data.nodes.filter((node: unknown) => node !== null);
    // The ten tokens of the first page, and a call for each of the others.
    expect(found).toEqual(tokenIds(10 + 29).map((id) => ({ id })));
  });

  it(callTest('30 revocations of unknown tokens'), async () => {
    const odd = await askOdd({ tokens: 1_900 });
    const unknown = repeat(30, (index) =>
      encodeTypeAndKey('AppleEnrollmentToken', `${organizationId}:${idOf('unknown', index)}`),
    );
    const answer = await odd(
      `mutation { ${unknown.map((id, index) => `a${index}: revokeEnrollmentToken(input: { id: "${id}" }) { userErrors { code } }`).join(' ')} }`,
    );
    expect(answer.errors).toEqual([]);
    expect(answer.data.a29.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    expect(calls()).toBeLessThanOrEqual(30 + 30 + 4);
  });

  it(callTest('one response name for fields of two types'), async () => {
    const odd = await askOdd({ tokens: 60 });
    const page = (first: number) => `t: user { enrollmentTokens(first: ${first}) { totalCount } }`;
    const query = (first: number) =>
      `{ enrollmentTokens(first: ${first}) { nodes { ... on AppleEnrollmentToken { ${page(1)} } ... on WindowsEnrollmentToken { ${page(2)} } } } }`;
    const large = await odd(query(60));
    expect(distinctCodesOf(large)).toEqual(['COST_LIMIT_EXCEEDED']);
    expect(large.errors[0]?.extensions['estimatedCalls']).toBe(2 + 60 * 2 * 2);
    expect(calls()).toBe(0);
    const small = await odd(query(20));
    expect(small.errors).toEqual([]);
    expect(calls()).toBe(2 + 20 * 2);
  });

  it(callTest('a cursor whose offset hint is beyond the end of any list'), async () => {
    const odd = await askOdd({ tokens: 60 });
    const order = { field: 'createdAt', direction: 'descending', comparison: 'time' } as const;
    const binding = {
      connection: 'mdmPolicies',
      organizationId,
      filter: { platform: null },
    };
    const cursor = (change: object): string =>
      createCursorEncoder(
        binding,
        order,
      )({
        anchor: null,
        boundaries: ['APPLE', 'WINDOWS'].map((source) => ({
          source,
          boundary: { side: 'after', at: { key: 1, source, id: idOf('x', 1) } },
          hint: {
            ...{ direction: 'descending', offset: 10, lower: 1, higher: 1, totalCount: 10 },
            ...{ clamp: null, neighbours: null, isCollationUnknown: false },
            ...change,
          },
        })),
      });
    const ask = (after: string) =>
      odd('query($after: String) { mdmPolicies(first: 5, after: $after) { nodes { id } } }', {
        variables: { after },
      });
    expect(distinctCodesOf(await ask(cursor({ clamp: 2 ** 50 })))).toEqual(['BAD_CURSOR']);
    expect(calls()).toBe(0);
    await ask(cursor({ offset: 10_000_000, lower: 10_000_000, clamp: 1 }));
    expect(calls()).toBeLessThanOrEqual(40);
  });

  it(callTest('repeated calls'), async () => {
    const failing = await startStubUpstream(() => ({ status: 503, body: {} }));
    const odd = await ask(failing, { MAX_UPSTREAM_CALLS: '6' });
    const aliases = repeat(
      6,
      (index) => `a${index}: mdmUser(email: "u${index}@example.com") { id }`,
    );
    const answer = await odd(`{ ${aliases.join(' ')} }`);
    expect(calls()).toBeLessThanOrEqual(6);
    expect(answer.errors.length).toBeGreaterThan(0);
  });

  it(callTest('a create whose answer is lost at the limit'), async () => {
    let posts = 0;
    const created = {
      id: idOf('apple', 1),
      organizationId,
      state: 'PENDING',
      mdmUser: { id: idOf('user', 1) },
      sendEmail: false,
    };
    // Answers the create twice with 429, then accepts it and loses the answer.
    const upstream = await startStubUpstream((_path, _query, { method }) => {
      if (method === 'POST') {
        posts += 1;
        return posts < 3 ? { status: 429, body: {}, headers: { 'retry-after': '0' } } : null;
      }
      const createdAt = new Date(Date.now() + 500).toISOString();
      const data = { items: [{ ...created, createdAt }], totalDocs: 1, hasNextPage: false };
      return { body: { status: true, data } };
    });
    const odd = await ask(upstream, { MAX_UPSTREAM_CALLS: '3' });
    const userId = encodeTypeAndKey('MdmUser', `${organizationId}:${idOf('user', 1)}`);
    const answer = await odd(
      'mutation($u: ID!) { createAppleEnrollmentToken(input: { userId: $u, sendEmail: false }) { enrollmentToken { sourceId } userErrors { code message } } }',
      { variables: { u: userId } },
    );
    expect(answer.errors).toEqual([]);
    expect(answer.data.createAppleEnrollmentToken).toEqual({
      enrollmentToken: { sourceId: created.id },
      userErrors: [],
    });
    const methods = upstream.requests.map((request) => request.split(' ')[0]);
    expect(methods).toEqual(['POST', 'POST', 'POST', 'GET']);
  });

  it(callTest('a bulk create'), async () => {
    let posts = 0;
    const limitedAtFirst = await startStubUpstream((_path, _query, { method }) => {
      if (method !== 'POST') return { body: { status: true, data: { items: [] } } };
      posts += 1;
      if (posts < 3) return { status: 429, body: {}, headers: { 'retry-after': '0' } };
      return { body: { status: true, data: { total: 50, success: 50, fail: 0 } } };
    });
    const odd = await ask(limitedAtFirst, { MAX_UPSTREAM_CALLS: '4' });
    const bulk = () =>
      odd(
        'mutation($e: [String!]!) { bulkCreateAppleEnrollmentTokens(input: { userEmails: $e, sendEmail: false, idempotencyKey: "k" }) { total success fail replayed userErrors { code message } } }',
        { variables: { e: repeat(150, (index) => `u${index}@example.com`) } },
      );
    const first = await bulk();
    expect(posts).toBe(4);
    expect(distinctCodesOf(first)).toEqual(['COST_LIMIT_EXCEEDED']);
    expect(first.data.bulkCreateAppleEnrollmentTokens).toMatchObject({
      total: 150,
      success: 100,
      fail: 0,
      userErrors: [{ code: 'RATE_LIMITED', message: expect.stringContaining('4 calls') }],
    });
    const second = await bulk();
    expect(posts).toBe(5);
    expect(second.errors).toEqual([]);
    expect(second.data.bulkCreateAppleEnrollmentTokens).toMatchObject({
      total: 150,
      success: 150,
      fail: 0,
      userErrors: [],
    });
  });

  it(callTest('the first 401'), async () => {
    const refusing = await startStubUpstream(() => ({ status: 401, body: {} }));
    const odd = await ask(refusing, { UPSTREAM_CONCURRENCY: '1' });
    const aliases = repeat(
      30,
      (index) => `a${index}: mdmUsers(search: "u${index}") { totalCount }`,
    );
    const answer = await odd(`{ ${aliases.join(' ')} }`);
    expect(distinctCodesOf(answer)).toEqual(['UNAUTHENTICATED']);
    expect(calls()).toBe(1);
  });
});
