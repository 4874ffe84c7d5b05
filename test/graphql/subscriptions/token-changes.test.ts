import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeTypeAndKey } from '../../../src/graphql/global-id.ts';
import {
  addToken,
  follow,
  idOf,
  startLiveWorld,
  untilNobodyFollows,
} from '../../server/subscriptions/following.ts';
import type { World } from '../../support/gateway/gateway.ts';
import type { EventStream } from '../../support/http/event-stream.ts';

let world: World;

beforeAll(async () => {
  world = await startLiveWorld({ LOOKUP_TTL_MS: '0' });
});
afterEach(() => untilNobodyFollows(world.url));
afterAll(() => world.close());

const filtered = `subscription ($filter: EnrollmentTokenChangesFilter) {
  enrollmentTokenChanges(filter: $filter) { kind token { id displayName } }
}`;

const followFiltered = (filter: unknown) => follow(world, filtered, { filter });

const update = (id: string, displayName: string) =>
  world.ask(
    'mutation ($id: ID!, $name: String) { updateEnrollmentToken(input: { id: $id, displayName: $name }) { userErrors { message } } }',
    { variables: { id, name: displayName } },
  );

const revoke = (id: string) =>
  world.ask(
    'mutation ($id: ID!) { revokeEnrollmentToken(input: { id: $id }) { userErrors { message } } }',
    {
      variables: { id },
    },
  );

const namesOf = (stream: EventStream) =>
  stream.answers().map(({ data }) => data.enrollmentTokenChanges.token.displayName);

describe('the changes of an organization', () => {
  it('are a token that was created, changed and revoked, each with the token as it then is', async () => {
    const stream = await follow(
      world,
      'subscription { enrollmentTokenChanges { cursor kind token { __typename id displayName state platform } } }',
    );
    const id = addToken(world, 'APPLE', { displayName: 'first' });
    const [first] = [await stream.answer(0)];
    await update(id, 'second');
    await stream.answer(1);
    await revoke(id);
    await stream.answer(2);
    const token = { __typename: 'AppleEnrollmentToken', id, platform: 'APPLE' };
    expect(stream.answers().map(({ data }) => data.enrollmentTokenChanges)).toMatchObject([
      { kind: 'CREATED', token: { ...token, displayName: 'first', state: 'PENDING' } },
      { kind: 'UPDATED', token: { ...token, displayName: 'second' } },
      { kind: 'REVOKED', token: { ...token, state: 'DELETED' } },
    ]);
    expect(first.data.enrollmentTokenChanges.cursor).toMatch(/^\S+$/);
    stream.leave();
  });

  it('continue behind a cursor, however many subscribers came and went', async () => {
    const before = await follow(world);
    addToken(world);
    const { cursor } = (await before.answer(0)).data.enrollmentTokenChanges;
    before.leave();
    await untilNobodyFollows(world.url);
    const missed = addToken(world, 'APPLE');
    const resumed = await follow(
      world,
      'subscription ($after: String) { enrollmentTokenChanges(after: $after) { kind token { id } } }',
      { after: cursor },
    );
    expect((await resumed.answer(0)).data.enrollmentTokenChanges).toEqual({
      kind: 'CREATED',
      token: { id: missed },
    });
    resumed.leave();
  });

  it('have the fields of the token, whose lookups are made for each change', async () => {
    const [owner] = world.sandbox.organization.users.all();
    const stream = await follow(
      world,
      'subscription { enrollmentTokenChanges { token { user { name } } } }',
      {},
      { 'x-explain': '1' },
    );
    addToken(world, 'WINDOWS', { mdmUser: { id: owner?.id } });
    expect(await stream.answer(0)).toMatchObject({
      data: { enrollmentTokenChanges: { token: { user: { name: owner?.['name'] } } } },
      extensions: {
        upstream: {
          calls: [{ cause: 'live' }, { cause: 'live' }, { cause: 'lookup', status: 200 }],
        },
      },
    });
    stream.leave();
  });

  it('are found by the slug of the organization too', async () => {
    const stream = await follow(
      world,
      'subscription ($name: ID) { enrollmentTokenChanges(organizationId: $name) { token { id } } }',
      { name: world.sandbox.organizationSlug },
    );
    const id = addToken(world);
    expect((await stream.answer(0)).data.enrollmentTokenChanges.token).toMatchObject({ id });
    stream.leave();
  });
});

describe('a filter', () => {
  it('of platforms leaves out the changes of the others', async () => {
    const stream = await followFiltered({ platforms: ['APPLE'] });
    addToken(world, 'WINDOWS');
    const id = addToken(world, 'APPLE');
    expect((await stream.answer(0)).data.enrollmentTokenChanges.token).toMatchObject({ id });
    stream.leave();
  });

  it('of tokens shows only theirs, on their platform', async () => {
    const { id: sourceId } = world.sandbox.addToken('windows');
    const [id, other] = [idOf(world, 'WINDOWS', sourceId), addToken(world)];
    const stream = await followFiltered({ ids: [id] });
    // A token of another platform with the same id in the REST API.
    addToken(world, 'APPLE', { id: sourceId });
    await update(other, 'other');
    await update(id, 'renamed');
    await vi.waitUntil(() => namesOf(stream).includes('renamed'), { timeout: 10_000 });
    const tokens = stream.answers().map(({ data }) => data.enrollmentTokenChanges.token.id);
    expect(new Set(tokens)).toEqual(new Set([id]));
    stream.leave();
  });

  it.each([
    [
      'the id of this gateway',
      (id: string) => encodeTypeAndKey('MdmUser', `${world.sandbox.organizationId}:${id}`),
    ],
    ['the id of the REST API', (id: string) => id],
    ['the id of the REST API in capitals', (id: string) => id.toUpperCase()],
  ])('of a user shows the changes of their tokens, by %s', async (_name, toId) => {
    const [owner, other] = world.sandbox.organization.users.all();
    const ownerId = String(owner?.id);
    const stream = await followFiltered({ userId: toId(ownerId) });
    addToken(world, 'WINDOWS', { mdmUser: { id: other?.id } });
    const id = addToken(world, 'WINDOWS', { mdmUser: { id: ownerId } });
    expect((await stream.answer(0)).data.enrollmentTokenChanges.token).toMatchObject({ id });
    stream.leave();
  });

  it.each([[{ platforms: [] }], [{ ids: [] }]])('%j shows nothing', async (filter) => {
    const [stream, all] = [await followFiltered(filter), await followFiltered(null)];
    addToken(world);
    await all.answer(0);
    expect(stream.answers()).toEqual([]);
    stream.leave();
    all.leave();
  });
});

describe('a subscription is refused before any call', () => {
  const elsewhere = '5f0000000000000000000001';
  const tokenOf = (organization: string) =>
    encodeTypeAndKey('WindowsEnrollmentToken', `${organization}:${'a'.repeat(24)}`);
  const policy = () =>
    encodeTypeAndKey('WindowsMdmPolicy', `${world.sandbox.organizationId}:${'a'.repeat(24)}`);

  it.each<[string, () => unknown, readonly (readonly string[])[]]>([
    ['a text as an id', () => ({ ids: ['x'] }), [['filter', 'ids', '0']]],
    [
      'an id of the REST API as a token',
      () => ({ ids: ['a'.repeat(24)] }),
      [['filter', 'ids', '0']],
    ],
    ['the id of a policy', () => ({ ids: [policy()] }), [['filter', 'ids', '0']]],
    ['a text as a user', () => ({ userId: 'x' }), [['filter', 'userId']]],
    [
      'several faults',
      () => ({ userId: policy(), ids: [tokenOf(world.sandbox.organizationId), 'x'] }),
      [
        ['filter', 'userId'],
        ['filter', 'ids', '1'],
      ],
    ],
    [
      'too many ids',
      () => ({ ids: Array.from({ length: 101 }, () => tokenOf(world.sandbox.organizationId)) }),
      [['filter', 'ids']],
    ],
    [
      'a token of another organization',
      () => ({ ids: [tokenOf(elsewhere)] }),
      [['filter', 'ids', '0']],
    ],
    [
      'a user of another organization',
      () => ({ userId: encodeTypeAndKey('MdmUser', `${elsewhere}:${'a'.repeat(24)}`) }),
      [['filter', 'userId']],
    ],
  ])('for %s', async (_name, filter, paths) => {
    world.sandbox.clearRequests();
    const stream = await followFiltered(filter());
    await stream.ended;
    const [answer] = stream.answers();
    expect(answer.errors).toMatchObject([{ path: ['enrollmentTokenChanges'] }]);
    const { code, faults, requestId } = answer.errors[0].extensions;
    expect(code).toBe('BAD_USER_INPUT');
    expect(faults.map(({ path }: { path: unknown }) => path)).toEqual(paths);
    expect(requestId).toBe(stream.headers.get('x-request-id'));
    expect(world.calls()).toEqual([]);
  });

  it.each([
    ['a damaged cursor', { after: 'damaged' }, 'BAD_CURSOR'],
    ['an organization that is not a name', { name: '!' }, 'BAD_USER_INPUT'],
  ])('for %s', async (_name, variables, code) => {
    world.sandbox.clearRequests();
    const stream = await follow(
      world,
      'subscription ($after: String, $name: ID) { enrollmentTokenChanges(after: $after, organizationId: $name) { kind } }',
      variables,
    );
    await stream.ended;
    expect(stream.answers()).toMatchObject([{ errors: [{ extensions: { code } }] }]);
    expect(stream.isComplete()).toBe(true);
    expect(world.calls()).toEqual([]);
  });
});
