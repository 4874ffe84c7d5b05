import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/sandbox/json.ts';
import type { SandboxOptions } from '../../../src/sandbox/sandbox.ts';
import { type PlatformWords, platformWords } from './platform-words.ts';
import {
  at,
  faultsOf,
  globalId,
  mutate,
  startWriteWorld,
  tokenFields,
  type WriteWorld,
  writesOf,
} from './world.ts';

const nobody = '5f1b2c3d4e5f6a7b8c9d0e1f';

let shared: WriteWorld;
let world: WriteWorld;
beforeAll(async () => {
  shared = await startWriteWorld();
});
afterAll(() => shared.close());
beforeEach(() => {
  world = shared;
});
afterEach(async () => {
  if (world !== shared) await world.close();
  shared.sandbox.faults.clear();
  shared.sandbox.clearRequests();
});

/** Creates a gateway and a sandbox for one test. */
const start = async (
  options: Partial<SandboxOptions>,
  environment: Readonly<Record<string, string>> = {},
) => {
  world = await startWriteWorld(options, environment);
};

const policiesOf = ({ key }: PlatformWords) =>
  key === 'apple' ? world.applePolicies : world.windowsPolicies;

/** Stores a token with a value in every field that an update can change. Returns its two ids. */
const addToken = (words: PlatformWords, fields: JsonObject = {}) => {
  const [legacy, assigned] = [at(policiesOf(words), 0), at(policiesOf(words), 1)];
  const token = world.sandbox.addToken(words.key, {
    displayName: 'Before',
    tags: ['old', 'stays'],
    segmentId: 4,
    [words.answeredLegacyPolicy]: legacy.sourceId,
    [words.assignments]: [{ [words.policyId]: assigned.sourceId, priority: 7 }],
    ...fields,
  });
  const id = globalId(world, words.tokenType, token.id);
  return { id, sourceId: token.id, legacy, assigned };
};

const stored = (words: PlatformWords, id: string) =>
  world.sandbox.platform(words.key).tokens.get(id);

describe.each(platformWords)('an update on $key', (words) => {
  const { assignments, policyId, legacyPolicy, answeredLegacyPolicy } = words;

  const whole = (token: ReturnType<typeof addToken>, change: JsonObject = {}) => ({
    displayName: 'Before',
    tags: ['old', 'stays'],
    segmentId: 4,
    [legacyPolicy]: token.legacy.sourceId,
    [assignments]: [{ [policyId]: token.assigned.sourceId, priority: 7 }],
    ...change,
  });

  test.each([
    ['the name', { displayName: 'After' }, { displayName: 'After' }],
    ['the name by null', { displayName: null }, { displayName: '' }],
    ['the tags', { tags: ['new'] }, { tags: ['new'] }],
    ['the tags by null', { tags: null }, { tags: [] }],
    ['the tags by an empty list', { tags: [] }, { tags: [] }],
    ['the segment', { segmentId: 0 }, { segmentId: 0 }],
    ['the segment by null', { segmentId: null }, { segmentId: 0 }],
    ['nothing', {}, {}],
  ] as const)('of %s sends all five fields, and changes no other', async (_what, change, sent) => {
    const token = addToken(words);
    const before = stored(words, token.sourceId);
    const { enrollmentToken, userErrors } = await mutate(world, 'updateEnrollmentToken', {
      id: token.id,
      ...change,
    });
    expect(userErrors).toStrictEqual([]);
    expect(writesOf(world)).toStrictEqual([
      { operation: `mdm.${words.key}.enrollmentToken.update`, body: whole(token, sent) },
    ]);
    expect(stored(words, token.sourceId)).toStrictEqual({
      ...before,
      ...sent,
      [assignments]: expect.anything(),
      [answeredLegacyPolicy]: expect.anything(),
      updatedAt: expect.any(String),
    });
    const { data } = await world.ask(`{ node(id: "${token.id}") { ${tokenFields} } }`);
    expect(data).toStrictEqual({ node: enrollmentToken });
  });

  test('of the assignments replaces them whole and drops the legacy single policy', async () => {
    const token = addToken(words);
    const next = at(policiesOf(words), 2);
    const { enrollmentToken } = await mutate(world, 'updateEnrollmentToken', {
      id: token.id,
      policyAssignments: [{ policyId: next.id, priority: 3 }],
    });
    expect(enrollmentToken).toMatchObject({
      displayName: 'Before',
      policyAssignments: [{ policySourceId: next.sourceId, priority: 3 }],
    });
    const body = whole(token, { [assignments]: [{ [policyId]: next.sourceId, priority: 3 }] });
    const { [legacyPolicy]: _legacy, ...without } = body;
    // The sandbox keeps fields that a PUT leaves out. The policy is cleared by name.
    expect(writesOf(world).map((write) => write.body)).toStrictEqual([
      without,
      { ...without, [legacyPolicy]: '' },
    ]);
  });

  test.each([
    ['null', null],
    ['an empty list', []],
  ])('of the assignments by %s clears them and the legacy policy', async (_how, none) => {
    const token = addToken(words);
    const { enrollmentToken } = await mutate(world, 'updateEnrollmentToken', {
      id: token.id,
      policyAssignments: none,
    });
    expect(enrollmentToken).toMatchObject({ policyAssignments: [] });
  });

  test('whose legacy policy the API does not let go is told of, with the token as it is', async () => {
    const token = addToken(words);
    const next = at(policiesOf(words), 2);
    let updates = 0;
    const stop = world.sandbox.onRequest(({ method }) => {
      if (method !== 'PUT') return;
      updates += 1;
      if (updates === 2) {
        world.sandbox.faults.add({ kind: 'status', status: 400, code: 3001, times: 1 });
      }
    });
    const payload = await mutate(world, 'updateEnrollmentToken', {
      id: token.id,
      policyAssignments: [{ policyId: next.id, priority: 3 }],
    });
    stop();
    expect(faultsOf(payload)).toStrictEqual([['INVALID_INPUT', 'input.policyAssignments']]);
    expect(at(payload.userErrors, 0).message).toMatch(
      /^The change was made, but the legacy single policy could not be dropped/,
    );
    expect(payload.enrollmentToken).toMatchObject({
      policyAssignments: [
        { policySourceId: token.legacy.sourceId, priority: null },
        { policySourceId: next.sourceId, priority: 3 },
      ],
    });
  });

  test('of a token without a policy, a name or a segment sends none for what it does not touch', async () => {
    const { id } = addToken(words, {
      displayName: undefined,
      segmentId: undefined,
      [answeredLegacyPolicy]: undefined,
      [assignments]: [],
    });
    await mutate(world, 'updateEnrollmentToken', { id, tags: ['new'] });
    expect(writesOf(world).map(({ body }) => body)).toStrictEqual([
      { displayName: '', tags: ['new'], [assignments]: [] },
    ]);
  });

  test.each(['DONE', 'EXPIRED', 'DELETED'])('of a token that is %s says so', async (state) => {
    const { id } = addToken(words, { state });
    const { userErrors } = await mutate(world, 'updateEnrollmentToken', { id, tags: [] });
    expect(userErrors).toStrictEqual([
      {
        __typename: 'MdmInputError',
        code: 'INVALID_INPUT',
        path: ['input', 'id'],
        message: `The token is ${state}: the REST API does not change it.`,
      },
    ]);
  });

  test('to a policy that does not exist names it', async () => {
    const { id } = addToken(words);
    const payload = await mutate(world, 'updateEnrollmentToken', {
      id,
      policyAssignments: [
        { policyId: at(policiesOf(words), 2).id, priority: 3 },
        { policyId: globalId(world, words.policyType, nobody), priority: 4 },
      ],
    });
    expect(payload.enrollmentToken).toBeNull();
    expect(faultsOf(payload)).toStrictEqual([['NOT_FOUND', 'input.policyAssignments.1.policyId']]);
  });

  test('that the API refuses for a pending token does not blame the state', async () => {
    const { id } = addToken(words);
    world.sandbox.faults.add({
      kind: 'status',
      status: 400,
      code: 3001,
      match: { method: 'PUT' },
    });
    const payload = await mutate(world, 'updateEnrollmentToken', { id, tags: [] });
    expect(faultsOf(payload)).toStrictEqual([['INVALID_INPUT', null]]);
    expect(at(payload.userErrors, 0).message).not.toMatch(/PENDING/);
  });

  test('that is forbidden makes no further call', async () => {
    const { id } = addToken(words);
    world.sandbox.faults.add({ kind: 'forbidden', match: { method: 'PUT' } });
    const payload = await mutate(world, 'updateEnrollmentToken', { id, tags: [] });
    expect(faultsOf(payload)).toStrictEqual([['PERMISSION_DENIED', null]]);
    expect(world.sandbox.requests().map(({ method }) => method)).toStrictEqual(['GET', 'PUT']);
  });

  test('without such a route is not supported', async () => {
    await start({ switchedOff: ['*.enrollmentToken.update'] });
    const { id } = addToken(words);
    const payload = await mutate(world, 'updateEnrollmentToken', { id, tags: [] });
    expect(faultsOf(payload)).toStrictEqual([['NOT_SUPPORTED', null]]);
  });

  test('finds its token in the list where the API cannot get one by its id', async () => {
    await start({ switchedOff: ['*.enrollmentToken.get'] });
    const token = addToken(words);
    // The gateway remembers from the first try that the route does not exist.
    for (const reads of [[null, 'list'], ['list']]) {
      world.sandbox.clearRequests();
      const payload = await mutate(world, 'updateEnrollmentToken', {
        id: token.id,
        tags: reads.map(String),
      });
      expect(payload.enrollmentToken).toMatchObject({ tags: reads.map(String) });
      const paths = world.sandbox
        .requests()
        .filter(({ path }) => path.includes('enrollment-tokens'));
      expect(paths.map(({ operation }) => operation)).toStrictEqual([
        ...reads.map((name) => name && `mdm.${words.key}.enrollmentToken.${name}`),
        `mdm.${words.key}.enrollmentToken.update`,
      ]);
    }
    expect(stored(words, token.sourceId)).toMatchObject({ displayName: 'Before' });
  });

  test('gives up the search in the list at its bound, and sends nothing', async () => {
    await start(
      { switchedOff: ['*.enrollmentToken.get'], tokens: 30 },
      { MAX_SCAN_ITEMS: '4', UPSTREAM_MAX_LIMIT: '2' },
    );
    const { id } = addToken(words, { createdAt: '2020-01-01T00:00:00.000Z' });
    const payload = await mutate(world, 'updateEnrollmentToken', { id, tags: [] });
    expect(faultsOf(payload)).toStrictEqual([['UPSTREAM_UNAVAILABLE', null]]);
    expect(at(payload.userErrors, 0).message).toMatch(/not among the newest 4 tokens/);
    expect(writesOf(world)).toStrictEqual([]);
  });
});

describe.each(platformWords)('a revocation on $key', (words) => {
  test('that is forbidden makes no further call', async () => {
    const { id } = addToken(words);
    world.sandbox.faults.add({ kind: 'forbidden', match: { method: 'DELETE' } });
    const payload = await mutate(world, 'revokeEnrollmentToken', { id });
    expect(faultsOf(payload)).toStrictEqual([['PERMISSION_DENIED', null]]);
    expect(world.sandbox.requests().map(({ method }) => method)).toStrictEqual(['DELETE']);
  });

  const revoke = (id: string) => mutate(world, 'revokeEnrollmentToken', { id });

  test.each([
    ['shows', false],
    ['hides', true],
  ])('can be repeated, where the API %s revoked tokens', async (_how, hidesDeleted) => {
    await start({ hidesDeleted });
    const { id, sourceId } = addToken(words);
    for (const _time of ['first', 'second', 'third']) {
      expect(await revoke(id)).toStrictEqual({
        enrollmentToken: { id, sourceId, state: 'DELETED' },
        userErrors: [],
      });
    }
    expect(stored(words, sourceId)).toMatchObject({ state: 'DELETED' });
  });

  test('costs one call where the token is not selected', async () => {
    const { id } = addToken(words);
    const { userErrors } = await mutate(
      world,
      'revokeEnrollmentToken',
      { id },
      { selection: 'userErrors { __typename code message path }' },
    );
    expect(userErrors).toStrictEqual([]);
    expect(world.sandbox.requests().map(({ operation }) => operation)).toStrictEqual([
      `mdm.${words.key}.enrollmentToken.remove`,
    ]);
  });

  test.each([false, true])('of what never was finds nothing (hidden: %s)', async (hidesDeleted) => {
    await start({ hidesDeleted });
    const id = globalId(world, words.tokenType, nobody);
    expect(faultsOf(await revoke(id))).toStrictEqual([['NOT_FOUND', 'input.id']]);
  });

  test('stands where its token cannot be read again', async () => {
    const { id, sourceId } = addToken(words);
    const key = world.sandbox.addKey({ permissions: ['*.remove'] });
    const payload = await mutate(
      world,
      'revokeEnrollmentToken',
      { id },
      { authorization: `Bearer ${key}` },
    );
    expect(payload).toStrictEqual({ enrollmentToken: null, userErrors: [] });
    expect(stored(words, sourceId)).toMatchObject({ state: 'DELETED' });
  });

  test.each([
    'reset-after',
    'fail-after',
    'truncate',
    'html',
  ] as const)('whose answer is lost by %s is looked up', async (kind) => {
    const { id } = addToken(words);
    world.sandbox.faults.add({ kind, match: { method: 'DELETE' } });
    expect(await revoke(id)).toMatchObject({
      enrollmentToken: { state: 'DELETED' },
      userErrors: [],
    });
    expect(writesOf(world)).toHaveLength(1);
  });

  test('that the API refuses for a used token says so', async () => {
    const { id } = addToken(words, { state: 'DONE' });
    world.sandbox.faults.add({
      kind: 'status',
      status: 404,
      code: 3001,
      match: { method: 'DELETE' },
    });
    expect((await revoke(id)).userErrors).toMatchObject([
      {
        code: 'INVALID_INPUT',
        path: ['input', 'id'],
        message: 'The token is DONE: the REST API does not revoke it.',
      },
    ]);
  });

  test('without such a route is not supported', async () => {
    await start({ switchedOff: ['*.enrollmentToken.remove'] });
    expect(faultsOf(await revoke(addToken(words).id))).toStrictEqual([['NOT_SUPPORTED', null]]);
  });

  test('takes the token out of the list at once', async () => {
    await start({ tokens: 0 });
    const { id } = addToken(words);
    const query = '{ enrollmentTokens { nodes { id } } }';
    expect((await world.ask(query)).data).toMatchObject({ enrollmentTokens: { nodes: [{ id }] } });
    await revoke(id);
    expect((await world.ask(query)).data).toMatchObject({ enrollmentTokens: { nodes: [] } });
  });
});

test('a Windows token is read by its id through the list where the API cannot get one', async () => {
  await start({ switchedOff: ['mdm.windows.enrollmentToken.get'] });
  const { id } = addToken(at(platformWords, 0));
  const { data, errors } = await world.ask(`{ node(id: "${id}") { id } }`);
  expect(errors).toStrictEqual([]);
  expect(data).toStrictEqual({ node: { id } });
});
