import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeTypeAndKey } from '../../../src/graphql/global-id.ts';
import { type GraphQLAnswer, startWorld, type World } from '../../support/gateway/gateway.ts';

let world: World;
let organizationId: string;

beforeAll(async () => {
  world = await startWorld({ tokens: 40, oddities: false });
  organizationId = world.sandbox.organizationId;
});
afterAll(() => world.close());
beforeEach(() => world.sandbox.clearRequests());

type Representation = unknown;

const fields = `
  __typename
  ... on MdmUser { id email name organizationId }
  ... on WindowsEnrollmentToken { id sourceId displayName }
  ... on AppleEnrollmentToken { id sourceId displayName }
  ... on WindowsPolicy { id name }
  ... on ApplePolicy { id name }
`;

const resolveEntities = async (
  representations: readonly Representation[],
  options: { authorization?: string | null } = {},
) => {
  const query = `query ($representations: [_Any!]!) {
    _entities(representations: $representations) { ${fields} }
  }`;
  const answer = await world.ask(query, { variables: { representations }, ...options });
  return { ...answer, entities: answer.data?._entities };
};

/** Sorts errors by their position among the entities: their order depends on the lookups. */
const inOrder = (errors: GraphQLAnswer['errors']) =>
  errors.toSorted(({ path: left }, { path: right }) => Number(left?.[1]) - Number(right?.[1]));

const idOf = (typename: string, sourceId: unknown): string =>
  encodeTypeAndKey(typename, `${organizationId}:${String(sourceId)}`);

const tokenId = (platform: 'windows' | 'apple', index = 0): string =>
  idOf(
    platform === 'windows' ? 'WindowsEnrollmentToken' : 'AppleEnrollmentToken',
    world.sandbox.platform(platform).tokens.all()[index]?.id,
  );

const emailOf = (index: number): unknown =>
  world.sandbox.organization.users.all()[index]?.['email'];

const userByEmail = (email: unknown, organization = organizationId): Representation => ({
  __typename: 'MdmUser',
  organizationId: organization,
  email,
});

const operationsAsked = (): (string | null)[] =>
  world.sandbox.requests().map(({ operation }) => operation);

const unknownSourceId = 'ffffffffffffffffffffffff';

describe('the entities of a request', () => {
  it('come in the order of their representations, whatever their types', async () => {
    const user = world.sandbox.organization.users.all()[3];
    const policy = world.sandbox.platform('apple').policies.all()[0];
    const ids = [
      tokenId('apple'),
      idOf('MdmUser', user?.id),
      tokenId('windows'),
      idOf('ApplePolicy', policy?.id),
      tokenId('windows', 1),
    ];
    const typenames = [
      'AppleEnrollmentToken',
      'MdmUser',
      'WindowsEnrollmentToken',
      'ApplePolicy',
      'WindowsEnrollmentToken',
    ];
    const { entities, errors } = await resolveEntities(
      ids.map((id, index) => ({ __typename: typenames[index], id })),
    );
    expect(errors).toEqual([]);
    expect(entities).toMatchObject(ids.map((id, index) => ({ __typename: typenames[index], id })));
  });

  it('are looked up once where a representation comes twice', async () => {
    const representation = { __typename: 'WindowsEnrollmentToken', id: tokenId('windows') };
    const { entities } = await resolveEntities([representation, representation]);
    expect(entities[0]).toEqual(entities[1]);
    expect(operationsAsked()).toEqual(['mdm.windows.enrollmentToken.get']);
  });

  it('are null, each with an error of its own, where their ids are unknown', async () => {
    const { status, entities, errors } = await resolveEntities([
      { __typename: 'MdmUser', id: idOf('MdmUser', unknownSourceId) },
      { __typename: 'AppleEnrollmentToken', id: tokenId('apple') },
      { __typename: 'WindowsEnrollmentToken', id: idOf('WindowsEnrollmentToken', unknownSourceId) },
    ]);
    expect(status).toBe(200);
    expect(entities).toEqual([null, expect.objectContaining({ id: tokenId('apple') }), null]);
    expect(inOrder(errors)).toMatchObject([
      { path: ['_entities', 0], extensions: { code: 'NOT_FOUND' } },
      { path: ['_entities', 2], extensions: { code: 'NOT_FOUND' } },
    ]);
  });

  it('are null with an error of their own where the caller may not read them', async () => {
    const key = world.sandbox.addKey({ permissions: ['mdm.windows.*'] });
    const { status, entities, errors } = await resolveEntities(
      [
        { __typename: 'AppleEnrollmentToken', id: tokenId('apple') },
        { __typename: 'WindowsEnrollmentToken', id: tokenId('windows') },
      ],
      { authorization: `Bearer ${key}` },
    );
    expect(status).toBe(200);
    expect(entities).toEqual([null, expect.objectContaining({ id: tokenId('windows') })]);
    expect(errors).toMatchObject([
      { path: ['_entities', 0], extensions: { code: 'FORBIDDEN', requestId: expect.any(String) } },
    ]);
  });

  it.each([
    ['is of no type here', { __typename: 'Unheard', id: '1' }],
    ['has no type', { id: '1' }],
    ['is a text', 'WindowsEnrollmentToken'],
    ['is a list', [{ __typename: 'MdmUser' }]],
    ['is of a type that another subgraph owns', { __typename: 'MdmDevice', sourceId: '1' }],
    ['is of a type without a key', { __typename: 'MdmSource', id: '1' }],
    ['lacks the key', { __typename: 'MdmUser' }],
    ['holds half of a key', { __typename: 'MdmUser', email: 'ana@example.com' }],
    ['has a key of another kind', { __typename: 'MdmUser', id: 7 }],
    ['has an id that nobody made', { __typename: 'WindowsEnrollmentToken', id: 'junk' }],
    ['names a thing that is inherited by every object', { __typename: 'constructor', id: '1' }],
  ])('resolve beside a representation that %s', async (_what, wrong) => {
    const right = { __typename: 'WindowsEnrollmentToken', id: tokenId('windows') };
    const { status, entities, errors } = await resolveEntities([right, wrong, right]);
    expect(status).toBe(200);
    expect(entities).toEqual([
      expect.objectContaining({ id: right.id }),
      null,
      expect.objectContaining({ id: right.id }),
    ]);
    expect(errors).toMatchObject([
      { path: ['_entities', 1], extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  });

  it.each([
    [{ __typename: 'Unheard', id: '1' }, '1 has a __typename that is not an entity'],
    [{ __typename: 'WindowsEnrollmentToken' }, '1 needs an id of this gateway, as a text.'],
    [
      { __typename: 'WindowsEnrollmentToken', organizationId: 'acme', email: 'ana@example.com' },
      '1 needs an id of this gateway, as a text.',
    ],
    [{ __typename: 'MdmUser' }, '1 needs an id of this gateway, or organizationId and email'],
    [{ __typename: 'MdmUser', id: '' }, '1 needs an id of this gateway, or organizationId'],
    [{ __typename: 'MdmUser', id: 'junk' }, '1.id'],
  ])('name a representation that cannot be read, and what it needs: %j', async (wrong, message) => {
    const right = { __typename: 'WindowsEnrollmentToken', id: tokenId('windows') };
    const { errors } = await resolveEntities([right, wrong]);
    expect(errors.map((error) => error.message)).toEqual([
      expect.stringContaining(`representations.${message}`),
    ]);
  });

  it('are none for none', async () => {
    const { entities, errors } = await resolveEntities([]);
    expect({ entities, errors }).toEqual({ entities: [], errors: [] });
    expect(operationsAsked()).toEqual([]);
  });

  it('need a credential, and say so for each', async () => {
    const { status, errors } = await resolveEntities(
      [{ __typename: 'WindowsEnrollmentToken', id: tokenId('windows') }],
      { authorization: null },
    );
    expect(status).toBe(401);
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });
});

describe('a representation of an interface', () => {
  it('answers with the concrete type of a token', async () => {
    const ids = [tokenId('apple'), tokenId('windows')];
    const { entities, errors } = await resolveEntities(
      ids.map((id) => ({ __typename: 'EnrollmentToken', id })),
    );
    expect(errors).toEqual([]);
    expect(entities).toMatchObject([
      { __typename: 'AppleEnrollmentToken', id: ids[0] },
      { __typename: 'WindowsEnrollmentToken', id: ids[1] },
    ]);
  });

  it('answers with the concrete type of a policy', async () => {
    const id = idOf('WindowsPolicy', world.sandbox.platform('windows').policies.all()[0]?.id);
    const { entities, errors } = await resolveEntities([{ __typename: 'MdmPolicy', id }]);
    expect(errors).toEqual([]);
    expect(entities).toMatchObject([{ __typename: 'WindowsPolicy', id, name: expect.anything() }]);
  });

  it('is null with an error of its own where it is unknown, and no type is looked for', async () => {
    const { entities, errors } = await resolveEntities([
      { __typename: 'EnrollmentToken', id: idOf('AppleEnrollmentToken', unknownSourceId) },
      { __typename: 'MdmPolicy', id: idOf('WindowsPolicy', unknownSourceId) },
    ]);
    expect(entities).toEqual([null, null]);
    expect(inOrder(errors)).toMatchObject([
      { path: ['_entities', 0], extensions: { code: 'NOT_FOUND' } },
      { path: ['_entities', 1], extensions: { code: 'NOT_FOUND' } },
    ]);
  });

  it('is refused with the id of something else', async () => {
    const { entities, errors } = await resolveEntities([
      { __typename: 'EnrollmentToken', id: idOf('MdmUser', unknownSourceId) },
      { __typename: 'AppleEnrollmentToken', id: tokenId('windows') },
    ]);
    expect(entities).toEqual([null, null]);
    expect(errors.map(({ extensions }) => extensions['code'])).toEqual([
      'BAD_USER_INPUT',
      'BAD_USER_INPUT',
    ]);
    expect(operationsAsked()).toEqual([]);
  });
});

describe('a user by organization and e-mail address', () => {
  it('is the user by id', async () => {
    const user = world.sandbox.organization.users.all()[5];
    const { entities, errors } = await resolveEntities([
      userByEmail(user?.['email']),
      { __typename: 'MdmUser', id: idOf('MdmUser', user?.id) },
    ]);
    expect(errors).toEqual([]);
    expect(entities[0]).toEqual(entities[1]);
    expect(entities[0]).toMatchObject({ email: user?.['email'], organizationId });
  });

  it('is found whatever the case and the spaces around the address', async () => {
    const email = String(emailOf(6));
    const { entities } = await resolveEntities([userByEmail(` ${email.toUpperCase()} `)]);
    expect(entities).toMatchObject([{ email }]);
  });

  it('is found whatever the spaces, and refused only if the address in them is too long', async () => {
    const spaced = `${' '.repeat(128)}${String(emailOf(6))}${' '.repeat(128)}`;
    const { entities, errors } = await resolveEntities([
      userByEmail(spaced),
      userByEmail(`${'x'.repeat(116)}@example.com`),
      userByEmail(`${'x'.repeat(117)}@example.com`),
    ]);
    expect(entities).toEqual([expect.objectContaining({ email: emailOf(6) }), null, null]);
    expect(errors).toMatchObject([{ path: ['_entities', 2] }]);
  });

  it('is null without an error where nobody has the address', async () => {
    const { entities, errors } = await resolveEntities([
      userByEmail('nobody.at.all@example.com'),
      userByEmail(emailOf(9)),
    ]);
    expect(entities).toEqual([null, expect.objectContaining({ email: emailOf(9) })]);
    expect(errors).toEqual([]);
  });

  it('is found by the slug of the organization, and answers its id', async () => {
    const { entities, errors } = await resolveEntities([
      userByEmail(emailOf(7), world.sandbox.organizationSlug),
    ]);
    expect(errors).toEqual([]);
    expect(entities).toMatchObject([{ email: emailOf(7), organizationId }]);
  });

  it('is null with an error where the caller sees no such organization', async () => {
    const { entities, errors } = await resolveEntities([
      userByEmail(emailOf(8), 'somebody-else'),
      userByEmail(emailOf(8), 'no/organization'),
      userByEmail(emailOf(8)),
    ]);
    expect(entities).toEqual([null, null, expect.objectContaining({ email: emailOf(8) })]);
    expect(inOrder(errors)).toMatchObject([
      { path: ['_entities', 0], extensions: { code: 'NOT_FOUND' } },
      { path: ['_entities', 1], extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  });

  it('costs, fifty times, what fifty users by id cost: one page of the list', async () => {
    const fresh = await startWorld({ tokens: 0, oddities: false }, { LOOKUP_TTL_MS: '0' });
    try {
      const users = fresh.sandbox.organization.users.all().slice(0, 50);
      const query = `query ($representations: [_Any!]!) {
        _entities(representations: $representations) { ... on MdmUser { name } }
      }`;
      const costOf = async (representations: readonly Representation[]) => {
        fresh.sandbox.clearRequests();
        const { data } = await fresh.ask(query, { variables: { representations } });
        expect(data._entities).toEqual(users.map(({ name }) => ({ name })));
        return fresh.calls();
      };
      const byEmail = await costOf(
        users.map(({ email }) => userByEmail(email, fresh.sandbox.organizationId)),
      );
      const byId = await costOf(
        users.map(({ id }) => ({
          __typename: 'MdmUser',
          id: encodeTypeAndKey('MdmUser', `${fresh.sandbox.organizationId}:${id}`),
        })),
      );
      expect(byEmail).toEqual(byId);
      expect(byEmail).toHaveLength(1);
    } finally {
      await fresh.close();
    }
  });

  it('costs one call more where the organization is a slug', async () => {
    const fresh = await startWorld({ tokens: 0, users: 60, oddities: false });
    try {
      const { organizationSlug, organization } = fresh.sandbox;
      const emails = organization.users
        .all()
        .slice(0, 50)
        .map((user) => user['email']);
      const { data } = await fresh.ask(
        `query ($representations: [_Any!]!) {
          _entities(representations: $representations) { ... on MdmUser { email } }
        }`,
        {
          variables: {
            representations: emails.map((email) => userByEmail(email, organizationSlug)),
          },
        },
      );
      expect(data._entities).toEqual(emails.map((email) => ({ email })));
      expect(fresh.sandbox.requests().map(({ template }) => template)).toHaveLength(2);
    } finally {
      await fresh.close();
    }
  });
});
