import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Organization } from '../../../src/sandbox/organization.ts';
import { startWorld, type World } from '../../support/gateway/gateway.ts';
import type { Loose } from '../../support/loose.ts';
import { takeOperations, takeRequests } from '../../support/upstream/upstream-calls.ts';

let world: World;
let other: Organization;
let otherKey: string;

beforeAll(async () => {
  world = await startWorld(
    { tokens: 120, users: 30, policies: 8, oddities: false },
    { LOOKUP_TTL_MS: '0' },
  );
  other = world.sandbox.addOrganization({ slug: 'norte-sur', tokens: 10, users: 5, policies: 2 });
  otherKey = `Bearer ${world.sandbox.addKey({ organization: other })}`;
});
beforeEach(() => world.sandbox.clearRequests());
afterAll(() => world.close());

const globalId = (
  typename: string,
  sourceId: string,
  organization = world.sandbox.organizationId,
) => Buffer.from(`${typename}:${organization}:${sourceId}`).toString('base64url');

const firstOf = (collection: { all: () => readonly Loose[] }): Loose => collection.all()[0];
const user = () => firstOf(world.sandbox.organization.users);
const policy = (platform: string) => firstOf(world.sandbox.platform(platform).policies);
const token = (platform: string) => firstOf(world.sandbox.platform(platform).tokens);
const missing = '5e0000000000000000000009';

describe('node', () => {
  const node = `query ($id: ID!) { node(id: $id) {
    __typename id
    ... on EnrollmentToken { sourceId displayName }
    ... on MdmPolicy { sourceId name }
    ... on MdmUser { sourceId email }
  } }`;

  it.each<[string, string, () => Loose, (document: Loose) => object]>([
    [
      'AppleEnrollmentToken',
      'mdm.apple.enrollmentToken.get',
      () => token('apple'),
      ({ displayName }) => ({ displayName }),
    ],
    [
      'WindowsEnrollmentToken',
      'mdm.windows.enrollmentToken.get',
      () => token('windows'),
      ({ displayName }) => ({ displayName }),
    ],
    ['ApplePolicy', 'mdm.apple.policy.get', () => policy('apple'), ({ name }) => ({ name })],
    ['WindowsPolicy', 'mdm.windows.policy.get', () => policy('windows'), ({ name }) => ({ name })],
    ['MdmUser', 'mdm.global.mdmUser.get', user, ({ email }) => ({ email })],
  ])('reads a %s with one call', async (typename, operation, pick, fields) => {
    const document = pick();
    const id = globalId(typename, document.id);
    const { data, errors } = await world.ask(node, { variables: { id } });
    expect(errors).toEqual([]);
    expect(data.node).toEqual({
      __typename: typename,
      id,
      sourceId: document.id,
      ...fields(document),
    });
    expect(takeOperations(world.sandbox)).toEqual([operation]);
  });

  it.each([
    'AppleEnrollmentToken',
    'WindowsEnrollmentToken',
    'ApplePolicy',
    'WindowsPolicy',
    'MdmUser',
  ])('is null where no %s has the id', async (typename) => {
    const { data, errors } = await world.ask(node, {
      variables: { id: globalId(typename, missing) },
    });
    expect(errors).toEqual([]);
    expect(data).toEqual({ node: null });
  });

  it.each([
    ['nonsense', /id is not an id of this gateway/],
    ['', /id is not an id of this gateway/],
    [globalId('Employee', missing, missing), /a type that this gateway does not serve/],
    [globalId('__proto__', missing, missing), /id/],
    [globalId('constructor', missing, missing), /id/],
    [`${globalId('MdmUser', missing, missing)}=`, /id is not an id of this gateway/],
    [globalId('MdmUser', '../../users', missing), /id is not an id of this gateway/],
  ])('%j is BAD_USER_INPUT without a call', async (id, message) => {
    const { data, errors } = await world.ask(node, { variables: { id } });
    expect(data).toEqual({ node: null });
    expect(errors).toMatchObject([
      {
        message: expect.stringMatching(message),
        path: ['node'],
        extensions: { code: 'BAD_USER_INPUT', faults: [{ path: ['id'] }] },
      },
    ]);
    expect(takeOperations(world.sandbox)).toEqual([]);
  });

  it('reads nothing of another organization', async () => {
    const id = globalId('MdmUser', firstOf(other.users).id, other.id);
    const { data } = await world.ask(node, { variables: { id } });
    expect(data).toEqual({ node: null });
    const { data: own } = await world.ask(node, { variables: { id }, authorization: otherKey });
    expect(own.node.email).toBe(firstOf(other.users).email);
  });
});

describe('nodes', () => {
  const nodes = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }';

  it('keep the order of the ids, with null for what is gone', async () => {
    const ids = [
      globalId('MdmUser', user().id),
      globalId('AppleEnrollmentToken', missing),
      globalId('WindowsPolicy', policy('windows').id),
      globalId('AppleEnrollmentToken', token('apple').id),
      globalId('MdmUser', user().id),
    ];
    const { data, errors } = await world.ask(nodes, { variables: { ids } });
    expect(errors).toEqual([]);
    expect(data.nodes).toEqual([
      { __typename: 'MdmUser', id: ids[0] },
      null,
      { __typename: 'WindowsPolicy', id: ids[2] },
      { __typename: 'AppleEnrollmentToken', id: ids[3] },
      { __typename: 'MdmUser', id: ids[4] },
    ]);
    expect(takeOperations(world.sandbox)).toEqual([
      'mdm.apple.enrollmentToken.get',
      'mdm.apple.enrollmentToken.get',
      'mdm.global.mdmUser.get',
      'mdm.windows.policy.get',
    ]);
  });

  it('name every id that is none, and read nothing', async () => {
    const ids = ['nonsense', globalId('MdmUser', user().id), ''];
    const { errors } = await world.ask(nodes, { variables: { ids } });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({
      path: ['nodes'],
      extensions: {
        code: 'BAD_USER_INPUT',
        faults: [{ path: ['ids', '0'] }, { path: ['ids', '2'] }],
      },
    });
    expect(takeOperations(world.sandbox)).toEqual([]);
  });

  it('of many users share list pages', async () => {
    const ids = world.sandbox.organization.users.all().map(({ id }) => globalId('MdmUser', id));
    const { data } = await world.ask(nodes, { variables: { ids } });
    expect(data.nodes.map(({ id }: Loose) => id)).toEqual(ids);
    expect(takeOperations(world.sandbox)).toEqual(['mdm.global.mdmUser.list']);
  });
});

describe('enrollmentToken', () => {
  const query = 'query ($id: ID!) { enrollmentToken(id: $id) { sourceId state } }';

  it('reads revoked tokens too', async () => {
    const { id } = world.sandbox.addToken('apple', { state: 'DELETED' });
    const { data } = await world.ask(query, {
      variables: { id: globalId('AppleEnrollmentToken', id) },
    });
    expect(data.enrollmentToken).toEqual({ sourceId: id, state: 'DELETED' });
  });

  it('refuses ids of other kinds, and says which kind it is', async () => {
    const { data, errors } = await world.ask(query, {
      variables: { id: globalId('MdmUser', missing) },
    });
    expect(data).toEqual({ enrollmentToken: null });
    expect(errors).toMatchObject([
      {
        message: 'id is the id of an MdmUser; an EnrollmentToken id is needed here.',
        extensions: { code: 'BAD_USER_INPUT', faults: [{ path: ['id'] }] },
      },
    ]);
    expect(takeOperations(world.sandbox)).toEqual([]);
  });

  it('finds a token in the list where the API cannot get one', async () => {
    world.sandbox.switchOff('mdm.windows.enrollmentToken.get');
    const { id } = token('windows');
    const { data, errors } = await world.ask(query, {
      variables: { id: globalId('WindowsEnrollmentToken', id) },
    });
    world.sandbox.switchOn('mdm.windows.enrollmentToken.get');
    expect(errors).toEqual([]);
    expect(data.enrollmentToken.sourceId).toBe(id);
  });
});

describe('mdmUser by e-mail address', () => {
  const query = 'query ($email: String!) { mdmUser(email: $email) { sourceId email name } }';
  const find = (email: string) => world.ask(query, { variables: { email } });

  it('compares without case, and ignores space around', async () => {
    const { id, email, name } = user();
    const { data } = await find(`  ${email.toUpperCase()} `);
    expect(data.mdmUser).toEqual({ sourceId: id, email, name });
    expect(takeOperations(world.sandbox)).toEqual(['mdm.global.mdmUser.list']);
  });

  it('is null where there is none, also where the API finds a part of an address', async () => {
    const { data, errors } = await find('example.com');
    expect(errors).toEqual([]);
    expect(data).toEqual({ mdmUser: null });
  });

  it.each([
    '',
    '   ',
    `${'a'.repeat(130)}@example.com`,
  ])('is null without a call for what is no address: %j', async (email) => {
    const { data } = await find(email);
    expect(data).toEqual({ mdmUser: null });
    expect(takeOperations(world.sandbox)).toEqual([]);
  });

  it('is an error, not a pick, where two users share it but for case', async () => {
    const twin = { ...user(), id: '5e00000000000000000000aa', email: user().email.toUpperCase() };
    world.sandbox.organization.users.add(twin);
    const { data, errors } = await find(user().email);
    world.sandbox.organization.users.remove(twin.id);
    expect(data).toEqual({ mdmUser: null });
    expect(errors).toMatchObject([
      {
        message: expect.stringContaining('More than one user has this e-mail address'),
        path: ['mdmUser'],
        extensions: { code: 'BAD_USER_INPUT', faults: [{ path: ['email'] }] },
      },
    ]);
  });
});

describe('mdmUsers', () => {
  const query = `query ($search: String, $first: Int, $after: String) {
    mdmUsers(search: $search, first: $first, after: $after) {
      totalCount nodes { sourceId } pageInfo { hasNextPage endCursor }
    }
  }`;
  const ids = (data: Loose): string[] => data.mdmUsers.nodes.map(({ sourceId }: Loose) => sourceId);
  const newestFirst = () =>
    world.sandbox.organization.users
      .all()
      .toSorted((a: Loose, b: Loose) => (a.createdAt < b.createdAt ? 1 : -1))
      .map(({ id }) => id);

  it('come newest first, page by page', async () => {
    const found: string[] = [];
    let after: string | null = null;
    do {
      const { data }: Loose = await world.ask(query, { variables: { first: 7, after } });
      found.push(...ids(data));
      expect(data.mdmUsers.totalCount).toBe(30);
      expect(data.mdmUsers.pageInfo.hasNextPage).toBe(found.length < 30);
      after = data.mdmUsers.pageInfo.hasNextPage ? data.mdmUsers.pageInfo.endCursor : null;
    } while (after !== null);
    expect(found).toEqual(newestFirst());
  });

  it('are searched by the API', async () => {
    const { email } = user();
    const { data } = await world.ask(query, { variables: { search: email.slice(0, 6) } });
    expect(ids(data)).toContain(user().id);
    expect(takeRequests(world.sandbox)[0]?.query['search']).toBe(email.slice(0, 6));
  });

  it('refuse a search that is longer than the API takes', async () => {
    const { errors } = await world.ask(query, { variables: { search: 'x'.repeat(129) } });
    expect(errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', faults: [{ path: ['search'] }] } },
    ]);
    expect(takeOperations(world.sandbox)).toEqual([]);
  });
});

describe('mdmPolicies', () => {
  it('come of both platforms in one list, newest first, with how each platform answered', async () => {
    const { data, errors } = await world.ask(`{ mdmPolicies {
      totalCount nodes { __typename sourceId platform name version createdAt }
      sources { platform status totalCount }
    } }`);
    expect(errors).toEqual([]);
    const stored = ['apple', 'windows']
      .flatMap((key) =>
        world.sandbox
          .platform(key)
          .policies.all()
          .map((document: Loose) => ({ key, document })),
      )
      .sort((a, b) => (a.document.createdAt < b.document.createdAt ? 1 : -1));
    expect(data.mdmPolicies).toEqual({
      totalCount: 8,
      nodes: stored.map(({ key, document }) => ({
        __typename: key === 'apple' ? 'ApplePolicy' : 'WindowsPolicy',
        sourceId: document.id,
        platform: key.toUpperCase(),
        name: document.name,
        version: document.version,
        createdAt: document.createdAt,
      })),
      sources: ['APPLE', 'WINDOWS'].map((platform) => ({ platform, status: 'OK', totalCount: 4 })),
    });
  });
});

describe('organizations', () => {
  const query = `query ($org: ID) { mdmUsers(organizationId: $org, first: 1) {
    nodes { organizationId sourceId }
  } }`;

  it('can be named by slug, which is resolved once and remembered', async () => {
    const variables = { org: world.sandbox.organizationSlug };
    const { data } = await world.ask(query, { variables });
    expect(data.mdmUsers.nodes[0].organizationId).toBe(world.sandbox.organizationId);
    expect(takeOperations(world.sandbox)).toEqual([
      'base.organization.get',
      'mdm.global.mdmUser.list',
    ]);
    await world.ask(query, { variables });
    const [list, ...rest] = takeRequests(world.sandbox);
    expect(rest).toEqual([]);
    expect(list?.path).toContain(world.sandbox.organizationId);
  });

  it('are resolved for each caller by that caller’s own key', async () => {
    const variables = { org: 'norte-sur' };
    const { data } = await world.ask(query, { variables, authorization: otherKey });
    expect(data.mdmUsers.nodes[0].organizationId).toBe(other.id);
    const { data: foreign, errors } = await world.ask(query, { variables });
    expect(foreign).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  });

  it('that nobody knows are NOT_FOUND, with what to check', async () => {
    const { data, errors } = await world.ask(query, { variables: { org: 'nobody-inc' } });
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      {
        message:
          'There is no organization "nobody-inc", or the credential may not see it. Check organizationId.',
        path: ['mdmUsers'],
        extensions: { code: 'NOT_FOUND' },
      },
    ]);
    expect(takeOperations(world.sandbox)).toEqual(['base.organization.get']);
  });

  it.each([
    'a b',
    'ab',
    '',
    '../../admin',
    'x'.repeat(200),
    'norte_sur',
    'caf\u00e9s',
  ])('cannot be called %j: BAD_USER_INPUT without a call', async (org) => {
    const { errors } = await world.ask(query, { variables: { org } });
    expect(errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', faults: [{ path: ['organizationId'] }] } },
    ]);
    expect(takeOperations(world.sandbox)).toEqual([]);
  });

  it('are kept apart where one operation asks for two of them', async () => {
    const { data, errors } = await world.ask(
      `{ own: mdmUsers(first: 1) { nodes { organizationId } }
         foreign: enrollmentTokens(organizationId: "${other.id}", first: 1) { nodes { organizationId } } }`,
    );
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ path: ['foreign'], extensions: { code: 'NOT_FOUND' } }]);
    const { data: mine } = await world.ask(
      `{ enrollmentTokens(organizationId: "${other.id}", first: 10) { totalCount nodes { organizationId } } }`,
      { authorization: otherKey },
    );
    expect(new Set(mine.enrollmentTokens.nodes.map((node: Loose) => node.organizationId))).toEqual(
      new Set([other.id]),
    );
  });
});
