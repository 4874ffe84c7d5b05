import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeTypeAndKey } from '../../../src/graphql/global-id.ts';
import { type AskOptions, startWorld, type World } from '../../support/gateway/gateway.ts';

/** With a limit of one call, the error of an operation that costs more contains its price. */
let world: World;

beforeAll(async () => {
  world = await startWorld({ tokens: 30 }, { MAX_UPSTREAM_CALLS: '1' });
});

afterAll(() => world.close());

beforeEach(() => world.sandbox.clearRequests());

const priceOf = async (
  query: string,
  variables: AskOptions['variables'] = {},
  operationName?: string,
): Promise<number> => {
  world.sandbox.clearRequests();
  const named = operationName !== undefined && { operationName };
  const { errors } = await world.ask(query, { variables, ...named });
  expect(errors.map(({ message }) => message).join()).not.toMatch(/Syntax Error|Cannot query/);
  const refusal = errors.find(({ extensions }) => extensions['code'] === 'COST_LIMIT_EXCEEDED');
  if (!refusal) return 1;
  expect(world.calls()).toEqual([]);
  return Number(refusal.extensions['estimatedCalls']);
};

const ids = (type: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) =>
    encodeTypeAndKey(
      type,
      `${world.sandbox.organizationId}:${index.toString(16).padStart(24, '0')}`,
    ),
  );

const page = (args: string, selection: string): string =>
  `{ enrollmentTokens(${args}) { ${selection} } }`;

const readmePage = page(
  'first: 100',
  'totalCount nodes { id user { name email } policyAssignments { priority policy { name version } } } pageInfo { endCursor } sources { status }',
);

describe('the price of an operation', () => {
  it.each<[number, string, string]>([
    [2, 'a page of both platforms', page('first: 100', 'nodes { id }')],
    [1, 'a page of one platform', page('filter: { platforms: [APPLE] }', 'nodes { id }')],
    [2, 'a page whose users need no lookup', page('first: 9', 'nodes { user { id email } }')],
    [2, 'totals alone', page('first: 100', 'totalCount')],
    [6, 'a page that is scanned', page('filter: { states: [PENDING] }', 'nodes { id }')],
    [6, 'a page that is scanned for tags', page('filter: { anyTag: ["x"] }', 'nodes { id }')],
    [6, 'a page that is scanned for a text', page('filter: { search: "x" }', 'edges { cursor }')],
    [
      6,
      'a page that is scanned for all of these at once',
      page('filter: { search: "x", anyTag: ["x"], states: [DONE] }', 'nodes { id }'),
    ],
    [
      5,
      'a page of one platform that is scanned',
      page('filter: { platforms: [APPLE], search: "x" }', 'nodes { id }'),
    ],
    [
      6,
      'the ends of a page that is scanned',
      page('filter: { states: [DONE] }', 'pageInfo { endCursor }'),
    ],
    [2, 'totals of what would be scanned', page('filter: { states: [DONE] }', 'totalCount')],
    ...['After', 'Before'].flatMap((bound): [number, string, string][] => [
      [
        18,
        `a page that is sought by created${bound}`,
        page(`filter: { created${bound}: "2026-01-01T00:00:00Z" }`, 'nodes { id }'),
      ],
      [
        6,
        `a page that is scanned by expires${bound}`,
        page(`filter: { expires${bound}: "2026-01-01T00:00:00Z" }`, 'nodes { id }'),
      ],
      [
        18,
        `a page that is sought by expires${bound}, the key of its order`,
        page(
          `filter: { expires${bound}: "2026-01-01T00:00:00Z" }, orderBy: { field: EXPIRES_AT }`,
          'nodes { id }',
        ),
      ],
      [
        6,
        `a page that is scanned by created${bound}, not the key of its order`,
        page(
          `filter: { created${bound}: "2026-01-01T00:00:00Z" }, orderBy: { field: EXPIRES_AT }`,
          'nodes { id }',
        ),
      ],
      [
        22,
        `a page that is sought by created${bound}, and scanned`,
        page(`filter: { created${bound}: "2026-01-01T00:00:00Z", search: "x" }`, 'nodes { id }'),
      ],
    ]),
    [
      9,
      'a page of one platform that is sought',
      page('filter: { platforms: [APPLE], createdAfter: "2026-01-01T00:00:00Z" }', 'nodes { id }'),
    ],
    [
      1,
      'a page of no platform that would be sought',
      page('filter: { platforms: [], createdAfter: "2026-01-01T00:00:00Z" }', 'nodes { id }'),
    ],
    [
      1,
      'a page of one platform that is named twice',
      page('filter: { platforms: [APPLE, APPLE] }', 'nodes { id }'),
    ],
    [12, 'a page with the names of its users', page('first: 100', 'nodes { user { name } }')],
    [
      12,
      'the last of a page with the names of its users',
      page('last: 100', 'edges { node { user { name } } }'),
    ],
    [
      2,
      'a page with what tokens embed of users',
      page('first: 100', 'nodes { user { __typename id sourceId organizationId email } }'),
    ],
    [
      2,
      'a page with what tokens embed of policies',
      page(
        'first: 100',
        'nodes { policyAssignments { priority policy { __typename id sourceId organizationId platform } } }',
      ),
    ],
    [
      6,
      'a page with the policies of both platforms',
      page('first: 100', 'nodes { policyAssignments { policy { name } } }'),
    ],
    [
      5,
      'one token with its policies',
      page('first: 1', 'nodes { policyAssignments { policy { version } } }'),
    ],
    [
      5,
      'a page of one platform, whose policies are priced for both',
      page(
        'first: 100, filter: { platforms: [APPLE] }',
        'nodes { policyAssignments { policy { name } } }',
      ),
    ],
    [
      16,
      'a page with users and policies',
      page('first: 100', 'nodes { user { name } policyAssignments { policy { name } } }'),
    ],
    [5, 'three tokens with the names of their users', page('first: 3', 'nodes { user { name } }')],
    [
      42,
      'tokens of each of 20 users',
      page('first: 20', 'nodes { user { enrollmentTokens { totalCount } } }'),
    ],
    [
      22,
      'tokens of each of 20 users on one platform',
      page(
        'first: 20',
        'nodes { user { enrollmentTokens(filter: { platforms: [WINDOWS] }) { totalCount } } }',
      ),
    ],
    [
      102,
      'a hundred users with their tokens',
      '{ mdmUsers(first: 50) { nodes { enrollmentTokens { nodes { id } } } } other: mdmUser(email: "a@example.com") { id } }',
    ],
    [
      52,
      'tokens of each of 50 policies',
      '{ mdmPolicies(first: 50) { nodes { enrollmentTokens { totalCount } } } }',
    ],
    [
      2,
      'one field twice under two names',
      '{ a: mdmUsers { totalCount } b: mdmUsers { totalCount } }',
    ],
    [10, 'a user by a part of an e-mail address', '{ mdmUser(email: "@example.com") { id } }'],
    [
      2,
      'a slug that has to be looked up',
      '{ mdmUsers(organizationId: "some-slug") { totalCount } }',
    ],
  ])('is %i for %s', async (price, _name, query) => {
    expect(await priceOf(query)).toBe(price);
  });

  it('is far below the limit for a hundred tokens with users and policies', async () => {
    expect(await priceOf(readmePage)).toBeLessThan(30);
  });

  it('counts a field once if several fragments select it', async () => {
    const query = `{ ...A ...B } fragment A on Query { ${page('first: 5', 'nodes { id }').slice(2, -2)} }
      fragment B on Query { ${page('first: 5', 'nodes { state }').slice(2, -2)} }`;
    expect(await priceOf(query)).toBe(2);
  });

  it('counts fields of exclusive types with the same response name separately', async () => {
    const tokens = (first: number) =>
      `t: enrollmentTokens(first: ${first}) { nodes { user { name } } }`;
    const nodes = ids('ApplePolicy', 1);
    const query = `query($ids: [ID!]!) { nodes(ids: $ids) { ... on ApplePolicy { ${tokens(1)} } ... on WindowsPolicy { ${tokens(100)} } } }`;
    expect(await priceOf(query, { ids: nodes })).toBeGreaterThan(10);
  });

  it('takes sizes from variables, and their defaults', async () => {
    const query = `query($n: Int = 50) { mdmUsers(first: $n) { nodes { enrollmentTokens { totalCount } } } }`;
    expect(await priceOf(query)).toBe(101);
    expect(await priceOf(query, { n: 10 })).toBe(21);
  });

  it('leaves out what is skipped', async () => {
    const query = `query($deep: Boolean!) { mdmUsers(first: 50) { nodes { enrollmentTokens @include(if: $deep) { totalCount } email @skip(if: $deep) } } }`;
    expect(await priceOf(query, { deep: false })).toBe(1);
    expect(await priceOf(query, { deep: true })).toBe(101);
    const inFragments = `query($deep: Boolean!) { mdmUsers(first: 50) { nodes { email ...Deep @include(if: $deep) ... @include(if: $deep) { b: enrollmentTokens { totalCount } } } } }
      fragment Deep on MdmUser { enrollmentTokens { totalCount } }`;
    expect(await priceOf(inFragments, { deep: false })).toBe(1);
    expect(await priceOf(inFragments, { deep: true })).toBe(201);
  });

  it('is the price of the named operation, with its own variables', async () => {
    const users =
      '($n: Int = 2) { mdmUsers(first: $n) { nodes { enrollmentTokens { totalCount } } } }';
    const [id] = ids('AppleEnrollmentToken', 1);
    const query = `query Cheap { mdmUsers { totalCount } }
      query Dear${users}
      query Dearer${users.replace('= 2', '= 20')}
      mutation Write { updateEnrollmentToken(input: { id: "${id}" }) { userErrors { code } } }`;
    for (const [name, price] of Object.entries({ Cheap: 1, Dear: 5, Dearer: 41, Write: 2 })) {
      expect(await priceOf(query, {}, name)).toBe(price);
    }
    expect(await priceOf(query, { n: 10 }, 'Dear')).toBe(21);
  });

  it('is not lowered by a field beside it whose argument is refused', async () => {
    const query = `query($size: Int) { mdmUsers(first: 50) { nodes { enrollmentTokens(first: 1) { nodes { enrollmentQrCode(size: $size) } } } } }`;
    expect(await priceOf(query, { size: null })).toBe(101);
  });

  it('is the plan of the lookups for the tokens, policies and users among nodes', async () => {
    const query = 'query($ids: [ID!]!) { nodes(ids: $ids) { id } }';
    const apple = ids('AppleEnrollmentToken', 60);
    const windows = ids('WindowsEnrollmentToken', 60);
    expect(await priceOf(query, { ids: apple })).toBe(10);
    expect(await priceOf(query, { ids: [...apple, ...windows] })).toBe(20);
    expect(await priceOf(query, { ids: apple.slice(0, 9) })).toBe(9);
    expect(await priceOf(query, { ids: [...apple.slice(0, 9), ...windows.slice(0, 9)] })).toBe(18);
    expect(await priceOf(query, { ids: ids('MdmUser', 100) })).toBe(10);
    expect(
      await priceOf(query, { ids: [...ids('ApplePolicy', 50), ...ids('WindowsPolicy', 50)] }),
    ).toBe(4);
    expect(
      await priceOf(query, { ids: ids('AppleEnrollmentToken', 2).flatMap((id) => [id, id]) }),
    ).toBe(2);
  });

  it('is one call for one token, under each name', async () => {
    const [id] = ids('AppleEnrollmentToken', 1);
    const query = `query($id: ID!) { a: node(id: $id) { id } b: enrollmentToken(id: $id) { id } }`;
    expect(await priceOf(query, { id })).toBe(2);
  });

  it('counts the representations that a router sends', async () => {
    const query = `query($r: [_Any!]!) { _entities(representations: $r) { ... on MdmUser { enrollmentTokens { totalCount } } } }`;
    const byEmail = Array.from({ length: 20 }, (_, index) => ({
      __typename: 'MdmUser',
      organizationId: world.sandbox.organizationId,
      email: `user${index}@example.com`,
    }));
    expect(await priceOf(query, { r: byEmail })).toBeGreaterThanOrEqual(41);
    const sixty = ids('WindowsEnrollmentToken', 60).map((id) => ({
      __typename: 'EnrollmentToken',
      id,
    }));
    expect(
      await priceOf('query($r: [_Any!]!) { _entities(representations: $r) { __typename } }', {
        r: [...sixty, ...sixty.slice(0, 40)],
      }),
    ).toBe(10);
  });

  it('counts every page that a part of an e-mail address can match, unless reading the whole list is cheaper', async () => {
    const query = 'query($r: [_Any!]!) { _entities(representations: $r) { __typename } }';
    const partsOf = (organizationId: string, count: number) =>
      Array.from({ length: count }, (_, index) => ({
        __typename: 'MdmUser',
        organizationId,
        email: `part${index}`,
      }));
    const { organizationId } = world.sandbox;
    expect(await priceOf(query, { r: partsOf(organizationId, 5) })).toBe(50);
    expect(await priceOf(query, { r: partsOf(organizationId, 12) })).toBe(10);
    const other = partsOf('0'.repeat(24), 2);
    expect(await priceOf(query, { r: [...partsOf(organizationId, 2), ...other] })).toBe(40);
  });

  it('is one list for the tokens of one policy, whatever else is filtered', async () => {
    const [policyId] = ids('ApplePolicy', 1);
    const query = `query($filter: EnrollmentTokenFilter) { enrollmentTokens(filter: $filter) { nodes { id } } }`;
    expect(await priceOf(query, { filter: { policyId } })).toBe(1);
    expect(await priceOf(query, { filter: { policyId, search: 'x' } })).toBe(5);
    expect(await priceOf(query, { filter: { policyId, platforms: ['APPLE', 'WINDOWS'] } })).toBe(1);
    expect(await priceOf(query, { filter: { policyId: null } })).toBe(2);
  });

  it.each<[number, string, Readonly<Record<string, unknown>>]>([
    [2, 'a create', {}],
    [3, 'a create in an organization that is named by a slug', { organizationId: 'some-slug' }],
    [1, 'a dry run with a user', { validateOnly: true }],
    [3, 'a create with a policy, whose refusal is explained by lookups', { policies: 1 }],
    [4, 'a create with a hundred policies', { policies: 100 }],
    [2, 'a dry run with a user and a policy', { validateOnly: true, policies: 1 }],
    [3, 'a dry run with a user and a hundred policies', { validateOnly: true, policies: 100 }],
  ])('is %i for %s', async (price, _name, { policies = 0, ...given }) => {
    const policyAssignments = ids('WindowsPolicy', Number(policies)).map((policyId, priority) => ({
      policyId,
      priority,
    }));
    const [userId] = ids('MdmUser', 1);
    const query = `mutation($input: CreateWindowsEnrollmentTokenInput!) { createWindowsEnrollmentToken(input: $input) { userErrors { code } } }`;
    const input = { userId, sendEmail: false, policyAssignments, ...given };
    expect(await priceOf(query, { input })).toBe(price);
  });

  it('is two calls for an update, and the lookups of its policies', async () => {
    const [id] = ids('WindowsEnrollmentToken', 1);
    const query =
      'mutation($input: UpdateEnrollmentTokenInput!) { updateEnrollmentToken(input: $input) { userErrors { code } } }';
    expect(await priceOf(query, { input: { id } })).toBe(2);
    const policyAssignments = ids('WindowsPolicy', 9).map((policyId) => ({
      policyId,
      priority: 1,
    }));
    expect(await priceOf(query, { input: { id, policyAssignments } })).toBe(4);
    const many = `mutation($input: UpdateEnrollmentTokenInput!) { a: updateEnrollmentToken(input: $input) { userErrors { code } } b: updateEnrollmentToken(input: $input) { userErrors { code } } }`;
    expect(await priceOf(many, { input: { id, policyAssignments } })).toBe(2 + 2 + 2);
  });

  it('counts the policies of creates in each organization, and the most that one of them names', async () => {
    const create = (organizationId: string, policies: number): string => {
      const keyOf = (type: string, index: number) =>
        encodeTypeAndKey(type, `${organizationId}:${index.toString(16).padStart(24, '0')}`);
      const assignments = Array.from(
        { length: policies },
        (_, index) => `{ policyId: "${keyOf('WindowsPolicy', index)}", priority: ${index} }`,
      );
      return `createWindowsEnrollmentToken(input: { organizationId: "${organizationId}", userId: "${keyOf('MdmUser', 0)}", sendEmail: false, validateOnly: true, policyAssignments: [${assignments.join(' ')}] }) { userErrors { code } }`;
    };
    const price = (...creates: readonly string[]) =>
      priceOf(`mutation { ${creates.map((one, index) => `a${index}: ${one}`).join(' ')} }`);
    const [one, other] = ['1'.repeat(24), '2'.repeat(24)] as const;
    expect(await price(create(one, 12))).toBe(1 + 2);
    expect(await price(create(one, 0), create(one, 12))).toBe(1 + 1 + 2);
    expect(await price(create(one, 12), create(other, 12))).toBe(2 * (1 + 2));
  });

  it('is two calls for a revocation, and one search for all tokens of a list that are not found', async () => {
    const revoke = (...tokens: readonly string[]) =>
      `mutation { ${tokens.map((id, index) => `a${index}: revokeEnrollmentToken(input: { id: "${id}" }) { userErrors { code } }`).join(' ')} }`;
    const windows = ids('WindowsEnrollmentToken', 20);
    expect(await priceOf(revoke(...windows.slice(0, 1)))).toBe(2 + 4);
    expect(await priceOf(revoke(...windows))).toBe(20 * 2 + 4);
    expect(await priceOf(revoke(...windows, ...ids('AppleEnrollmentToken', 5)))).toBe(25 * 2 + 8);
  });

  it('is nothing for a field that is refused without a call', async () => {
    const users = 'u: mdmUsers(first: 50) { nodes { enrollmentTokens { totalCount } } }';
    const [policyId] = ids('ApplePolicy', 1);
    for (const refused of [
      'enrollmentTokens(first: 101) { nodes { id } }',
      'enrollmentTokens(first: 1, last: 1) { nodes { id } }',
      'enrollmentTokens(filter: { userId: "x" }) { nodes { id } }',
      `enrollmentTokens(filter: { userId: "${policyId}" }) { nodes { user { name } } }`,
      `nodes(ids: ["x", "${policyId}"]) { id }`,
    ]) {
      expect(await priceOf(`{ ${refused} ${users} }`)).toBe(101);
    }
  });

  it('is one call for each chunk of a bulk create, and the pages that read it back', async () => {
    const userEmails = Array.from({ length: 500 }, (_, index) => `u${index}@example.com`);
    const bulk = (selection: string) =>
      `mutation($e: [String!]!) { bulkCreateWindowsEnrollmentTokens(input: { sendEmail: false, userEmails: $e }) { ${selection} } }`;
    expect(await priceOf(bulk('success'), { e: userEmails })).toBe(10);
    expect(await priceOf(bulk('results { email }'), { e: userEmails })).toBe(12);
    expect(await priceOf(bulk('success'), { e: userEmails.slice(0, 100) })).toBe(2);
    expect(await priceOf(bulk('success'), { e: userEmails.slice(0, 101) })).toBe(3);
    const read = 'results { enrollmentToken { user { name } } }';
    expect(await priceOf(bulk(read), { e: userEmails.slice(0, 100) })).toBe(14);
    const assigned = ids('WindowsPolicy', 2).map((id) => `{ policyId: "${id}", priority: 1 }`);
    const withPolicies = bulk('success').replace(
      'input: {',
      `input: { policyAssignments: [${assigned.join(', ')}],`,
    );
    expect(await priceOf(withPolicies, { e: userEmails.slice(0, 100) })).toBe(4);
  });

  it('is in the error, with the limit and the field that costs most', async () => {
    const { errors } = await world.ask(
      page('first: 20', 'nodes { user { enrollmentTokens { totalCount } } }'),
    );
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toContain('42 calls');
    expect(errors[0]?.message).toContain('at most 1 are allowed');
    expect(errors[0]?.message).toContain('enrollmentTokens.nodes.user.enrollmentTokens costs 40');
    expect(errors[0]?.extensions).toEqual({
      code: 'COST_LIMIT_EXCEEDED',
      estimatedCalls: 42,
      maxCalls: 1,
      requestId: expect.any(String),
    });
  });
});

describe('operations at the sandbox', () => {
  it('cost at most their price, including the first query of the README', async () => {
    const roomy = await startWorld({ tokens: 2_000 });
    try {
      const { errors, data } = await roomy.ask(readmePage);
      expect(errors).toEqual([]);
      expect(data.enrollmentTokens.nodes).toHaveLength(100);
      expect(roomy.calls().length).toBeLessThanOrEqual(22);
    } finally {
      await roomy.close();
    }
  });
});
