import { afterEach, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway/gateway.ts';
import { type StubUpstream, startStubUpstream } from '../support/upstream/stub-upstream.ts';
import { emailTest } from './cases/email-cases.ts';

const organizationId = '5f0000000000000000000001';
const email = 'ann@example.com';
const idOf = (index: number): string => `5a${String(index).padStart(22, '0')}`;

/** Other users, newest first, whose addresses contain the requested one. */
const others = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: idOf(index), email: `jo${index}-${email}` }));
const ann = { id: idOf(99_999), email: 'Ann@Example.com', name: 'Ann' };

let api: StubUpstream;
let gateway: Gateway;
/** The first page of a search that the API fails to answer. */
let failsFrom = Number.POSITIVE_INFINITY;

/** Starts a gateway in front of an API with these users; `flags` returns the paging fields of a page. */
const start = async (
  users: readonly { readonly id: string; readonly email: string }[],
  flags: (page: number, limit: number, total: number) => Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string>> = {},
) => {
  api = await startStubUpstream((path, query) => {
    if (!path.endsWith('/mdm/users')) return { status: 404, body: {} };
    const [page, limit] = [Number(query.get('page')), Number(query.get('limit'))];
    if (page >= failsFrom) return { status: 500, body: { status: false, error: { code: 1000 } } };
    const matches = users.filter((user) =>
      user.email.toLowerCase().includes(query.get('email') ?? ''),
    );
    const items = matches.slice((page - 1) * limit, page * limit);
    return { body: { status: true, data: { items, ...flags(page, limit, matches.length) } } };
  });
  gateway = await startGateway(
    { baseUrl: api.baseUrl, organization: organizationId, apiKey: 'key-of-the-test-1' },
    environment,
  );
};

const allFlags = (page: number, limit: number, totalDocs: number) => ({
  page,
  limit,
  totalDocs,
  hasNextPage: page * limit < totalDocs,
});

const ways = {
  mdmUser: async () => {
    const { data, errors } = await gateway.ask(`{ mdmUser(email: "${email}") { name } }`);
    return {
      user: data?.mdmUser ?? null,
      codes: errors.map(({ extensions }) => extensions['code']),
    };
  },
  _entities: async () => {
    const { data, errors } = await gateway.ask(
      'query ($to: [_Any!]!) { _entities(representations: $to) { ... on MdmUser { name } } }',
      { variables: { to: [{ __typename: 'MdmUser', organizationId, email }] } },
    );
    return {
      user: data?._entities[0] ?? null,
      codes: errors.map(({ extensions }) => extensions['code']),
    };
  },
} as const;

/** After a search that failed, other queries still work. */
afterEach(async () => {
  failsFrom = Number.POSITIVE_INFINITY;
  const { errors } = await gateway.ask('{ mdmUsers(first: 1) { nodes { id } } }');
  expect(errors).toEqual([]);
  await gateway.close();
  api.close();
});

describe.each(['mdmUser', '_entities'] as const)('a user by e-mail, through %s', (way) => {
  it.each([
    ['the address on the last page of partial matches', allFlags],
    [
      'the same, if a page has only the number of matches',
      (_page: number, _limit: number, totalDocs: number) => ({ totalDocs }),
    ],
    ['the same, if a page has no information about other pages', () => ({})],
  ] as const)('%s: the user, in three calls', async (_name, flags) => {
    await start([...others(1_100), ann], flags);
    expect(await ways[way]()).toEqual({ user: { name: 'Ann' }, codes: [] });
    expect(api.requests).toHaveLength(3);
  });

  it(emailTest('partial matches only'), async () => {
    await start(others(600), allFlags);
    expect(await ways[way]()).toEqual({ user: null, codes: [] });
    expect(api.requests).toHaveLength(2);
  });

  it(emailTest('a second user with the address, on a later page'), async () => {
    await start([ann, ...others(600), { ...ann, id: idOf(99_998) }], allFlags);
    expect(await ways[way]()).toEqual({ user: null, codes: ['BAD_USER_INPUT'] });
  });

  it(emailTest('more partial matches than fit ten full pages'), async () => {
    await start([...others(200), ann], allFlags, { UPSTREAM_MAX_LIMIT: '10' });
    expect(await ways[way]()).toEqual({ user: null, codes: ['UPSTREAM_UNAVAILABLE'] });
    expect(api.requests).toHaveLength(10);
  });

  it(emailTest('more pages than MAX_UPSTREAM_CALLS allows'), async () => {
    const bound = { UPSTREAM_MAX_LIMIT: '10', MAX_UPSTREAM_CALLS: '4' };
    await start([...others(60), ann], allFlags, bound);
    const { user, codes } = await ways[way]();
    expect(user).toBeNull();
    expect(new Set(codes)).toEqual(new Set(['COST_LIMIT_EXCEEDED']));
    expect(api.requests).toHaveLength(4);
  });

  it(emailTest('a page that fails after others succeeded'), async () => {
    await start([...others(60), ann], allFlags, { UPSTREAM_MAX_LIMIT: '10' });
    failsFrom = 3;
    expect(await ways[way]()).toEqual({ user: null, codes: ['UPSTREAM_UNAVAILABLE'] });
  });

  it(emailTest('a number of matches that decreases from page to page'), async () => {
    let total = 21;
    await start(
      [...others(20), ann],
      (page, limit) => ({ ...allFlags(page, limit, total--), hasNextPage: page < 2 }),
      { UPSTREAM_MAX_LIMIT: '10' },
    );
    expect(await ways[way]()).toEqual({ user: null, codes: ['UPSTREAM_UNAVAILABLE'] });
  });
});
