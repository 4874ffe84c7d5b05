import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/sandbox/json.ts';
import { startWorld, type World } from '../../support/gateway/gateway.ts';
import type { Loose } from '../../support/loose.ts';
import { platformKeys } from '../../support/upstream/stored-tokens.ts';
import {
  policyLists,
  takeOperations,
  takeRequests,
  tokenLists,
  urlOf,
} from '../../support/upstream/upstream-calls.ts';

const tokensPerPlatform = 100;
const users = 40;
const policiesPerPlatform = 10;

/**
 * Every token has a user and two policies. The 100 newest tokens have only their ids, the older ones embed them.
 */
const addTokens = ({ sandbox }: World): void => {
  for (const key of platformKeys) {
    const { policies, platform } = sandbox.platform(key);
    const { words } = platform;
    for (let index = 0; index < tokensPerPlatform; index += 1) {
      const embeds = index < tokensPerPlatform / 2;
      const user = sandbox.organization.users.all()[index % users];
      const assign = (place: number): JsonObject => {
        const policy = policies.all()[(index + place) % policiesPerPlatform];
        return {
          [words.policyId]: policy?.id,
          priority: 10 * place,
          ...(embeds && { [words.policy]: { id: policy?.id, name: policy?.['name'] } }),
        };
      };
      sandbox.addToken(key, {
        // Each time is different: reading a page to the end of a tie group can take a call.
        createdAt: new Date(Date.UTC(2026, 0, 1, 0, index, key.length)).toISOString(),
        mdmUser: { id: user?.id, ...(embeds && { email: user?.['email'] }) },
        [words.assignments]: [assign(0), assign(1)],
      });
    }
  }
};

const embedded = '{ user { email } policyAssignments { priority policy { name } } }';
const whole = '{ user { name tags } policyAssignments { policy { name version } } }';

let world: World;

beforeAll(async () => {
  world = await startWorld(
    { tokens: 0, users: 300, oddities: false },
    // The calls of one operation on its own.
    { LOOKUP_TTL_MS: '0' },
  );
  addTokens(world);
});
beforeEach(() => world.sandbox.clearRequests());
afterAll(() => world.close());

/** The API operations that a successful query calls. */
const costOf = async (query: string, variables: Record<string, unknown> = {}) => {
  const { errors } = await world.ask(query, { variables });
  expect(errors).toEqual([]);
  return takeOperations(world.sandbox);
};

const limits = () => takeRequests(world.sandbox).map(({ query }) => query['limit']);

describe('tokens with what they embed', () => {
  it('cost two calls for fifty of both platforms, at any depth', async () => {
    const query = `query Page($after: String, $before: String, $first: Int, $last: Int) {
      enrollmentTokens(first: $first, after: $after, last: $last, before: $before,
        orderBy: { direction: ASC }) {
        nodes ${embedded}
        pageInfo { startCursor endCursor hasNextPage }
      }
    }`;
    let { data } = await world.ask(query, { variables: { first: 50 } });
    expect(data.enrollmentTokens.nodes).toHaveLength(50);
    expect(takeOperations(world.sandbox)).toEqual(tokenLists);
    ({ data } = await world.ask(query, {
      variables: { first: 50, after: data.enrollmentTokens.pageInfo.endCursor },
    }));
    expect(data.enrollmentTokens.nodes).toHaveLength(50);
    expect(takeOperations(world.sandbox)).toEqual(tokenLists);
    ({ data } = await world.ask(query, {
      variables: { last: 50, before: data.enrollmentTokens.pageInfo.startCursor },
    }));
    expect(data.enrollmentTokens.nodes).toHaveLength(50);
    expect(takeOperations(world.sandbox)).toEqual(tokenLists);
  });

  it('cost one call where only one platform is asked for', async () => {
    const query = `{ enrollmentTokens(first: 50, filter: { platforms: [WINDOWS] },
      orderBy: { direction: ASC }) { nodes ${embedded} } }`;
    expect(await costOf(query)).toEqual(['mdm.windows.enrollmentToken.list']);
  });

  it('cost the same under aliases', async () => {
    const query = `{ all: enrollmentTokens(first: 10, orderBy: { direction: ASC }) {
      count: totalCount
      tokens: nodes { owner: user { mail: email } plan: policyAssignments { it: policy { title: name } } }
    } }`;
    expect(await costOf(query)).toEqual(tokenLists);
  });

  it('cost the same through fragments on the interfaces and the concrete types', async () => {
    const query = `
      query { enrollmentTokens(first: 10, orderBy: { direction: ASC }) { ...Page } }
      fragment Page on EnrollmentTokenConnection { edges { node { ...Token } } }
      fragment Token on EnrollmentToken {
        ... on Node { id }
        user { ...User }
        policyAssignments { policy { ...Policy } }
        ... on AppleEnrollmentToken { profiles { id } }
        ... on WindowsEnrollmentToken { enterpriseId }
      }
      fragment User on MdmUser { id sourceId email ... on Node { id } }
      fragment Policy on MdmPolicy {
        __typename id sourceId name
        ... on ApplePolicy { appleName: name }
        ... on WindowsPolicy { windowsName: name }
      }`;
    expect(await costOf(query)).toEqual(tokenLists);
  });

  it('look nothing up for what another platform’s policies would be asked', async () => {
    const query = `{ enrollmentTokens(first: 10, filter: { platforms: [APPLE] },
      orderBy: { direction: ASC }) {
      nodes { policyAssignments { policy { name ... on WindowsPolicy { config } } } }
    } }`;
    expect(await costOf(query)).toEqual(['mdm.apple.enrollmentToken.list']);
  });

  it('look up only what @include and @skip leave of the selection', async () => {
    const query = `query ($more: Boolean!) {
      enrollmentTokens(first: 10, filter: { platforms: [APPLE] }, orderBy: { direction: ASC }) {
        nodes {
          user { email name @include(if: $more) }
          policyAssignments { policy { name ...More @include(if: $more) ... @include(if: $more) { version } } }
        }
        totalCount @skip(if: $more)
      }
    }
    fragment More on MdmPolicy { updatedAt }`;
    expect(await costOf(query, { more: false })).toEqual(['mdm.apple.enrollmentToken.list']);
    expect(await costOf(query, { more: true })).toEqual([
      'mdm.apple.enrollmentToken.list',
      'mdm.apple.policy.list',
      'mdm.global.mdmUser.list',
    ]);
  });
});

describe('tokens that embed nothing', () => {
  const query = `{ enrollmentTokens(first: 50) { nodes ${whole} } }`;

  it('cost five calls for fifty with 40 users and 20 policies, none of them twice', async () => {
    const { data, errors } = await world.ask(query);
    expect(errors).toEqual([]);
    const { nodes } = data.enrollmentTokens;
    expect(nodes).toHaveLength(50);
    expect(nodes.every(({ user }: Loose) => typeof user.name === 'string')).toBe(true);
    expect(
      nodes.flatMap((node: Loose) =>
        node.policyAssignments.map(({ policy }: Loose) => policy.version),
      ),
    ).not.toContain(null);

    const requests = takeRequests(world.sandbox);
    expect(new Set(requests.map(urlOf)).size).toBe(requests.length);
    expect(requests.map(({ operation }) => operation).sort()).toEqual(
      [...tokenLists, ...policyLists, 'mdm.global.mdmUser.list'].sort(),
    );
  });

  it('cost two calls more where only the policies are selected', async () => {
    const names =
      '{ enrollmentTokens(first: 50) { nodes { policyAssignments { policy { name } } } } }';
    expect(await costOf(names)).toEqual([...tokenLists, ...policyLists].sort());
  });

  it('tell the ids of users and policies without a lookup', async () => {
    const ids =
      '{ enrollmentTokens(first: 50) { nodes { user { id sourceId organizationId } policyAssignments { policySourceId } } } }';
    expect(await costOf(ids)).toEqual(tokenLists);
  });
});

describe('a selection without items', () => {
  it('costs nothing where it is of __typename only', async () => {
    expect(
      await costOf(`{
        __typename
        enrollmentTokens { __typename }
        mdmPolicies { __typename }
        mdmUsers { __typename }
      }`),
    ).toEqual([]);
  });

  it.each([
    'totalCount',
    'sources { platform status totalCount }',
  ])('costs one call with limit=1 a platform where it is of %s', async (selection) => {
    const { errors } = await world.ask(`{ enrollmentTokens(first: 50) { ${selection} } }`);
    expect(errors).toEqual([]);
    expect(limits()).toEqual(['1', '1']);
  });

  it('costs one call with limit=1 for the number of users', async () => {
    const { data } = await world.ask('{ mdmUsers { totalCount } }');
    expect(data.mdmUsers.totalCount).toBe(300);
    expect(limits()).toEqual(['1']);
  });

  it('costs nothing for an empty page', async () => {
    expect(await costOf('{ enrollmentTokens(first: 0) { nodes { id } } }')).toEqual([]);
  });
});

describe('other connections', () => {
  it('cost one call a platform and page for policies', async () => {
    expect(await costOf('{ mdmPolicies(first: 5) { nodes { name version } } }')).toEqual(
      policyLists,
    );
    expect(await costOf('{ mdmPolicies(platform: APPLE) { totalCount nodes { id } } }')).toEqual([
      'mdm.apple.policy.list',
    ]);
  });

  it('cost one call a page for users', async () => {
    expect(await costOf('{ mdmUsers(first: 5) { totalCount nodes { name } } }')).toEqual([
      'mdm.global.mdmUser.list',
    ]);
  });

  it('cost two calls for the tokens of a user, filtered by the API', async () => {
    const query = `{ enrollmentTokens(first: 1, orderBy: { direction: ASC }) {
      nodes { user { email enrollmentTokens(first: 3) { totalCount nodes { state } } } }
    } }`;
    const { errors } = await world.ask(query);
    expect(errors).toEqual([]);
    const filtered = takeRequests(world.sandbox).filter(({ query: { 'mdm-user': id } }) => id);
    expect(filtered.map(({ operation }) => operation).sort()).toEqual(tokenLists);
  });

  it('cost one call for the tokens of a policy, filtered by the API', async () => {
    await world.ask(`{ mdmPolicies(platform: WINDOWS, first: 1) {
      nodes { enrollmentTokens(first: 3) { totalCount nodes { state } } }
    } }`);
    const [list, filtered, ...rest] = takeRequests(world.sandbox);
    expect(list?.operation).toBe('mdm.windows.policy.list');
    expect(filtered?.operation).toBe('mdm.windows.enrollmentToken.list');
    expect(filtered?.query['win-policy']).toMatch(/^[a-f\d]{24}$/);
    expect(rest).toEqual([]);
  });

  it('share the calls of equal pages within one operation', async () => {
    const query = `{
      a: enrollmentTokens(first: 5) { nodes { id } }
      b: enrollmentTokens(first: 5) { nodes { displayName } }
    }`;
    expect(await costOf(query)).toEqual(tokenLists);
  });

  it('reach a user by several paths with one lookup', async () => {
    const query = `{ enrollmentTokens(first: 1) { nodes {
      user { name enrollmentTokens(first: 2) { nodes { user { language tags } } } }
    } } }`;
    const cost = await costOf(query);
    expect(cost.filter((operation) => operation.startsWith('mdm.global.mdmUser'))).toHaveLength(1);
  });
});

describe('objects by id', () => {
  it('cost one call a platform for a page of tokens, and what a page of them costs below', async () => {
    const page = await world.ask('{ enrollmentTokens(first: 60) { nodes { id } } }');
    takeRequests(world.sandbox);
    const ids = page.data.enrollmentTokens.nodes.map(({ id }: Loose) => id);
    const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on EnrollmentToken ${whole} } }`;
    expect(await costOf(query, { ids })).toEqual(
      [...tokenLists, ...policyLists, 'mdm.global.mdmUser.list'].sort(),
    );
  });

  it('cost one call for one token, and none for each time that it is asked for again', async () => {
    const page = await world.ask(
      '{ enrollmentTokens(first: 1, filter: { platforms: [APPLE] }) { nodes { id } } }',
    );
    takeRequests(world.sandbox);
    const [{ id }] = page.data.enrollmentTokens.nodes;
    const query = `query ($id: ID!) {
      a: node(id: $id) { id } b: nodes(ids: [$id, $id]) { id } c: enrollmentToken(id: $id) { id }
    }`;
    expect(await costOf(query, { id })).toEqual(['mdm.apple.enrollmentToken.get']);
  });
});

describe('lookups that operations share', () => {
  it('cost nothing again while they are remembered', async () => {
    const other = await startWorld({ tokens: 0, users: 300, oddities: false });
    addTokens(other);
    const query = `{ enrollmentTokens(first: 50) { nodes ${whole} } }`;
    await other.ask(query);
    other.sandbox.clearRequests();
    const { errors } = await other.ask(query);
    expect(errors).toEqual([]);
    expect(takeOperations(other.sandbox)).toEqual(tokenLists);
    await other.close();
  });
});
