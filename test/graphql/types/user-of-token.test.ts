import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../../src/sandbox/faults.ts';
import {
  type Gateway,
  startGateway,
  startWorld,
  type World,
} from '../../support/gateway/gateway.ts';
import type { Loose } from '../../support/loose.ts';

let world: World;
/** Tokens of this world embed no address of their user. */
let bare: World;
/** Each test has a gateway of its own, because failures open circuit breakers. */
let gateway: Gateway;

const start = (of: World, environment: Readonly<Record<string, string>> = {}) =>
  startGateway(
    {
      baseUrl: of.baseUrl,
      organization: of.sandbox.organizationId,
      apiKey: of.sandbox.apiKey,
    },
    { LOOKUP_TTL_MS: '0', UPSTREAM_TIMEOUT_MS: '500', ...environment },
  );

beforeAll(async () => {
  const options = { tokens: 60, users: 12, policies: 6, oddities: false };
  world = await startWorld(options);
  bare = await startWorld({ ...options, embeds: 'none' });
});
beforeEach(async () => {
  gateway = await start(world);
});
afterEach(async () => {
  await gateway.close();
  world.sandbox.faults.clear();
  bare.sandbox.faults.clear();
});
afterAll(async () => {
  await world.close();
  await bare.close();
});

const userFields =
  'id sourceId organizationId email name language tags managedAppleId createdAt updatedAt';
const list = `{ enrollmentTokens(first: 5) { nodes { sourceId user { ${userFields} } } } }`;
const fieldsOfLookup = ['name', 'language', 'tags', 'managedAppleId', 'createdAt', 'updatedAt'];

const usersOf = (data: Loose): Loose[] =>
  data.enrollmentTokens.nodes.map(({ user }: Loose) => user).filter((user: Loose) => user !== null);

/** What the stored tokens say about the users of a page. */
const embeddedIn = (of: World, data: Loose): Loose[] =>
  data.enrollmentTokens.nodes.flatMap(({ sourceId }: Loose) => {
    const stored = ['apple', 'windows']
      .map((key) => of.sandbox.platform(key).tokens.get(sourceId))
      .find((token) => token !== undefined);
    const user: Loose = stored?.['mdmUser'];
    return user?.id === undefined ? [] : [user];
  });

const knownOf = (of: World, user: Loose) => ({
  id: Buffer.from(`MdmUser:${of.sandbox.organizationId}:${user.id}`).toString('base64url'),
  sourceId: user.id,
  organizationId: of.sandbox.organizationId,
  email: user.email ?? null,
});
const unknown = Object.fromEntries(fieldsOfLookup.map((name) => [name, null]));

describe('the user of a token', () => {
  it.each<[string, Fault]>([
    ['does not exist', { kind: 'status', status: 404, code: 3001 }],
    ['may not be read', { kind: 'forbidden' }],
  ])('that %s keeps what the token embeds, without an error, and is logged once', async (_why, fault) => {
    world.sandbox.faults.add({ ...fault, match: { operation: '*.mdmUser.*' } });
    const { data, errors } = await gateway.ask(list);
    expect(errors).toEqual([]);
    const embedded = embeddedIn(world, data);
    expect(embedded.length).toBeGreaterThan(2);
    expect(usersOf(data)).toEqual(
      embedded.map((user) => ({ ...knownOf(world, user), ...unknown })),
    );
    const lines = gateway.logged().filter(({ msg }) => msg === 'a lookup found nothing to show');
    expect(lines).toHaveLength(1);
  });

  it.each<[string, Fault, string]>([
    ['fails', { kind: 'status', status: 500 }, 'UPSTREAM_UNAVAILABLE'],
    ['is not answered', { kind: 'silence' }, 'UPSTREAM_TIMEOUT'],
    ['is refused for now', { kind: 'status', status: 429, retryAfterSeconds: 90 }, 'RATE_LIMITED'],
    ['is not in the plan', { kind: 'plan' }, 'FORBIDDEN'],
    ['is answered with nonsense', { kind: 'html' }, 'UPSTREAM_INVALID_RESPONSE'],
  ])('whose lookup %s keeps what the token embeds; each other field has an error at its path', async (_why, fault, code) => {
    world.sandbox.faults.add({ ...fault, match: { operation: '*.mdmUser.*' } });
    const { status, data, errors } = await gateway.ask(list);
    expect(status).toBe(200);
    const embedded = embeddedIn(world, data);
    expect(usersOf(data)).toEqual(
      embedded.map((user) => ({ ...knownOf(world, user), ...unknown })),
    );
    const expected = data.enrollmentTokens.nodes.flatMap(({ user }: Loose, index: number) =>
      user === null
        ? []
        : fieldsOfLookup.map((name) => `enrollmentTokens.nodes.${index}.user.${name}`),
    );
    expect(expected.length).toBeGreaterThan(10);
    expect(errors.map(({ path }) => path?.join('.')).toSorted()).toEqual(expected.toSorted());
    for (const { extensions } of errors) expect(extensions['code']).toBe(code);
  });

  it('has errors only for the fields that are selected, by their aliases', async () => {
    world.sandbox.faults.add({ kind: 'status', status: 500, match: { operation: '*.mdmUser.*' } });
    const { data, errors } = await gateway.ask(
      '{ enrollmentTokens(first: 1) { nodes { user { id called: name mail: email } } } }',
    );
    expect(data.enrollmentTokens.nodes[0].user).toMatchObject({ called: null });
    expect(data.enrollmentTokens.nodes[0].user.mail).toContain('@');
    expect(errors.map(({ path }) => path)).toEqual([
      ['enrollmentTokens', 'nodes', 0, 'user', 'called'],
    ]);
  });

  it('that the token embeds by its id only has no address, which is an error if the lookup failed', async () => {
    await gateway.close();
    gateway = await start(bare);
    bare.sandbox.faults.add({ kind: 'forbidden', match: { operation: '*.mdmUser.*' } });
    const query =
      '{ enrollmentTokens(first: 1) { nodes { sourceId user { id sourceId email } } } }';
    const missing = await gateway.ask(query);
    expect(missing.errors).toEqual([]);
    expect(usersOf(missing.data)).toEqual(
      embeddedIn(bare, missing.data).map((user) => ({
        id: knownOf(bare, user).id,
        sourceId: user.id,
        email: null,
      })),
    );

    bare.sandbox.faults.clear();
    bare.sandbox.faults.add({ kind: 'status', status: 500, match: { operation: '*.mdmUser.*' } });
    const failed = await gateway.ask(query);
    expect(failed.data).toEqual(missing.data);
    expect(failed.errors).toMatchObject([
      { path: ['enrollmentTokens', 'nodes', 0, 'user', 'email'] },
    ]);
  });

  it('still has its tokens', async () => {
    const query = (fields: string) =>
      `{ enrollmentTokens(first: 1) { nodes { user { ${fields} enrollmentTokens { totalCount nodes { id } } } } } }`;
    const { data: expected } = await gateway.ask(query('id'));
    world.sandbox.faults.add({ kind: 'status', status: 500, match: { operation: '*.mdmUser.*' } });
    const { data, errors } = await gateway.ask(query('id name'));
    const [{ user }] = data.enrollmentTokens.nodes;
    expect(user.enrollmentTokens.totalCount).toBeGreaterThan(0);
    expect({ ...user, name: undefined }).toEqual({
      ...expected.enrollmentTokens.nodes[0].user,
      name: undefined,
    });
    expect(errors).toHaveLength(1);
  });

  it('has at most 100 errors in one operation, and one that counts the others', async () => {
    world.sandbox.faults.add({ kind: 'status', status: 500, match: { operation: '*.mdmUser.*' } });
    const { data, errors } = await gateway.ask(
      `{ enrollmentTokens(first: 40) { nodes { user { ${userFields} } } } }`,
    );
    const failed = usersOf(data).length * fieldsOfLookup.length;
    expect(failed).toBeGreaterThan(150);
    expect(errors).toHaveLength(101);
    expect(errors.at(-1)?.extensions['omittedErrors']).toBe(failed - 100);
  });

  it('does not hide that the credential is refused: the whole operation fails', async () => {
    world.sandbox.faults.add({ kind: 'status', status: 401, match: { operation: '*.mdmUser.*' } });
    const { status, data, errors } = await gateway.ask(list);
    expect(status).toBe(401);
    expect(data).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });

  it('has its key for a router that reached the token by a representation', async () => {
    const { data: page } = await gateway.ask(
      '{ enrollmentTokens(first: 1) { nodes { __typename id user { id } } } }',
    );
    const [{ __typename, id, user }] = page.enrollmentTokens.nodes;
    world.sandbox.faults.add({ kind: 'status', status: 500, match: { operation: '*.mdmUser.*' } });
    const { data, errors } = await gateway.ask(
      `query ($representations: [_Any!]!) { _entities(representations: $representations) {
        ... on EnrollmentToken { user { __typename id organizationId email name } }
      } }`,
      { variables: { representations: [{ __typename, id }] } },
    );
    expect(data._entities[0].user).toMatchObject({
      __typename: 'MdmUser',
      id: user.id,
      organizationId: world.sandbox.organizationId,
      email: expect.stringContaining('@'),
      name: null,
    });
    expect(errors.map(({ path }) => path)).toEqual([['_entities', 0, 'user', 'name']]);
  });
});
