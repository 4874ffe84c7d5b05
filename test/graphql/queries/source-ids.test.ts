import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startGateway, startWorld, type World } from '../../support/gateway/gateway.ts';
import type { Loose } from '../../support/loose.ts';
import { takeOperations } from '../../support/upstream/upstream-calls.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ tokens: 600, users: 40, policies: 10 }, { LOOKUP_TTL_MS: '0' });
});
beforeEach(() => world.sandbox.clearRequests());
afterAll(() => world.close());

const globalId = (
  typename: string,
  sourceId: string,
  organization = world.sandbox.organizationId,
) => Buffer.from(`${typename}:${organization}:${sourceId}`).toString('base64url');

const otherOrganization = '5f00000000000000000000ff';
const userId = () => world.sandbox.organization.users.all()[0]?.id ?? '';
const policyId = (platform: 'apple' | 'windows') =>
  world.sandbox.platform(platform).policies.all()[2]?.id ?? '';
const tokenId = (platform: 'apple' | 'windows') =>
  world.sandbox
    .platform(platform)
    .tokens.all()
    .find(({ state }) => state === 'PENDING')?.id ?? '';

const messagesOf = (errors: readonly { readonly message: string }[]) =>
  errors.map(({ message }) => message);

const page = `query ($first: Int, $after: String, $filter: EnrollmentTokenFilter) {
  enrollmentTokens(first: $first, after: $after, filter: $filter) {
    nodes { sourceId } totalCount pageInfo { endCursor }
  }
}`;

const tokensWith = async (filter: object, more: object = {}): Promise<Loose> => {
  const { data, errors } = await world.ask(page, { variables: { filter, ...more } });
  expect(errors).toEqual([]);
  return data.enrollmentTokens;
};

type Filter = Readonly<Record<string, unknown>>;

describe('in a filter, an id of the REST API', () => {
  it.each<[string, () => Filter, () => Filter]>([
    ['of a user', () => ({ userId: userId() }), () => ({ userId: globalId('MdmUser', userId()) })],
    [
      'of a user, in upper case',
      () => ({ userId: userId().toUpperCase() }),
      () => ({ userId: globalId('MdmUser', userId()) }),
    ],
    [
      'of a policy, with its platform',
      () => ({ policyId: policyId('apple'), platforms: ['APPLE'] }),
      () => ({ policyId: globalId('ApplePolicy', policyId('apple')) }),
    ],
    [
      'of a policy, with its platform named twice',
      () => ({ policyId: policyId('windows'), platforms: ['WINDOWS', 'WINDOWS'] }),
      () => ({ policyId: globalId('WindowsPolicy', policyId('windows')) }),
    ],
  ])('%s is the same filter as the id of this gateway, also for cursors', async (_of, raw, global) => {
    const byRaw = await tokensWith(raw(), { first: 2 });
    expect(byRaw.totalCount).toBeGreaterThan(3);
    expect(await tokensWith(global(), { first: 2 })).toEqual(byRaw);
    const after = byRaw.pageInfo.endCursor;
    const next = await tokensWith(global(), { first: 2, after });
    expect(next.nodes).toHaveLength(2);
    expect(await tokensWith(raw(), { first: 2, after })).toEqual(next);
  });

  it.each<[string, () => Filter]>([
    ['no platform', () => ({ policyId: policyId('apple') })],
    ['two platforms', () => ({ policyId: policyId('apple'), platforms: ['APPLE', 'WINDOWS'] })],
    ['an empty list of platforms', () => ({ policyId: policyId('apple'), platforms: [] })],
  ])('of a policy with %s is refused without a call, with what to add', async (_with, filter) => {
    const { data, errors } = await world.ask(page, { variables: { filter: filter() } });
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      {
        message:
          'filter.policyId is an id of the REST API, which does not tell the platform: add platforms with the one platform of the policy.',
        extensions: { code: 'BAD_USER_INPUT', faults: [{ path: ['filter', 'policyId'] }] },
      },
    ]);
    expect(takeOperations(world.sandbox)).toEqual([]);
  });

  it('belongs to the organization of the connection, given by a slug', async () => {
    const slug = world.sandbox.organization.slug;
    const { data, errors } = await world.ask(
      `query ($slug: ID!, $userId: ID!) {
        enrollmentTokens(organizationId: $slug, filter: { userId: $userId }) { totalCount }
      }`,
      { variables: { slug, userId: userId() } },
    );
    expect(errors).toEqual([]);
    expect(data.enrollmentTokens.totalCount).toBeGreaterThan(0);
  });

  it('needs no platform below a policy, and repeats or contradicts it', async () => {
    const { data, errors } = await world.ask(
      `query ($id: ID!, $same: ID!, $other: ID!) {
        node(id: $id) { ... on WindowsPolicy {
          all: enrollmentTokens { nodes { sourceId } }
          same: enrollmentTokens(filter: { policyId: $same }) { nodes { sourceId } }
          other: enrollmentTokens(filter: { policyId: $other }) { nodes { sourceId } }
        } }
      }`,
      {
        variables: {
          id: globalId('WindowsPolicy', policyId('windows')),
          same: policyId('windows'),
          other: policyId('apple'),
        },
      },
    );
    expect(errors).toEqual([]);
    expect(data.node.all.nodes.length).toBeGreaterThan(3);
    expect(data.node.same).toEqual(data.node.all);
    expect(data.node.other.nodes).toEqual([]);
    // The connection that nothing can match takes no call.
    expect(takeOperations(world.sandbox)).toEqual([
      'mdm.windows.enrollmentToken.list',
      'mdm.windows.enrollmentToken.list',
      'mdm.windows.policy.get',
    ]);
  });

  it('below a user repeats or contradicts it', async () => {
    const other = world.sandbox.organization.users.all()[1]?.id;
    const { data, errors } = await world.ask(
      `query ($id: ID!, $same: ID!, $other: ID!) {
        node(id: $id) { ... on MdmUser {
          all: enrollmentTokens { totalCount }
          same: enrollmentTokens(filter: { userId: $same }) { totalCount }
          other: enrollmentTokens(filter: { userId: $other }) { nodes { sourceId } }
        } }
      }`,
      { variables: { id: globalId('MdmUser', userId()), same: userId(), other } },
    );
    expect(errors).toEqual([]);
    expect(data.node.same).toEqual(data.node.all);
    expect(data.node.other.nodes).toEqual([]);
  });
});

describe('the price of a filter', () => {
  const priced = async (filter: Filter, parent: string) => {
    const gateway = await startGateway(
      {
        baseUrl: world.baseUrl,
        organization: world.sandbox.organizationId,
        apiKey: world.sandbox.apiKey,
      },
      { MAX_UPSTREAM_CALLS: '1' },
    );
    const query = `query ($filter: EnrollmentTokenFilter) { ${parent} }`;
    const { errors } = await gateway.ask(query, { variables: { filter } });
    await gateway.close();
    return errors.map(({ message }) => /about (\d+)|(\d+) (?:upstream )?calls/.exec(message)?.[0]);
  };

  it.each([
    [
      'at the root',
      { platforms: ['APPLE'] },
      'a: enrollmentTokens(first: 5, filter: $filter) { nodes { id } } b: enrollmentTokens(first: 6, filter: $filter) { nodes { id } }',
    ],
    [
      'below policies, which need no platform',
      {},
      'mdmPolicies(first: 5) { nodes { enrollmentTokens(first: 2, filter: $filter) { nodes { id } } } }',
    ],
  ])('does not depend on the kind of id: %s', async (_where, more, parent) => {
    const raw = await priced({ ...more, policyId: policyId('apple') }, parent);
    const global = await priced(
      { ...more, policyId: globalId('ApplePolicy', policyId('apple')) },
      parent,
    );
    expect(raw).toHaveLength(1);
    expect(raw[0]).toBeDefined();
    expect(raw).toEqual(global);
  });
});

const one = `query ($id: ID!, $platform: MdmPlatformInput, $organizationId: ID) {
  enrollmentToken(id: $id, platform: $platform, organizationId: $organizationId) { id sourceId platform }
}`;
const ask = (variables: object) => world.ask(one, { variables: { ...variables } });

describe.each([
  ['APPLE', 'apple', 'AppleEnrollmentToken', 'WINDOWS'],
  ['WINDOWS', 'windows', 'WindowsEnrollmentToken', 'APPLE'],
] as const)('enrollmentToken on %s', (platform, key, typename, otherPlatform) => {
  const expected = () => ({
    enrollmentToken: { id: globalId(typename, tokenId(key)), sourceId: tokenId(key), platform },
  });

  it.each([
    ['as the API prints it', (id: string) => id],
    ['in upper case', (id: string) => id.toUpperCase()],
  ])('takes an id of the REST API (%s) with a platform, in one call', async (_how, write) => {
    const { data, errors } = await ask({ id: write(tokenId(key)), platform });
    expect(errors).toEqual([]);
    expect(data).toEqual(expected());
    expect(takeOperations(world.sandbox)).toEqual([`mdm.${key}.enrollmentToken.get`]);
  });

  it('takes it with an organization, by id or slug', async () => {
    const slug = world.sandbox.organization.slug;
    for (const organizationId of [world.sandbox.organizationId, slug]) {
      const { data, errors } = await ask({ id: tokenId(key), platform, organizationId });
      expect(errors).toEqual([]);
      expect(data).toEqual(expected());
    }
  });

  it('says to add the platform', async () => {
    const { data, errors } = await ask({ id: tokenId(key) });
    expect(data).toEqual({ enrollmentToken: null });
    expect(errors).toMatchObject([
      {
        message: 'id is an id of the REST API, which does not tell the platform: add platform.',
        extensions: { code: 'BAD_USER_INPUT', faults: [{ path: ['id'] }] },
      },
    ]);
    expect(takeOperations(world.sandbox)).toEqual([]);
  });

  it('is null on the other platform, and in an organization without the token', async () => {
    for (const more of [
      { platform: otherPlatform },
      { platform, organizationId: otherOrganization },
    ]) {
      const { data, errors } = await ask({ id: tokenId(key), ...more });
      expect(errors).toEqual([]);
      expect(data).toEqual({ enrollmentToken: null });
    }
  });

  it('takes an id of this gateway with what it contains', async () => {
    const id = globalId(typename, tokenId(key));
    const organizationId = world.sandbox.organizationId;
    for (const more of [
      {},
      { platform },
      { organizationId },
      { organizationId: organizationId.toUpperCase(), platform },
      { organizationId: world.sandbox.organization.slug, platform },
      { organizationId: null, platform: null },
    ]) {
      const { data, errors } = await ask({ id, ...more });
      expect(errors).toEqual([]);
      expect(data).toEqual(expected());
    }
  });

  it('refuses arguments that contradict an id of this gateway, naming both, without a call', async () => {
    const { data, errors } = await ask({
      id: globalId(typename, tokenId(key)),
      platform: otherPlatform,
      organizationId: otherOrganization,
    });
    expect(data).toEqual({ enrollmentToken: null });
    expect(errors).toMatchObject([
      {
        extensions: {
          code: 'BAD_USER_INPUT',
          faults: [
            {
              path: ['platform'],
              message: `id is the id of a token of ${platform}, but platform is ${otherPlatform}. Leave platform out.`,
            },
            {
              path: ['organizationId'],
              message: `id belongs to the organization ${world.sandbox.organizationId}, but organizationId is ${otherOrganization}. Leave organizationId out.`,
            },
          ],
        },
      },
    ]);
    expect(takeOperations(world.sandbox)).toEqual([]);
  });

  it('refuses a slug of another organization than that of the id', async () => {
    const slug = world.sandbox.organization.slug;
    const { errors } = await ask({
      id: globalId(typename, tokenId(key), otherOrganization),
      organizationId: slug,
    });
    expect(errors).toMatchObject([
      {
        message: `id belongs to the organization ${otherOrganization}, but organizationId is ${slug}. Leave organizationId out.`,
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ]);
  });
});

describe('where nothing tells the kind or the platform, an id of the REST API', () => {
  it('is refused by node and nodes', async () => {
    const advice =
      'is an id of the REST API, which is not accepted here. It does not tell what it belongs to. Give an id that this gateway returned: enrollmentToken(id:, platform:), mdmUsers and mdmPolicies return them.';
    const node = await world.ask('query ($id: ID!) { node(id: $id) { id } }', {
      variables: { id: userId() },
    });
    expect(messagesOf(node.errors)).toEqual([`id ${advice}`]);
    const nodes = await world.ask('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      variables: { ids: [globalId('MdmUser', userId()), userId()] },
    });
    expect(messagesOf(nodes.errors)).toEqual([`ids.1 ${advice}`]);
    expect(takeOperations(world.sandbox)).toEqual([]);
  });

  it('is refused by _entities, unless another key identifies the user', async () => {
    const user = world.sandbox.organization.users.all()[0];
    const { data, errors } = await world.ask(
      `query ($representations: [_Any!]!) {
        _entities(representations: $representations) { ... on MdmUser { sourceId } }
      }`,
      {
        variables: {
          representations: [
            { __typename: 'MdmUser', id: userId() },
            {
              __typename: 'MdmUser',
              id: userId(),
              organizationId: world.sandbox.organizationId,
              email: user?.['email'],
            },
            { __typename: 'AppleEnrollmentToken', id: tokenId('apple') },
          ],
        },
      },
    );
    expect(data._entities).toEqual([null, { sourceId: userId() }, null]);
    expect(messagesOf(errors).toSorted()).toEqual([
      'representations.0.id is an id of the REST API, which is not accepted here. Give the id that mdmUsers or mdmUser returns.',
      'representations.2.id is an id of the REST API, which is not accepted here. Give the id that enrollmentToken(id:, platform:) returns.',
    ]);
  });
});
