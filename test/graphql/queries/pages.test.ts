import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../../support/gateway/gateway.ts';
import {
  idsOf,
  inOrder,
  platformKeys,
  storedTokens,
} from '../../support/upstream/stored-tokens.ts';
import { takeOperations, tokenLists } from '../../support/upstream/upstream-calls.ts';

let world: World;
/** A larger store for traversals of the whole list. */
let large: World;

beforeAll(async () => {
  world = await startWorld({ tokens: 60 });
  large = await startWorld({ tokens: 5_000 }, { MAX_PAGE_SIZE: '450' });
});
beforeEach(() => world.sandbox.clearRequests());
afterAll(async () => {
  await world.close();
  await large.close();
});

const page = `query (
  $first: Int, $after: String, $last: Int, $before: String,
  $filter: EnrollmentTokenFilter, $orderBy: EnrollmentTokenOrder, $organizationId: ID
) {
  enrollmentTokens(
    first: $first, after: $after, last: $last, before: $before,
    filter: $filter, orderBy: $orderBy, organizationId: $organizationId
  ) {
    nodes { sourceId }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

interface Page {
  readonly nodes: readonly { readonly sourceId: string }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

const read = async (of: World, variables: Record<string, unknown>): Promise<Page> => {
  const { data, errors } = await of.ask(page, { variables });
  expect(errors).toEqual([]);
  return data.enrollmentTokens;
};

describe('page sizes', () => {
  it('are 20 where neither first nor last is given', async () => {
    expect((await read(world, {})).nodes).toHaveLength(20);
    expect((await read(world, { first: null, last: null })).nodes).toHaveLength(20);
  });

  it('can be anything up to 100', async () => {
    const stored = storedTokens(world.sandbox).length;
    expect(stored).toBeLessThan(100);
    expect((await read(world, { first: 100 })).nodes).toHaveLength(stored);
    expect((await read(world, { last: 100 })).nodes).toHaveLength(stored);
  });

  it.each([
    [{ first: 101 }, ['first']],
    [{ last: 101 }, ['last']],
    [{ first: -1 }, ['first']],
    [{ last: -1 }, ['last']],
    [{ first: 2_147_483_647 }, ['first']],
    [{ first: 5, last: 5 }, ['last']],
  ])('%j is BAD_USER_INPUT naming the argument, without a call', async (variables, argument) => {
    const { data, errors } = await world.ask(page, { variables });
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      { path: ['enrollmentTokens'], extensions: { code: 'BAD_USER_INPUT' } },
    ]);
    expect(errors[0]?.extensions['faults']).toMatchObject([{ path: argument }]);
    expect(errors[0]?.message).toContain(argument[0]);
    expect(takeOperations(world.sandbox)).toEqual([]);
  });

  it.each(['mdmPolicies', 'mdmUsers'])('have the same bounds on %s', async (connection) => {
    const { errors } = await world.ask(`{ ${connection}(first: 101) { nodes { id } } }`);
    expect(errors).toMatchObject([{ path: [connection], extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(takeOperations(world.sandbox)).toEqual([]);
  });

  it('0 is an empty page', async () => {
    expect((await read(world, { first: 0 })).nodes).toEqual([]);
    expect((await read(world, { last: 0 })).nodes).toEqual([]);
  });
});

describe('cursors', () => {
  const cursorOf = async (variables: Record<string, unknown> = {}) =>
    (await read(world, { first: 3, ...variables })).pageInfo.endCursor ?? '';

  const refused = async (argument: 'after' | 'before', variables: Record<string, unknown>) => {
    world.sandbox.clearRequests();
    const { data, errors } = await world.ask(page, { variables });
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      { path: ['enrollmentTokens'], extensions: { code: 'BAD_CURSOR', argument } },
    ]);
    expect(takeOperations(world.sandbox)).toEqual([]);
    return errors[0]?.message ?? '';
  };

  it.each([
    '',
    'x',
    'not-a-cursor',
    'AAAAAAAAAAAAAAAAAAAAAAAA',
    'null',
    '💥'.repeat(50),
  ])('%j is BAD_CURSOR naming the argument, without a call', async (cursor) => {
    await refused('after', { after: cursor });
    await refused('before', { last: 5, before: cursor });
  });

  it('that were cut or changed in a single letter are refused', async () => {
    const cursor = await cursorOf();
    await refused('after', { after: cursor.slice(0, -1) });
    await refused('after', { after: `${cursor}A` });
    for (let index = 0; index < cursor.length; index += 5) {
      const letter = cursor[index] === 'A' ? 'B' : 'A';
      await refused('after', {
        after: cursor.slice(0, index) + letter + cursor.slice(index + 1),
      });
    }
  });

  it.each([
    ['filter', { filter: { platforms: ['APPLE'] } }],
    ['filter', { filter: { states: ['PENDING'] } }],
    ['order', { orderBy: { field: 'UPDATED_AT' } }],
    ['order', { orderBy: { direction: 'ASC' } }],
    ['organization', { organizationId: '5f00000000000000000000ff' }],
  ])('of another %s are refused, and told so', async (difference, variables) => {
    const after = await cursorOf();
    expect(await refused('after', { after, ...variables })).toContain(difference);
    expect(await refused('before', { last: 2, before: after, ...variables })).toContain(difference);
  });

  it('of another connection are refused', async () => {
    const { data } = await world.ask('{ mdmUsers(first: 1) { pageInfo { endCursor } } }');
    await refused('after', { after: data.mdmUsers.pageInfo.endCursor });
  });

  it('hold for the same filter and order however they are written', async () => {
    const filter = { states: ['PENDING', 'DONE'], platforms: ['APPLE', 'WINDOWS'] };
    const after = await cursorOf({ filter, orderBy: { field: 'CREATED_AT' } });
    const same = { states: ['DONE', 'PENDING'], platforms: ['WINDOWS', 'APPLE'], userId: null };
    const next = await read(world, { first: 3, after, filter: same, orderBy: null });
    expect(next.nodes).toHaveLength(3);
  });

  it('hold no credential, link or code, and stay short', async () => {
    const cursor = await cursorOf();
    const text = `${cursor} ${Buffer.from(cursor, 'base64url').toString('latin1')}`;
    for (const key of platformKeys) {
      for (const { enrollCode, enrollmentLink } of world.sandbox.platform(key).tokens.all()) {
        expect(text).not.toContain(enrollCode);
        expect(text).not.toContain(enrollmentLink);
      }
    }
    expect(text).not.toContain(world.sandbox.apiKey);
    expect(cursor.length).toBeLessThan(200);
  });

  it('lead on from every edge', async () => {
    const { data } = await world.ask(
      '{ enrollmentTokens(first: 10) { edges { cursor node { sourceId } } nodes { sourceId } } }',
    );
    const { edges, nodes } = data.enrollmentTokens;
    expect(edges.map(({ node }: { node: unknown }) => node)).toEqual(nodes);
    const next = await read(world, { first: 5, after: edges[4].cursor });
    expect(next.nodes).toEqual(nodes.slice(5));
    const before = await read(world, { last: 4, before: edges[4].cursor });
    expect(before.nodes).toEqual(nodes.slice(0, 4));
  });
});

describe('an organization that is given by a slug', () => {
  const slug = () => world.sandbox.organizationSlug;
  const ofPolicies = `query ($first: Int, $after: String, $organizationId: ID) {
    mdmPolicies(first: $first, after: $after, organizationId: $organizationId) { nodes { id } }
  }`;
  const ofUsers = ofPolicies.replace('mdmPolicies', 'mdmUsers');

  it('is looked up only once the sizes and cursors of the page are seen to be right', async () => {
    const organizationId = slug();
    const after = (await read(world, { first: 3 })).pageInfo.endCursor ?? '';
    world.sandbox.clearRequests();
    const wrong = [
      [{ first: 500 }, 'BAD_USER_INPUT'],
      [{ after: 'not-a-cursor' }, 'BAD_CURSOR'],
      [{ after: `${after.slice(0, -1)}!` }, 'BAD_CURSOR'],
    ] as const;
    for (const query of [page, ofPolicies, ofUsers]) {
      for (const [given, code] of wrong) {
        const { errors } = await world.ask(query, { variables: { ...given, organizationId } });
        expect(errors).toMatchObject([{ extensions: { code } }]);
      }
    }
    for (const query of [ofPolicies, ofUsers]) {
      const { errors } = await world.ask(query, { variables: { after, organizationId } });
      expect(errors[0]?.message).toContain('connection');
    }
    const filter = { platforms: ['APPLE'] };
    const { errors } = await world.ask(page, { variables: { after, filter, organizationId } });
    expect(errors[0]?.message).toContain('another filter');
    expect(takeOperations(world.sandbox)).toEqual([]);
  });

  it('takes the cursors of its id, too', async () => {
    const { nodes } = await read(world, { first: 6 });
    const after = (await read(world, { first: 3 })).pageInfo.endCursor;
    world.sandbox.clearRequests();
    const next = await read(world, { first: 3, after, organizationId: slug() });
    expect(next.nodes).toEqual(nodes.slice(3));
    expect(takeOperations(world.sandbox)).toEqual(['base.organization.get', ...tokenLists]);
  });
});

describe('walking all tokens of both platforms', () => {
  /** Page sizes without a pattern, the same in every run. */
  const createSizes = (largest: number) => {
    let state = 7;
    return (): number => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return state % 5 === 0 ? 1 + (state % 9) : Math.ceil(largest / 2) + (state % (largest / 2));
    };
  };

  const walk = async (
    of: World,
    way: 'forwards' | 'backwards',
    orderBy: { readonly field: string; readonly direction: string },
    largest: number,
  ): Promise<string[]> => {
    const size = createSizes(largest);
    const total = storedTokens(of.sandbox).length;
    const found: string[] = [];
    for (let cursor: string | null = null; ; ) {
      const place: Record<string, unknown> =
        way === 'forwards' ? { first: size(), after: cursor } : { last: size(), before: cursor };
      const { nodes, pageInfo } = await read(of, { ...place, orderBy });
      const ids = nodes.map(({ sourceId }) => sourceId);
      const [comesMore, cameSome] =
        way === 'forwards'
          ? [pageInfo.hasNextPage, pageInfo.hasPreviousPage]
          : [pageInfo.hasPreviousPage, pageInfo.hasNextPage];
      expect(cameSome).toBe(found.length > 0);
      if (way === 'forwards') found.push(...ids);
      else found.unshift(...ids);
      expect(comesMore).toBe(found.length < total);
      if (!comesMore) return found;
      cursor = way === 'forwards' ? pageInfo.endCursor : pageInfo.startCursor;
    }
  };

  const fields = [
    ['CREATED_AT', 'createdAt'],
    ['UPDATED_AT', 'updatedAt'],
    ['EXPIRES_AT', 'expireAt'],
    ['DISPLAY_NAME', 'displayName'],
    ['STATE', 'state'],
  ] as const;
  const ways = fields.flatMap((field) =>
    (['ASC', 'DESC'] as const).flatMap((direction) =>
      (['forwards', 'backwards'] as const).map((way) => [...field, direction, way] as const),
    ),
  );

  it.each(ways)('by %s (%s) %s %s gives the sorted union', async (field, key, direction, way) => {
    const expected = idsOf(inOrder(storedTokens(world.sandbox), key, direction));
    expect(await walk(world, way, { field, direction }, 16)).toEqual(expected);
  });

  it.each([
    ['CREATED_AT', 'createdAt', 'DESC', 'forwards'],
    ['DISPLAY_NAME', 'displayName', 'DESC', 'backwards'],
  ] as const)('of 5,000 by %s (%s) %s %s gives it, too', async (field, key, direction, way) => {
    const expected = idsOf(inOrder(storedTokens(large.sandbox), key, direction));
    expect(expected.length).toBeGreaterThan(4_000);
    expect(await walk(large, way, { field, direction }, 450)).toEqual(expected);
  });
});
