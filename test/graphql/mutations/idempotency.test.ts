import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  ampleTime,
  at,
  callManyTimes,
  faultsOf,
  type MutateOptions,
  mutate,
  startWriteWorld,
  type WriteWorld,
  writesOf,
} from './world.ts';

let world: WriteWorld;
beforeAll(async () => {
  world = await startWriteWorld({}, ampleTime);
});
afterAll(() => world.close());
beforeEach(() => world.sandbox.clearRequests());
afterEach(() => world.sandbox.faults.clear());

const create = (input: object, options?: MutateOptions) =>
  mutate(
    world,
    'createWindowsEnrollmentToken',
    { userId: at(world.users, 0).id, sendEmail: false, ...input },
    options,
  );

describe('the same key with the same input', () => {
  test('makes one token and answers it again', async () => {
    const input = { idempotencyKey: randomUUID(), displayName: 'Once', tags: ['a', 'b'] };
    const first = await create(input);
    const second = await create(input);
    expect(first).toMatchObject({ replayed: false, userErrors: [] });
    expect(second).toStrictEqual({ ...first, replayed: true });
    expect(writesOf(world)).toHaveLength(1);
  });

  test('answers the token as it is now', async () => {
    const input = { idempotencyKey: randomUUID() };
    const { enrollmentToken } = await create(input);
    const id = enrollmentToken?.id;
    await mutate(world, 'updateEnrollmentToken', { id, displayName: 'Renamed since' });
    expect(await create(input)).toMatchObject({
      replayed: true,
      enrollmentToken: { id, displayName: 'Renamed since' },
    });
    await mutate(world, 'revokeEnrollmentToken', { id });
    expect(await create(input)).toMatchObject({
      replayed: true,
      enrollmentToken: { id, state: 'DELETED' },
    });
  });

  test('makes one token for a thousand calls at once, and answers them alike', async () => {
    const input = { idempotencyKey: randomUUID(), displayName: 'A thousand times' };
    const selection =
      'replayed userErrors { __typename code message path } enrollmentToken { id sourceId enrollmentLink }';
    const answers = await callManyTimes(world, [world], () => create(input, { selection }));
    expect(writesOf(world)).toHaveLength(1);
    const tokens = new Set(answers.map(({ enrollmentToken }) => JSON.stringify(enrollmentToken)));
    expect(tokens.size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(answers.flatMap(({ userErrors }) => userErrors)).toStrictEqual([]);
    // Client, gateway and API run in one process here.
  }, 120_000);

  test.each([
    ['null and absent', { displayName: null, tags: null }, {}],
    [
      'the order of keys',
      { displayName: 'Ordered', segmentId: 1 },
      { segmentId: 1, displayName: 'Ordered' },
    ],
    ['the case of an id', {}, { organizationId: 'UPPER' }],
    ['the organization named and by default', {}, { organizationId: 'SLUG' }],
  ])('is not told apart by %s', async (_by, one, other) => {
    const { organizationId, organizationSlug } = world.sandbox;
    const named = (input: {
      readonly organizationId?: string;
      readonly [field: string]: unknown;
    }) =>
      input.organizationId === undefined
        ? input
        : {
            ...input,
            organizationId:
              input.organizationId === 'SLUG' ? organizationSlug : organizationId.toUpperCase(),
          };
    const idempotencyKey = randomUUID();
    await create({ idempotencyKey, ...one });
    expect(await create({ idempotencyKey, ...named(other) })).toMatchObject({ replayed: true });
    expect(writesOf(world)).toHaveLength(1);
  });

  test('is not told apart by the writing of numbers and of free JSON', async () => {
    const document = (configuration: string) => `mutation {
      payload: createAppleEnrollmentToken(input: {
        idempotencyKey: "numbers", userId: "${at(world.users, 0).id}", sendEmail: false
        applications: [{ applicationId: "5f1b2c3d4e5f6a7b8c9d0e1f", configuration: ${configuration} }]
      }) { replayed userErrors { code } }
    }`;
    const replays: unknown[] = [];
    for (const written of ['{ a: 1, b: [2] }', '{ b: [2.0], a: 1.0 }', '{ b: [2e0], a: 10e-1 }']) {
      const { data } = await world.ask(document(written));
      replays.push(data);
    }
    expect(replays).toMatchObject([
      { payload: { replayed: false, userErrors: [] } },
      { payload: { replayed: true } },
      { payload: { replayed: true } },
    ]);
    // In free-form JSON, null is a value.
    const { data } = await world.ask(document('{ a: 1, b: [2], c: null }'));
    expect(data).toMatchObject({ payload: { userErrors: [{ code: 'IDEMPOTENCY_CONFLICT' }] } });
  });
});

describe('the same key with another input', () => {
  test.each([
    ['name', { displayName: 'Other' }],
    ['user', { userId: 'OTHER' }],
    ['order of tags', { tags: ['b', 'a'] }],
    ['list that is empty and not absent', { policyAssignments: [] }],
  ])('is a conflict: another %s', async (_what, change) => {
    const key = randomUUID();
    const input = { idempotencyKey: key, displayName: 'One', tags: ['a', 'b'] };
    await create(input);
    const payload = await create({
      ...input,
      ...change,
      ...('userId' in change && { userId: at(world.users, 1).id }),
    });
    expect(payload).toStrictEqual({
      enrollmentToken: null,
      replayed: false,
      userErrors: [
        {
          __typename: 'MdmInputError',
          code: 'IDEMPOTENCY_CONFLICT',
          path: null,
          message:
            'This idempotency key was used before with another input. Use a new key for a new request.',
        },
      ],
    });
    expect(writesOf(world)).toHaveLength(1);
  });

  test('is a conflict in bulk, too: another address', async () => {
    const input = { idempotencyKey: randomUUID(), sendEmail: false };
    const [ana, luis] = [at(world.users, 0).email, at(world.users, 1).email];
    await mutate(world, 'bulkCreateAppleEnrollmentTokens', { ...input, userEmails: [ana] });
    const payload = await mutate(world, 'bulkCreateAppleEnrollmentTokens', {
      ...input,
      userEmails: [ana, luis],
    });
    expect(faultsOf(payload)).toStrictEqual([['IDEMPOTENCY_CONFLICT', null]]);
  });
});

describe('a key counts for', () => {
  test('one caller', async () => {
    const input = { idempotencyKey: randomUUID() };
    await create(input);
    const authorization = `Bearer ${world.sandbox.addKey()}`;
    expect(await create(input, { authorization })).toMatchObject({ replayed: false });
    expect(await create(input, { authorization })).toMatchObject({ replayed: true });
    expect(writesOf(world)).toHaveLength(2);
  });

  test('one organization', async () => {
    const organization = world.sandbox.addOrganization({
      slug: 'branch',
      tokens: 0,
      users: 2,
      policies: 0,
    });
    const [user] = organization.users.all();
    const idempotencyKey = randomUUID();
    await create({ idempotencyKey });
    // Each key of the sandbox sees one organization. The key also identifies the caller.
    const authorization = `Bearer ${world.sandbox.addKey({ organization })}`;
    const userId = Buffer.from(`MdmUser:${organization.id}:${user?.id ?? ''}`).toString(
      'base64url',
    );
    expect(
      await create({ idempotencyKey, organizationId: organization.id, userId }, { authorization }),
    ).toMatchObject({ replayed: false, userErrors: [] });
  });

  test('one mutation', async () => {
    const idempotencyKey = randomUUID();
    const single = { idempotencyKey, userId: at(world.users, 0).id, sendEmail: false };
    const bulk = { idempotencyKey, userEmails: [at(world.users, 0).email], sendEmail: false };
    const replays = [
      await mutate(world, 'createWindowsEnrollmentToken', single),
      await mutate(world, 'createAppleEnrollmentToken', single),
      await mutate(world, 'bulkCreateWindowsEnrollmentTokens', bulk),
      await mutate(world, 'bulkCreateAppleEnrollmentTokens', bulk),
    ];
    expect(replays.map(({ replayed, userErrors }) => [replayed, userErrors])).toStrictEqual(
      replays.map(() => [false, []]),
    );
    expect(writesOf(world)).toHaveLength(4);
  });
});

describe('a key is free again', () => {
  test('where the input was refused', async () => {
    const idempotencyKey = randomUUID();
    const refused = await create({ idempotencyKey, displayName: 'x'.repeat(129) });
    expect(faultsOf(refused)).toStrictEqual([['INVALID_INPUT', 'input.displayName']]);
    expect(await create({ idempotencyKey })).toMatchObject({ replayed: false, userErrors: [] });
  });

  test.each([
    'plan',
    'forbidden',
    'creation',
  ] as const)('where the API refused the create: %s', async (kind) => {
    const input = { idempotencyKey: randomUUID() };
    world.sandbox.faults.add({ kind, times: 1, match: { method: 'POST' } });
    expect((await create(input)).userErrors).toHaveLength(1);
    expect(await create(input)).toMatchObject({ replayed: false, userErrors: [] });
  });

  test('where the credential was refused', async () => {
    const input = { idempotencyKey: randomUUID() };
    world.sandbox.faults.add({ kind: 'status', status: 401, times: 1, match: { method: 'POST' } });
    await expect(create(input)).rejects.toThrow('UNAUTHENTICATED');
    expect(await create(input)).toMatchObject({ replayed: false, userErrors: [] });
  });
});
