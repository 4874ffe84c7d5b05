import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/sandbox/faults.ts';
import { type Gateway, startGateway, startWorld, type World } from '../support/gateway/gateway.ts';
import { freePort } from '../support/http/free-port.ts';
import type { Loose } from '../support/loose.ts';
import { takeOperations, tokenLists } from '../support/upstream/upstream-calls.ts';

const canary = 'CANARY-9f2c';

let world: World;
let gateway: Gateway;

const start = (environment: Readonly<Record<string, string>> = {}) =>
  startGateway(
    {
      baseUrl: world.baseUrl,
      organization: world.sandbox.organizationId,
      apiKey: world.sandbox.apiKey,
    },
    { LOOKUP_TTL_MS: '0', ...environment },
  );

beforeAll(async () => {
  world = await startWorld({ tokens: 40, users: 10, policies: 8, embeds: 'none', oddities: false });
  gateway = await start();
});
beforeEach(() => world.sandbox.clearRequests());
afterEach(() => world.sandbox.faults.clear());
afterAll(async () => {
  await gateway.close();
  await world.close();
});

/** A gateway without failures of the API so far: its circuit breakers are closed. It waits only briefly for endless answers. */
const renewGateway = async (fault: Fault) => {
  await gateway.close();
  const isEndless = fault.kind === 'silence' || fault.kind === 'drip';
  gateway = await start(isEndless ? { UPSTREAM_TIMEOUT_MS: '1000' } : {});
};

const list = '{ enrollmentTokens(first: 3) { nodes { sourceId } } }';
const withSources = `{ enrollmentTokens(first: 5) {
  nodes { platform }
  totalCount
  pageInfo { hasNextPage }
  sources { platform status totalCount error { __typename code message path } }
} }`;
const withPolicies = `{ enrollmentTokens(first: 20) { nodes {
  sourceId
  policyAssignments { policySourceId policy { name } }
} } }`;

const keyWith = (...permissions: string[]) => `Bearer ${world.sandbox.addKey({ permissions })}`;
const platformsOf = (data: Loose) =>
  new Set(data.enrollmentTokens.nodes.map(({ platform }: Loose) => platform));

describe('credentials', () => {
  it('that are missing are UNAUTHENTICATED with HTTP 401, before any call', async () => {
    const { status, headers, data, errors } = await gateway.ask(list, { authorization: null });
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer');
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    expect(errors[0]?.message).toContain('Send the header "Authorization: Bearer');
    expect(takeOperations(world.sandbox)).toEqual([]);
  });

  it.each([
    '{ mdmUser(email: "ana@example.com") { name } }',
    '{ mdmPolicies { totalCount } }',
    '{ mdmUsers(organizationId: "lumen-logistics") { totalCount } }',
    '{ nodes(ids: ["TWRtVXNlcjo1ZTAwMDAwMDAwMDAwMDAwMDAwMDAwMDk6NWUwMDAwMDAwMDAwMDAwMDAwMDAwMDA5"]) { id } }',
  ])('are missed by %s as well', async (query) => {
    const { status, errors } = await gateway.ask(query, { authorization: null });
    expect(status).toBe(401);
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    expect(takeOperations(world.sandbox)).toEqual([]);
  });

  it.each([
    '{ __typename }',
    '{ __schema { queryType { name } } }',
    '{ _service { sdl } }',
  ])('are not needed for %s', async (query) => {
    const { status, errors } = await gateway.ask(query, { authorization: null });
    expect(errors).toEqual([]);
    expect(status).toBe(200);
  });

  it.each([
    'Basic YTpi',
    'Bearer',
    'Bearer two words',
    `ApiKey ${canary}`,
  ])('in another form than a bearer token are refused before any call: %s', async (authorization) => {
    const { status, errors } = await gateway.ask(list, { authorization });
    expect(status).toBe(401);
    expect(errors[0]?.message).toContain('must have the form "Bearer');
    expect(JSON.stringify(errors)).not.toContain(canary);
    expect(takeOperations(world.sandbox)).toEqual([]);
  });

  it('that the API refuses fail the whole operation', async () => {
    const { status, data, errors } = await gateway.ask(
      '{ __typename tokens: enrollmentTokens { totalCount } users: mdmUsers { totalCount } }',
      { authorization: `Bearer ${canary}` },
    );
    expect(status).toBe(401);
    expect(data).toBeNull();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } });
    expect(errors[0]?.message).toContain('service account');
    expect(JSON.stringify(errors)).not.toContain(canary);
  });

  it('that are refused in the middle of an operation fail all of it', async () => {
    world.sandbox.faults.add({ kind: 'status', status: 401, match: { operation: '*policy*' } });
    const { status, data, errors } = await gateway.ask(withPolicies);
    expect(status).toBe(401);
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });
});

describe('a permission that is missing', () => {
  it('on one platform leaves the other’s page, and says so in sources', async () => {
    const { data, errors } = await gateway.ask(withSources, {
      authorization: keyWith('mdm.apple.*', 'mdm.global.*'),
    });
    expect(errors).toEqual([]);
    expect(platformsOf(data)).toEqual(new Set(['APPLE']));
    const [apple, windows] = data.enrollmentTokens.sources;
    expect(apple).toMatchObject({ platform: 'APPLE', status: 'OK', error: null });
    expect(windows).toEqual({
      platform: 'WINDOWS',
      status: 'FORBIDDEN',
      totalCount: null,
      error: {
        __typename: 'MdmUpstreamError',
        code: 'PERMISSION_DENIED',
        message:
          'The credential lacks the permission mdm.windows.enrollmentToken.list. Ask an administrator of the organization for it.',
        path: null,
      },
    });
    expect(data.enrollmentTokens.totalCount).toBe(apple.totalCount);
  });

  it('on every platform is the field’s error, FORBIDDEN', async () => {
    const { status, data, errors } = await gateway.ask(withSources, {
      authorization: keyWith('mdm.global.*'),
    });
    expect(status).toBe(200);
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      { path: ['enrollmentTokens'], extensions: { code: 'FORBIDDEN' } },
    ]);
    expect(errors[0]?.message).toMatch(/lacks the permission mdm\.\w+\.enrollmentToken\.list/);
  });

  it('to read users costs their names and nothing else', async () => {
    const { data, errors } = await gateway.ask(
      '{ enrollmentTokens(first: 5) { nodes { sourceId user { name } } } }',
      { authorization: keyWith('mdm.*.enrollmentToken.*') },
    );
    expect(errors).toEqual([]);
    expect(data.enrollmentTokens.nodes).toHaveLength(5);
    expect(data.enrollmentTokens.nodes.map(({ user }: Loose) => user)).toEqual(
      data.enrollmentTokens.nodes.map(() => ({ name: null })),
    );
  });

  it('ends the walk of its platform', async () => {
    const { data } = await gateway.ask(
      '{ enrollmentTokens(first: 100) { nodes { platform } pageInfo { hasNextPage } } }',
      { authorization: keyWith('mdm.windows.*') },
    );
    expect(platformsOf(data)).toEqual(new Set(['WINDOWS']));
    expect(data.enrollmentTokens.pageInfo.hasNextPage).toBe(false);
  });
});

describe('an organization that does not exist', () => {
  it('is NOT_FOUND, not an empty page', async () => {
    const { data, errors } = await gateway.ask(
      '{ enrollmentTokens(organizationId: "5f00000000000000000000ff") { totalCount } }',
    );
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      { path: ['enrollmentTokens'], extensions: { code: 'NOT_FOUND' } },
    ]);
  });
});

describe('a policy lookup', () => {
  const assignmentsOf = (data: Loose): Loose[] =>
    data.enrollmentTokens.nodes.flatMap(({ policyAssignments }: Loose) => policyAssignments);

  it.each<[string, Fault]>([
    ['is forbidden', { kind: 'forbidden', match: { operation: 'mdm.apple.policy.*' } }],
    [
      'finds nothing',
      { kind: 'status', status: 404, code: 3001, match: { operation: 'mdm.apple.policy.*' } },
    ],
  ])('that %s is null without an error', async (_name, fault) => {
    world.sandbox.faults.add(fault);
    const { data } = await gateway.ask(withPolicies);
    expect(data.enrollmentTokens.nodes).toHaveLength(20);
    const policies = assignmentsOf(data).map(({ policy }) => policy);
    expect(policies).toContain(null);
    expect(policies.some((policy) => policy !== null)).toBe(true);
  });

  it('that fails leaves the page whole, with the policy null and one error for each path', async () => {
    world.sandbox.faults.add({
      kind: 'status',
      status: 500,
      message: canary,
      match: { operation: 'mdm.windows.policy.*' },
    });
    const { status, data, errors } = await gateway.ask(withPolicies);
    expect(status).toBe(200);
    expect(data.enrollmentTokens.nodes).toHaveLength(20);
    const missing = assignmentsOf(data).filter(({ policy }) => policy === null);
    expect(missing.length).toBeGreaterThan(0);
    expect(missing.every(({ policySourceId }) => /^[a-f\d]{24}$/.test(policySourceId))).toBe(true);
    expect(assignmentsOf(data).length).toBeGreaterThan(missing.length);
    expect(errors).toHaveLength(missing.length);
    for (const { path, extensions } of errors) {
      expect(path?.at(-1)).toBe('policy');
      expect(extensions['code']).toBe('UPSTREAM_UNAVAILABLE');
    }
    expect(JSON.stringify(errors)).not.toContain(canary);
  });
});

describe('an API that fails', () => {
  const cases: readonly [string, Fault, string, string, RegExp][] = [
    [
      'answers 500',
      { kind: 'status', status: 500, message: canary },
      'UPSTREAM_UNAVAILABLE',
      'UPSTREAM_UNAVAILABLE',
      /failed\. Try again later/,
    ],
    [
      'answers 503 as HTML',
      { kind: 'status', status: 503, html: true },
      'UPSTREAM_UNAVAILABLE',
      'UPSTREAM_UNAVAILABLE',
      /failed\. Try again later/,
    ],
    [
      'answers HTML under 200',
      { kind: 'html' },
      'UPSTREAM_INVALID_RESPONSE',
      'UPSTREAM_UNAVAILABLE',
      /not understood\. Try again later/,
    ],
    [
      'answers a failure under 200',
      { kind: 'status-false' },
      'UPSTREAM_UNAVAILABLE',
      'UPSTREAM_UNAVAILABLE',
      /Try again later/,
    ],
    [
      'answers no list',
      { kind: 'rewrite', rewrite: () => ({ status: true, data: canary }) },
      'UPSTREAM_INVALID_RESPONSE',
      'UPSTREAM_UNAVAILABLE',
      /not understood/,
    ],
    [
      'answers half',
      { kind: 'truncate' },
      'UPSTREAM_UNAVAILABLE',
      'UPSTREAM_UNAVAILABLE',
      /connection .* broke/,
    ],
    [
      'resets the connection',
      { kind: 'reset-before' },
      'UPSTREAM_UNAVAILABLE',
      'UPSTREAM_UNAVAILABLE',
      /connection .* broke/,
    ],
    [
      'does not answer',
      { kind: 'silence' },
      'UPSTREAM_TIMEOUT',
      'UPSTREAM_UNAVAILABLE',
      /did not answer in time/,
    ],
    [
      'answers too slowly',
      { kind: 'drip', ms: 20 },
      'UPSTREAM_TIMEOUT',
      'UPSTREAM_UNAVAILABLE',
      /did not answer in time/,
    ],
    [
      'asks for patience',
      { kind: 'status', status: 429, retryAfterSeconds: 90, message: canary },
      'RATE_LIMITED',
      'RATE_LIMITED',
      /90/,
    ],
    [
      'has the plan without the feature',
      { kind: 'plan' },
      'FORBIDDEN',
      'FEATURE_NOT_IN_PLAN',
      /plan does not include/,
    ],
  ];

  it.each(
    cases,
  )('and %s on both platforms is the field’s error', async (_name, fault, code, _source, message) => {
    await renewGateway(fault);
    world.sandbox.faults.add({ ...fault, match: { operation: '*enrollmentToken.list' } });
    const { status, data, errors } = await gateway.ask(list);
    expect(status).toBe(200);
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ path: ['enrollmentTokens'], extensions: { code } }]);
    expect(errors[0]?.message).toMatch(message);
    expect(errors[0]?.extensions['requestId']).toMatch(/^[\w-]{36}$/);
    expect(errors[0]?.extensions['retryAfterSeconds']).toBe(
      code === 'RATE_LIMITED' ? 90 : undefined,
    );
    const text = JSON.stringify(errors);
    for (const secret of [
      canary,
      world.sandbox.apiKey,
      world.baseUrl,
      'Internal error',
      '<!doctype',
    ]) {
      expect(text).not.toContain(secret);
    }
  });

  it.each(
    cases,
  )('and %s on one platform leaves the other’s page', async (_name, fault, _code, source, message) => {
    await renewGateway(fault);
    world.sandbox.faults.add({
      ...fault,
      match: { operation: 'mdm.windows.enrollmentToken.list' },
    });
    const { data, errors } = await gateway.ask(withSources);
    expect(errors).toEqual([]);
    expect(platformsOf(data)).toEqual(new Set(['APPLE']));
    const [, windows] = data.enrollmentTokens.sources;
    expect(windows).toMatchObject({
      status: source === 'FEATURE_NOT_IN_PLAN' ? 'FORBIDDEN' : 'UNAVAILABLE',
      totalCount: null,
      error: { code: source, message: expect.stringMatching(message) },
    });
    expect(data.enrollmentTokens.pageInfo.hasNextPage).toBe(true);
  });

  it('is well again after it', async () => {
    const fault = { kind: 'status', status: 500, times: 6 } as const;
    await renewGateway(fault);
    world.sandbox.faults.add(fault);
    expect((await gateway.ask(list)).errors).toHaveLength(1);
    world.sandbox.faults.clear();
    expect((await gateway.ask(list)).errors).toEqual([]);
  });

  it('and cannot be reached is UPSTREAM_UNAVAILABLE, and says that nothing was sent', async () => {
    const port = await freePort();
    const lonely = await startGateway({
      baseUrl: `http://127.0.0.1:${port}/v1`,
      organization: world.sandbox.organizationId,
      apiKey: canary,
    });
    const { data, errors } = await lonely.ask(list);
    await lonely.close();
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
    expect(errors[0]?.message).toBe(
      'The REST API could not be reached. Nothing was sent; try again later.',
    );
    expect(JSON.stringify(errors)).not.toContain(String(port));
  });
});

/** CONTRACT 2.3, row by row, for a query: status and code of the API, and the gateway's code. */
describe('an API that refuses a query', () => {
  const rows: readonly (readonly [
    status: number,
    code: number | null,
    told: string,
    says: RegExp,
  ])[] = [
    [400, 5050, 'FORBIDDEN', /plan does not include this feature/],
    [400, 5017, 'FORBIDDEN', /plan allows is used up/],
    [400, 5145, 'UPSTREAM_INVALID_RESPONSE', /could not create it/],
    [400, 5048, 'BAD_USER_INPUT', /refused the values/],
    [400, 3001, 'BAD_USER_INPUT', /refused the values/],
    [400, null, 'BAD_USER_INPUT', /refused the values/],
    [401, 4001, 'UNAUTHENTICATED', /refused the credential/],
    [401, 4002, 'UNAUTHENTICATED', /refused the credential/],
    [401, 4004, 'UNAUTHENTICATED', /refused the credential/],
    [401, 4005, 'UNAUTHENTICATED', /refused the credential/],
    [403, 4003, 'FORBIDDEN', /lacks the permission mdm\.global\.mdmUser\.list/],
    [404, 3001, 'NOT_FOUND', /organization, or something/],
    [404, 1002, 'UPSTREAM_INVALID_RESPONSE', /does not offer this operation/],
    [405, null, 'UPSTREAM_INVALID_RESPONSE', /does not offer this operation/],
    [408, null, 'UPSTREAM_TIMEOUT', /gave up on the request/],
    [409, 5001, 'BAD_USER_INPUT', /conflicts with the current state/],
    [422, 3000, 'BAD_USER_INPUT', /refused the values/],
    [422, 3001, 'BAD_USER_INPUT', /refused the values/],
    [418, 9999, 'BAD_USER_INPUT', /refused the values/],
    [500, 1000, 'UPSTREAM_UNAVAILABLE', /The REST API failed/],
  ];
  const underSuccess = rows.flatMap(([, code, told, says]) =>
    code === null || [5048, 9999].includes(code) || (code === 3001 && told !== 'BAD_USER_INPUT')
      ? []
      : [[code, told, says] as const],
  );
  const users = '{ mdmUsers(first: 3) { nodes { id } } }';

  // The gateway does not send a key again for some seconds if the API has never accepted it.
  beforeAll(() => gateway.ask(users));

  const refuse = async (fault: Fault, told: string, says: RegExp): Promise<void> => {
    world.sandbox.faults.add({ ...fault, match: { operation: 'mdm.global.mdmUser.list' } });
    const { status, data, errors } = await gateway.ask(users);
    expect(status).toBe(told === 'UNAUTHENTICATED' ? 401 : 200);
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ path: ['mdmUsers'], extensions: { code: told } }]);
    expect(errors[0]?.message).toMatch(says);
    expect(JSON.stringify(errors)).not.toContain(canary);
  };

  it.each(rows)('with %i and the code %s is told', async (status, code, told, says) => {
    const fault = { kind: 'status', status, message: canary } as const;
    await refuse(code === null ? fault : { ...fault, code }, told, says);
  });

  it.each(underSuccess)('with the code %i under 200 is told', async (code, told, says) => {
    const rewrite = () => ({ status: false, error: { code, message: canary } });
    await refuse({ kind: 'rewrite', rewrite }, told, says);
  });
});

describe('an API whose values are odd', () => {
  it.each([
    ['numbers beyond what GraphQL’s Int holds', { segmentId: 2 ** 40, version: 2 ** 53 }],
    [
      'values of the wrong kind',
      { displayName: { a: 1 }, tags: 'x', sendEmail: 'perhaps', state: 7 },
    ],
    ['dates that are none', { createdAt: 'yesterday', updatedAt: {}, expireAt: 17 }],
    ['a link that is none', { enrollmentLink: 'javascript' }],
    ['nothing but an id', null],
  ])('with %s costs the fields and not the page', async (_name, odd) => {
    const rewrite = (answer: Loose) => ({
      ...answer,
      data: {
        ...answer.data,
        items: answer.data.items.map((item: Loose) =>
          odd ? { ...item, ...odd } : { id: item.id },
        ),
      },
    });
    world.sandbox.faults.add({
      kind: 'rewrite',
      rewrite,
      match: { operation: '*enrollmentToken.list' },
    });
    const { data, errors } = await gateway.ask(`{ enrollmentTokens(first: 4) { nodes {
      id organizationId displayName tags state isUsable createdAt updatedAt expiresAt enrollmentLink
      enrollmentQrCode sendEmail segmentId user { email } device { sourceId }
    } } }`);
    expect(errors).toEqual([]);
    expect(data.enrollmentTokens.nodes).toHaveLength(4);
  });

  it('with totals beyond what GraphQL’s Int holds says that it does not know', async () => {
    world.sandbox.faults.add({ kind: 'wrong-total', totalDocs: 2 ** 40 });
    const { data, errors } = await gateway.ask(
      '{ enrollmentTokens(first: 1) { totalCount sources { totalCount } nodes { id } } }',
    );
    expect(errors).toEqual([]);
    expect(data.enrollmentTokens.totalCount).toBeNull();
    expect(data.enrollmentTokens.nodes).toHaveLength(1);
  });
});

describe('what the caller sent wrongly', () => {
  it.each([
    ['no GraphQL', '{', {}, 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', '{ nothing }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'an unknown enum value',
      '{ enrollmentTokens(filter: { states: [LOST] }) { totalCount } }',
      {},
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'a variable of the wrong type',
      'query ($first: Int!) { enrollmentTokens(first: $first) { totalCount } }',
      { first: 'x' },
      'BAD_USER_INPUT',
    ],
    ['a missing variable', 'query ($id: ID!) { node(id: $id) { id } }', {}, 'BAD_USER_INPUT'],
    [
      'null where a value is needed',
      'query ($email: String = "a@b.example") { mdmUser(email: $email) { id } }',
      { email: null },
      'BAD_USER_INPUT',
    ],
    [
      'a date that is none',
      'query ($after: DateTime) { enrollmentTokens(filter: { createdAfter: $after }) { totalCount } }',
      { after: 'yesterday' },
      'BAD_USER_INPUT',
    ],
  ])('%s is told without a call', async (_name, query, variables, code) => {
    const { errors } = await gateway.ask(query, { variables });
    expect(errors).toMatchObject([{ extensions: { code, requestId: expect.any(String) } }]);
    expect(takeOperations(world.sandbox)).toEqual([]);
  });

  it('is told of the operation that is named, and of the first eight faults', async () => {
    const query = `query One($first: Int = 1) { enrollmentTokens(first: $first) { totalCount } }
      query Many($ids: [ID!]!) { nodes(ids: $ids) { id } }`;
    const variables = { first: 'x', ids: Array.from({ length: 20 }, () => ({})) };
    for (const [operationName, faults, variable] of [
      ['One', 1, '$first'],
      ['Many', 9, '$ids'],
    ] as const) {
      const { status, data, errors } = await gateway.ask(query, {
        ...{ variables, operationName },
        headers: { accept: 'application/graphql-response+json' },
      });
      expect({ status, data }).toEqual({ status: 400, data: null });
      expect(errors).toHaveLength(faults);
      expect(errors[0]?.message).toContain(variable);
      for (const { extensions } of errors) expect(extensions['code']).toBe('BAD_USER_INPUT');
    }
    expect(takeOperations(world.sandbox)).toEqual([]);
  });

  it('names the variable', async () => {
    const { errors } = await gateway.ask(
      'query ($first: Int!) { enrollmentTokens(first: $first) { totalCount } }',
      { variables: { first: 'x' } },
    );
    expect(errors[0]?.message).toContain('$first');
  });
});

describe('the request id', () => {
  it('is in the header and in every error', async () => {
    const { headers, errors } = await gateway.ask(list, { authorization: null });
    expect(headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    expect(errors[0]?.extensions['requestId']).toBe(headers.get('x-request-id'));
  });

  it('is the caller’s own where it is well formed', async () => {
    const ask = (id: string) => gateway.ask('{ nothing }', { headers: { 'x-request-id': id } });
    const { headers, errors } = await ask('web-7.a_B');
    expect(headers.get('x-request-id')).toBe('web-7.a_B');
    expect(errors[0]?.extensions['requestId']).toBe('web-7.a_B');
    for (const odd of ['two words', 'x'.repeat(129), '<script>']) {
      expect((await ask(odd)).headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    }
  });

  it('is each request’s own, also where many send the same wrong document at once', async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `request-${index}`);
    const answers = await Promise.all(
      ids.flatMap((id) =>
        ['{ nothing }', '{'].map((query) =>
          gateway.ask(query, { headers: { 'x-request-id': id } }),
        ),
      ),
    );
    for (const { headers, errors } of answers) {
      expect(errors[0]?.extensions['requestId']).toBe(headers.get('x-request-id'));
    }
  });
});

it('two callers at once each get what their own key may see', async () => {
  const [all, apple] = await Promise.all([
    gateway.ask(withSources),
    gateway.ask(withSources, { authorization: keyWith('mdm.apple.*') }),
  ]);
  expect(platformsOf(all.data).size).toBe(2);
  expect(platformsOf(apple.data)).toEqual(new Set(['APPLE']));
  expect(takeOperations(world.sandbox)).toEqual([...tokenLists, ...tokenLists].sort());
});
