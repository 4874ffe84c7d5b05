import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type PlatformWords, platformWords } from './platform-words.ts';
import {
  at,
  globalId,
  type MutationName,
  mutate,
  type Named,
  startWriteWorld,
  type WriteWorld,
  writesOf,
} from './world.ts';

let world: WriteWorld;
beforeAll(async () => {
  world = await startWriteWorld();
});
afterAll(() => world.close());
beforeEach(() => world.sandbox.clearRequests());

const nobody = '5f1b2c3d4e5f6a7b8c9d0e1f';

const policiesOf = ({ key }: PlatformWords): readonly Named[] =>
  key === 'apple' ? world.applePolicies : world.windowsPolicies;
const titleOf = ({ key }: PlatformWords) => (key === 'apple' ? 'Apple' : 'Windows');
const createOf = (words: PlatformWords): MutationName => `create${titleOf(words)}EnrollmentToken`;
const bulkOf = (words: PlatformWords): MutationName =>
  `bulkCreate${titleOf(words)}EnrollmentTokens`;

test("ids of Apple's objects are the same input in either case, and their token is found after a lost answer", async () => {
  const user = at(world.users, 3);
  const ids = { profileIds: ['ab'.repeat(12)], vppLocationId: 'cd'.repeat(12) };
  const upper = {
    profileIds: ids.profileIds.map((id) => id.toUpperCase()),
    vppLocationId: ids.vppLocationId.toUpperCase(),
  };
  const create = (more: object) =>
    mutate(world, 'createAppleEnrollmentToken', { userId: user.id, sendEmail: false, ...more });
  const idempotencyKey = randomUUID();
  expect(await create({ ...ids, idempotencyKey })).toMatchObject({ userErrors: [] });
  expect(await create({ ...upper, idempotencyKey })).toMatchObject({ replayed: true });
  world.sandbox.faults.add({ kind: 'reset-after', match: { method: 'POST' }, times: 1 });
  const lost = await create({ ...upper, displayName: 'Found again' });
  expect(lost).toMatchObject({ userErrors: [], enrollmentToken: { user: { id: user.id } } });
});

describe.each(platformWords)('ids of the REST API on $key', (words) => {
  const inputWith = (user: string, policy: string, more: object = {}) => ({
    userId: user,
    sendEmail: false,
    policyAssignments: [{ policyId: policy, priority: 3 }],
    ...more,
  });

  test('name the user and the policies of a create, as ids of this gateway do', async () => {
    const [user, policy] = [at(world.users, 0), at(policiesOf(words), 0)];
    const raw = await mutate(world, createOf(words), inputWith(user.sourceId, policy.sourceId));
    const global = await mutate(world, createOf(words), inputWith(user.id, policy.id));
    for (const { enrollmentToken, userErrors } of [raw, global]) {
      expect(userErrors).toStrictEqual([]);
      expect(enrollmentToken).toMatchObject({
        user: { id: user.id },
        policyAssignments: [{ priority: 3, policySourceId: policy.sourceId }],
      });
    }
    const [first, second] = writesOf(world);
    expect(second).toStrictEqual(first);
  });

  test('are the same input to an idempotency key, in any spelling and with the default organization named or not', async () => {
    const [user, policy] = [at(world.users, 1), at(policiesOf(words), 1)];
    const idempotencyKey = randomUUID();
    const inputs = [
      inputWith(user.sourceId, policy.sourceId, { idempotencyKey }),
      inputWith(user.id, policy.id, { idempotencyKey }),
      inputWith(user.sourceId.toUpperCase(), policy.id, { idempotencyKey }),
      inputWith(user.id, policy.sourceId.toUpperCase(), {
        idempotencyKey,
        organizationId: world.sandbox.organizationId,
      }),
      inputWith(user.sourceId, policy.sourceId, {
        idempotencyKey,
        organizationId: world.sandbox.organization.slug,
      }),
    ];
    const answers = [];
    for (const input of inputs) answers.push(await mutate(world, createOf(words), input));
    const [first, ...others] = answers;
    expect(first).toMatchObject({ replayed: false, userErrors: [] });
    for (const other of others) expect(other).toStrictEqual({ ...first, replayed: true });
    expect(writesOf(world)).toHaveLength(1);
  });

  test('name the policies of a bulk create, and are the same input there', async () => {
    const [user, policy] = [at(world.users, 2), at(policiesOf(words), 0)];
    const idempotencyKey = randomUUID();
    const bulk = (policyId: string) =>
      mutate(world, bulkOf(words), {
        userEmails: [user.email],
        sendEmail: false,
        policyAssignments: [{ policyId, priority: 1 }],
        idempotencyKey,
      });
    expect(await bulk(policy.sourceId)).toMatchObject({ success: 1, userErrors: [] });
    expect(await bulk(policy.id)).toMatchObject({ success: 1, replayed: true, userErrors: [] });
    expect(writesOf(world)).toHaveLength(1);
  });

  test('name the policies of an update', async () => {
    const token = world.sandbox.addToken(words.key);
    const policy = at(policiesOf(words), 1);
    const payload = await mutate(world, 'updateEnrollmentToken', {
      id: globalId(world, words.tokenType, token.id),
      policyAssignments: [{ policyId: policy.sourceId.toUpperCase(), priority: 5 }],
    });
    expect(payload).toMatchObject({
      userErrors: [],
      enrollmentToken: {
        policyAssignments: [{ priority: 5, policySourceId: policy.sourceId }],
      },
    });
  });

  test('that name nobody are told of at their path, like ids of this gateway', async () => {
    const validate = (userId: string, policyId: string) =>
      mutate(world, createOf(words), inputWith(userId, policyId, { validateOnly: true }));
    const raw = await validate(nobody, nobody);
    expect(raw.userErrors.map(({ code, path }) => [code, path?.join('.')])).toStrictEqual([
      ['NOT_FOUND', 'input.userId'],
      ['NOT_FOUND', 'input.policyAssignments.0.policyId'],
    ]);
    const policyType = `${titleOf(words)}Policy`;
    expect(
      await validate(globalId(world, 'MdmUser', nobody), globalId(world, policyType, nobody)),
    ).toStrictEqual(raw);
  });

  test.each([
    'updateEnrollmentToken',
    'revokeEnrollmentToken',
  ] as const)('are refused as the token of %s, with what to give instead', async (name) => {
    const token = world.sandbox.addToken(words.key);
    const { userErrors } = await mutate(world, name, { id: token.id });
    expect(userErrors).toMatchObject([
      {
        code: 'INVALID_INPUT',
        path: ['input', 'id'],
        message:
          'input.id is an id of the REST API, which is not accepted here. Give the id that enrollmentToken(id:, platform:) returns.',
      },
    ]);
    expect(world.sandbox.requests()).toStrictEqual([]);
  });
});
