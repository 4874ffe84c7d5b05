import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Document } from '../../../src/sandbox/json.ts';
import { startWorld, type World } from '../../support/gateway/gateway.ts';
import type { Loose } from '../../support/loose.ts';
import {
  idsOf,
  inOrder,
  type StoredToken,
  storedTokens,
} from '../../support/upstream/stored-tokens.ts';
import { takeOperations, takeRequests, tokenLists } from '../../support/upstream/upstream-calls.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld(
    { tokens: 600, users: 40, policies: 10 },
    { MAX_PAGE_SIZE: '1000', LOOKUP_TTL_MS: '0' },
  );
});
beforeEach(() => world.sandbox.clearRequests());
afterAll(() => world.close());

type Filter = Readonly<Record<string, unknown>>;

const tokensWith = (filter: Filter) =>
  world.ask(
    `query ($filter: EnrollmentTokenFilter) {
      enrollmentTokens(first: 600, filter: $filter) {
        nodes { sourceId } totalCount pageInfo { hasNextPage }
      }
    }`,
    { variables: { filter } },
  );

const sourceIds = (connection: Loose): string[] =>
  connection.nodes.map(({ sourceId }: { sourceId: string }) => sourceId);

/** The ids of the stored tokens that pass a test, in the list's order. */
const stored = (holds: (token: StoredToken) => boolean, includeDeleted = false) =>
  idsOf(inOrder(storedTokens(world.sandbox, includeDeleted).filter(holds)));

const textOf = (document: Document, field: string): string => String(document[field] ?? '');
const timeOf = (document: Document, field: string): number =>
  Date.parse(textOf(document, field).replace(/\s/g, ''));
const userOf = ({ document }: StoredToken): Loose => document['mdmUser'];
const tagsOf = ({ document }: StoredToken): Loose => document['tags'] ?? [];

/** The global id of a user or policy, as clients receive it. */
const globalId = (
  typename: string,
  sourceId: string,
  organization = world.sandbox.organizationId,
) => Buffer.from(`${typename}:${organization}:${sourceId}`).toString('base64url');

const someUser = () => world.sandbox.organization.users.all()[0]?.id ?? '';
const somePolicy = (platform: 'apple' | 'windows') =>
  world.sandbox.platform(platform).policies.all()[2]?.id ?? '';

describe('filters that the API has', () => {
  it('userId asks both platforms for the tokens of that user', async () => {
    const userId = globalId('MdmUser', someUser());
    const { data } = await tokensWith({ userId });
    const expected = stored((token) => userOf(token)?.id === someUser());
    expect(expected.length).toBeGreaterThan(5);
    expect(sourceIds(data.enrollmentTokens)).toEqual(expected);
    expect(data.enrollmentTokens.totalCount).toBe(expected.length);
    const requests = takeRequests(world.sandbox);
    expect(requests.map(({ operation }) => operation).sort()).toEqual(tokenLists);
    expect(requests.every(({ query }) => query['mdm-user'] === someUser())).toBe(true);
  });

  it('policyId asks the policy’s platform only', async () => {
    const { data } = await tokensWith({ policyId: globalId('ApplePolicy', somePolicy('apple')) });
    const expected = stored(({ platform, document }) => {
      const assignments: Loose = document['admPolicyAssignments'];
      const legacy: Loose = document['admPolicy'];
      return (
        platform === 'APPLE' &&
        (assignments.some((one: Loose) => one.admPolicyId === somePolicy('apple')) ||
          (legacy?.id ?? legacy) === somePolicy('apple'))
      );
    });
    expect(expected.length).toBeGreaterThan(5);
    expect(sourceIds(data.enrollmentTokens)).toEqual(expected);
    const [request, ...rest] = takeRequests(world.sandbox);
    expect(request?.operation).toBe('mdm.apple.enrollmentToken.list');
    expect(request?.query['adm-policy']).toBe(somePolicy('apple'));
    expect(rest).toEqual([]);
  });

  it('revoked tokens are left out unless asked for', async () => {
    const { data: live } = await tokensWith({});
    expect(sourceIds(live.enrollmentTokens)).toEqual(stored(() => true));
    const { data: all } = await tokensWith({ includeDeleted: true });
    expect(sourceIds(all.enrollmentTokens)).toEqual(stored(() => true, true));
    expect(all.enrollmentTokens.totalCount).toBe(600);
  });

  it('show-deleted is sent only where it is true', async () => {
    await tokensWith({});
    expect(takeRequests(world.sandbox).some(({ query }) => 'show-deleted' in query)).toBe(false);
    await tokensWith({ includeDeleted: true });
    expect(takeRequests(world.sandbox).map(({ query }) => query['show-deleted'])).toEqual([
      'true',
      'true',
    ]);
  });
});

describe('filters that the gateway applies while scanning', () => {
  const now = Date.now();
  const ago = (days: number) => new Date(now - days * 86_400_000).toISOString();
  const isAfter = (document: Document, field: string, time: string) =>
    timeOf(document, field) > Date.parse(time);
  const isBefore = (document: Document, field: string, time: string) =>
    timeOf(document, field) < Date.parse(time);

  const cases: readonly [string, Filter, (token: StoredToken) => boolean][] = [
    ['states', { states: ['PENDING'] }, ({ document }) => document['state'] === 'PENDING'],
    [
      'several states',
      { states: ['DONE', 'EXPIRED'] },
      ({ document }) => ['DONE', 'EXPIRED'].includes(textOf(document, 'state')),
    ],
    [
      'anyTag',
      { anyTag: ['remote', 'Sales'] },
      (token) => tagsOf(token).some((tag: string) => ['remote', 'Sales'].includes(tag)),
    ],
    [
      'createdAfter',
      { createdAfter: ago(30) },
      ({ document }) => isAfter(document, 'createdAt', ago(30)),
    ],
    [
      'createdAfter with createdBefore',
      { createdAfter: ago(200), createdBefore: ago(20) },
      ({ document }) =>
        isAfter(document, 'createdAt', ago(200)) && isBefore(document, 'createdAt', ago(20)),
    ],
    [
      'states with a tag and a text',
      { states: ['PENDING', 'DONE'], anyTag: ['remote', 'Sales'], search: 'example.com' },
      (token) =>
        ['PENDING', 'DONE'].includes(textOf(token.document, 'state')) &&
        tagsOf(token).some((tag: string) => ['remote', 'Sales'].includes(tag)) &&
        JSON.stringify([userOf(token)?.email, tagsOf(token), token.document['displayName']])
          .toLowerCase()
          .includes('example.com'),
    ],
    [
      'states with platforms and a date',
      { states: ['DONE'], platforms: ['WINDOWS'], createdBefore: ago(100) },
      ({ platform, document }) =>
        platform === 'WINDOWS' &&
        document['state'] === 'DONE' &&
        isBefore(document, 'createdAt', ago(100)),
    ],
  ];

  it.each(cases)('%s', async (_name, filter, holds) => {
    const { data, errors } = await tokensWith(filter);
    expect(errors).toEqual([]);
    const expected = stored(holds);
    expect(expected.length).toBeGreaterThan(3);
    expect(sourceIds(data.enrollmentTokens)).toEqual(expected);
    expect(data.enrollmentTokens.pageInfo.hasNextPage).toBe(false);
  });

  it('states that name DELETED bring revoked tokens', async () => {
    const { data } = await tokensWith({ states: ['DELETED'] });
    const expected = stored(({ document }) => document['state'] === 'DELETED', true);
    expect(expected.length).toBeGreaterThan(3);
    expect(sourceIds(data.enrollmentTokens)).toEqual(expected);
  });

  it('tokens in a state that the gateway does not know are UNRECOGNIZED', async () => {
    const id = world.sandbox.addToken('windows', { state: 'ARCHIVED' }).id;
    const { data } = await tokensWith({ states: ['UNRECOGNIZED'] });
    expect(sourceIds(data.enrollmentTokens)).toContain(id);
    world.sandbox.platform('windows').tokens.remove(id);
  });

  /** The time when a token expires, from its own fields; NaN if it never expires. */
  const expiryOf = ({ document: { expireAt, summary } }: StoredToken): number =>
    Date.parse(String(expireAt ?? (summary as Loose)?.expirationTimestamp).replace(/\s/g, ''));
  const isInSummaryOnly = (token: StoredToken) =>
    token.document['expireAt'] == null && !Number.isNaN(expiryOf(token));

  it.each<[string, (token: StoredToken) => boolean]>([
    ['expiresAfter', (token) => expiryOf(token) > now],
    ['expiresBefore', (token) => expiryOf(token) < now],
  ])('%s goes by the expiry that a token shows, wherever the API tells it', async (bound, holds) => {
    const { data, errors } = await tokensWith({ [bound]: new Date(now).toISOString() });
    expect(errors).toEqual([]);
    const expected = stored(holds);
    expect(stored((token) => holds(token) && isInSummaryOnly(token))).not.toEqual([]);
    expect(stored((token) => Number.isNaN(expiryOf(token)))).not.toEqual([]);
    expect(sourceIds(data.enrollmentTokens)).toEqual(expected);
  });

  it('a token that is shown as good until 2027 is found by expiresAfter 2026, and is usable', async () => {
    const expiry = `${new Date(now).getUTCFullYear() + 1}-06-01T00:00:00.000Z`;
    const { id } = world.sandbox.addToken('apple', {
      state: 'PENDING',
      expireAt: null,
      summary: { expirationTimestamp: expiry },
    });
    const { data } = await world.ask(
      `query ($filter: EnrollmentTokenFilter) {
        enrollmentTokens(first: 600, filter: $filter) { nodes { sourceId expiresAt isUsable } }
      }`,
      { variables: { filter: { expiresAfter: new Date(now + 86_400_000 * 60).toISOString() } } },
    );
    expect(data.enrollmentTokens.nodes).toContainEqual({
      sourceId: id,
      expiresAt: expiry,
      isUsable: true,
    });
    world.sandbox.platform('apple').tokens.remove(id);
  });

  describe.each(['ASC', 'DESC'])('in the order EXPIRES_AT, %s', (direction) => {
    it.each<[string, (expiry: number) => boolean]>([
      ['expiresAfter', (expiry) => expiry > now],
      ['expiresBefore', (expiry) => expiry < now],
    ])('%s leaves out what never expires', async (bound, holds) => {
      const { data, errors } = await world.ask(
        `query ($filter: EnrollmentTokenFilter, $direction: MdmOrderDirection!) {
          enrollmentTokens(
            first: 600, filter: $filter, orderBy: { field: EXPIRES_AT, direction: $direction }
          ) { nodes { sourceId expiresAt } pageInfo { hasNextPage hasPreviousPage } }
        }`,
        { variables: { filter: { [bound]: new Date(now).toISOString() }, direction } },
      );
      expect(errors).toEqual([]);
      const keyed = stored((token) => holds(expiryOf(token)) && !isInSummaryOnly(token));
      expect(keyed.length).toBeGreaterThan(3);
      expect(sourceIds(data.enrollmentTokens).toSorted()).toEqual(keyed.toSorted());
      expect(data.enrollmentTokens.nodes).not.toContainEqual(
        expect.objectContaining({ expiresAt: null }),
      );
      expect(data.enrollmentTokens.pageInfo.hasNextPage).toBe(false);
    });
  });

  describe.each<[field: string, bounds: string, order: string]>([
    ['createdAt', 'created', 'CREATED_AT'],
    ['createdAt', 'created', 'EXPIRES_AT'],
    ['expireAt', 'expires', 'CREATED_AT'],
    ['expireAt', 'expires', 'EXPIRES_AT'],
  ])('%s, filtered in the order of another field or its own', (field, bounds, order) => {
    const time = '2031-05-06T07:08:09.010Z';
    const [before, after] = ['2031-05-06T07:08:09.009Z', '2031-05-06T07:08:09.011Z'];

    it.each<[string, Filter, boolean]>([
      ['later than a millisecond before', { [`${bounds}After`]: before }, true],
      ['later than itself', { [`${bounds}After`]: time }, false],
      ['earlier than itself', { [`${bounds}Before`]: time }, false],
      ['earlier than a millisecond after', { [`${bounds}Before`]: after }, true],
      ['between both', { [`${bounds}After`]: before, [`${bounds}Before`]: after }, true],
    ])(`is %s in the order ${order}`, async (_how, filter, isFound) => {
      const { id } = world.sandbox.addToken('windows', { [field]: time });
      const { data, errors } = await world.ask(
        `query ($filter: EnrollmentTokenFilter) {
          enrollmentTokens(first: 600, filter: $filter, orderBy: { field: ${order} }) {
            nodes { sourceId }
          }
        }`,
        { variables: { filter } },
      );
      world.sandbox.platform('windows').tokens.remove(id);
      expect(errors).toEqual([]);
      expect(sourceIds(data.enrollmentTokens).includes(id)).toBe(isFound);
    });
  });

  it.each<[string, Record<string, unknown>, string, boolean]>([
    ['the name alone', { displayName: 'Needle-1' }, 'needle-1', true],
    [
      'the address of the user alone',
      { mdmUser: { id: '5e', email: 'needle-2@x' } },
      'NEEDLE-2',
      true,
    ],
    ['the code alone', { enrollCode: 'NEEDLE-3' }, 'needle-3', true],
    ['the last of its tags alone', { tags: ['one', 'two', 'Needle-4'] }, 'needle-4', true],
    ['its link', { enrollmentLink: 'https://mdm.example.com/needle-5' }, 'needle-5', false],
    ['its text for the e-mail', { emailText: 'needle-6' }, 'needle-6', false],
    ['two fields that stand together', { displayName: 'needle', tags: ['-7'] }, 'needle-7', false],
    [
      'a text within which only its name stands',
      { displayName: 'Needle-8' },
      'needle-8 and more',
      false,
    ],
  ])('search by %s finds a token or not', async (_name, fields, search, isFound) => {
    const { id } = world.sandbox.addToken('windows', {
      ...{ displayName: null, tags: [], mdmUser: null, enrollCode: null },
      ...(fields as Loose),
    });
    const { data, errors } = await tokensWith({ search });
    world.sandbox.platform('windows').tokens.remove(id);
    expect(errors).toEqual([]);
    expect(sourceIds(data.enrollmentTokens)).toEqual(isFound ? [id] : []);
  });

  it('in the order EXPIRES_AT the key of the list is searched, which tokens with a summary alone lack', async () => {
    const { data, errors } = await world.ask(
      `query ($filter: EnrollmentTokenFilter) {
        enrollmentTokens(
          first: 600, filter: $filter, orderBy: { field: EXPIRES_AT, direction: ASC }
        ) { nodes { sourceId } }
      }`,
      { variables: { filter: { expiresBefore: new Date(now).toISOString() } } },
    );
    expect(errors).toEqual([]);
    const keyed = stored((token) => expiryOf(token) < now && !isInSummaryOnly(token));
    expect(sourceIds(data.enrollmentTokens).toSorted()).toEqual(keyed.toSorted());
  });

  it.each([
    ['display name', ({ document }: StoredToken) => textOf(document, 'displayName').slice(0, 12)],
    ['e-mail address', (token: StoredToken) => userOf(token).email],
    ['enrollment code', ({ document }: StoredToken) => textOf(document, 'enrollCode')],
    ['tag', (token: StoredToken) => tagsOf(token)[0]],
  ])('search finds a part of the %s, whatever its case', async (_name, pick) => {
    const [newest] = inOrder(storedTokens(world.sandbox));
    if (newest === undefined) throw new Error('There is no token.');
    const text: string = pick(newest);
    const needle = text.slice(1).toUpperCase();
    const { data } = await tokensWith({ search: ` ${needle} ` });
    const expected = stored((token) =>
      [
        textOf(token.document, 'displayName'),
        String(userOf(token)?.email),
        textOf(token.document, 'enrollCode'),
        ...tagsOf(token),
      ].some((candidate) => candidate.toUpperCase().includes(needle)),
    );
    expect(sourceIds(data.enrollmentTokens)).toEqual(expected);
    expect(expected).toContain(newest.document.id);
  });

  it('an empty search is none', async () => {
    const { data } = await tokensWith({ search: '  ' });
    expect(data.enrollmentTokens.totalCount).toBe(stored(() => true).length);
  });

  it('totalCount is null, as only a scan of everything could tell', async () => {
    const { data } = await tokensWith({ states: ['PENDING'] });
    expect(data.enrollmentTokens.totalCount).toBeNull();
  });
});

describe('filters that nothing can match', () => {
  const empty = { nodes: [], pageInfo: { hasNextPage: false } };

  it.each<[string, () => Filter]>([
    ['no platform', () => ({ platforms: [] })],
    ['no state', () => ({ states: [] })],
    ['no tag', () => ({ anyTag: [] })],
    [
      'dates that cross',
      () => ({ createdAfter: '2026-02-01T00:00:00Z', createdBefore: '2026-01-01T00:00:00Z' }),
    ],
    [
      'dates between which there is nothing',
      () => ({ expiresAfter: '2026-02-01T00:00:00Z', expiresBefore: '2026-02-01T00:00:00Z' }),
    ],
    [
      'a policy of another platform',
      () => ({ policyId: globalId('ApplePolicy', somePolicy('apple')), platforms: ['WINDOWS'] }),
    ],
  ])('%s is an empty page without a call', async (_name, filter) => {
    const { data, errors } = await tokensWith(filter());
    expect(errors).toEqual([]);
    expect(data.enrollmentTokens).toMatchObject(empty);
    expect(takeOperations(world.sandbox)).toEqual([]);
  });

  it.each<[string, string, () => Filter]>([
    ['user', 'another user', () => ({ userId: globalId('MdmUser', '5e0000000000000000000009') })],
    [
      'policy',
      'another policy',
      () => ({ policyId: globalId('WindowsPolicy', '5e0000000000000000000009') }),
    ],
    ['policy', 'another platform', () => ({ platforms: ['APPLE'] })],
    [
      'policy',
      'another platform’s policy',
      () => ({ policyId: globalId('ApplePolicy', somePolicy('apple')) }),
    ],
  ])('the tokens of a %s, filtered by %s, are none without a call', async (owner, _of, filter) => {
    const id =
      owner === 'user'
        ? globalId('MdmUser', someUser())
        : globalId('WindowsPolicy', somePolicy('windows'));
    const tokens =
      'enrollmentTokens(filter: $filter) { nodes { sourceId } pageInfo { hasNextPage } }';
    const { data, errors } = await world.ask(
      `query ($id: ID!, $filter: EnrollmentTokenFilter) {
        node(id: $id) { ... on MdmUser { ${tokens} } ... on WindowsPolicy { ${tokens} } }
      }`,
      { variables: { id, filter: filter() } },
    );
    expect(errors).toEqual([]);
    expect(data.node.enrollmentTokens).toMatchObject(empty);
    expect(takeOperations(world.sandbox)).toHaveLength(1);
  });

  it('filters that repeat what the connection hangs on change nothing', async () => {
    const userId = globalId('MdmUser', someUser());
    const { data } = await world.ask(
      `query ($userId: ID!) {
        node(id: $userId) { ... on MdmUser {
          all: enrollmentTokens(first: 100) { nodes { sourceId } }
          same: enrollmentTokens(first: 100, filter: { userId: $userId }) { nodes { sourceId } }
        } }
      }`,
      { variables: { userId } },
    );
    expect(data.node.same).toEqual(data.node.all);
    expect(data.node.all.nodes.length).toBeGreaterThan(5);
  });
});

describe('ids in filters', () => {
  const otherOrganization = '5f00000000000000000000ff';

  it.each<[string, () => Filter, string[], RegExp]>([
    [
      'a user id that is none',
      () => ({ userId: 'nonsense' }),
      ['userId'],
      /not an id of this gateway/,
    ],
    [
      'an id of the API with a blank',
      () => ({ userId: ` ${someUser()}` }),
      ['userId'],
      /not an id of this gateway.* exactly 24 hexadecimal digits/,
    ],
    ['an empty policy id', () => ({ policyId: '' }), ['policyId'], /not an id of this gateway/],
    [
      'a policy id for a user',
      () => ({ userId: globalId('ApplePolicy', somePolicy('apple')) }),
      ['userId'],
      /an MdmPolicy \(ApplePolicy\); an MdmUser id is needed/,
    ],
    [
      'a user id for a policy',
      () => ({ policyId: globalId('MdmUser', someUser()) }),
      ['policyId'],
      /is the id of an MdmUser; an MdmPolicy id is needed/,
    ],
    [
      'an id of a type that is not served',
      () => ({ userId: globalId('Employee', someUser()) }),
      ['userId'],
      /a type that this gateway does not serve/,
    ],
    [
      'a user of another organization',
      () => ({ userId: globalId('MdmUser', someUser(), otherOrganization) }),
      ['userId'],
      /belongs to another organization/,
    ],
    [
      'a policy of another organization',
      () => ({ policyId: globalId('ApplePolicy', somePolicy('apple'), otherOrganization) }),
      ['policyId'],
      /belongs to another organization/,
    ],
    [
      'both at once',
      () => ({ userId: 'nonsense', policyId: 'nonsense' }),
      ['userId', 'policyId'],
      /filter\.userId .* filter\.policyId/,
    ],
  ])('%s is BAD_USER_INPUT naming the path, without a call', async (_name, filter, names, message) => {
    const { data, errors } = await tokensWith(filter());
    expect(data).toBeNull();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({
      message: expect.stringMatching(message),
      path: ['enrollmentTokens'],
      extensions: { code: 'BAD_USER_INPUT' },
    });
    const faults: Loose = errors[0]?.extensions['faults'];
    expect(faults.map(({ path }: Loose) => path)).toEqual(names.map((name) => ['filter', name]));
    expect(takeOperations(world.sandbox)).toEqual([]);
  });

  it('accept an organization in either case of its digits', async () => {
    const upper = world.sandbox.organizationId.toUpperCase();
    const { errors } = await world.ask(
      `query ($org: ID!, $userId: ID!) {
        enrollmentTokens(organizationId: $org, filter: { userId: $userId }) { totalCount }
      }`,
      { variables: { org: upper, userId: globalId('MdmUser', someUser()) } },
    );
    expect(errors).toEqual([]);
  });
});
