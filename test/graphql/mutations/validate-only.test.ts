import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  at,
  faultsOf,
  globalId as globalIdIn,
  mutate,
  startWriteWorld,
  type WriteWorld,
  withResults,
  writesOf,
} from './world.ts';

const nobody = '5f1b2c3d4e5f6a7b8c9d0e1f';

let world: WriteWorld;
beforeAll(async () => {
  world = await startWriteWorld();
});
afterAll(() => world.close());
beforeEach(() => world.sandbox.clearRequests());

const globalId = (type: string, id: string) => globalIdIn(world, type, id);

describe.each([
  ['createWindowsEnrollmentToken', 'bulkCreateWindowsEnrollmentTokens', 'WindowsPolicy'],
  ['createAppleEnrollmentToken', 'bulkCreateAppleEnrollmentTokens', 'ApplePolicy'],
] as const)('%s with validateOnly', (single, bulk, policyType) => {
  const policy = () =>
    at(policyType === 'ApplePolicy' ? world.applePolicies : world.windowsPolicies, 0).id;

  test('creates nothing where all is well', async () => {
    const payload = await mutate(world, single, {
      validateOnly: true,
      userId: at(world.users, 0).id,
      sendEmail: true,
      policyAssignments: [{ policyId: policy(), priority: 1 }],
    });
    expect(payload).toStrictEqual({ enrollmentToken: null, userErrors: [], replayed: false });
    expect(writesOf(world)).toStrictEqual([]);
  });

  test('names user and policies that do not exist, and no others', async () => {
    const payload = await mutate(world, single, {
      validateOnly: true,
      userId: globalId('MdmUser', nobody),
      sendEmail: true,
      policyAssignments: [
        { policyId: policy(), priority: 1 },
        { policyId: globalId(policyType, nobody), priority: 2 },
      ],
    });
    expect(faultsOf(payload)).toStrictEqual([
      ['NOT_FOUND', 'input.userId'],
      ['NOT_FOUND', 'input.policyAssignments.1.policyId'],
    ]);
    expect(writesOf(world)).toStrictEqual([]);
  });

  test('checks the input before it looks anything up', async () => {
    const payload = await mutate(world, single, {
      validateOnly: true,
      userId: globalId('MdmUser', nobody),
      sendEmail: true,
      durationSeconds: 1,
    });
    expect(faultsOf(payload)).toStrictEqual([['INVALID_INPUT', 'input.durationSeconds']]);
    expect(world.sandbox.requests()).toStrictEqual([]);
  });

  test('does not use up its key', async () => {
    const input = { userId: at(world.users, 1).id, sendEmail: false, idempotencyKey: single };
    await mutate(world, single, { ...input, displayName: 'Only checked', validateOnly: true });
    expect(await mutate(world, single, input)).toMatchObject({ replayed: false, userErrors: [] });
    expect(writesOf(world)).toHaveLength(1);
  });

  test('in bulk tells which addresses would be sent', async () => {
    const payload = await mutate(
      world,
      bulk,
      {
        validateOnly: true,
        userEmails: [' Ana@example.com ', 'ana@EXAMPLE.com', 'nonsense', 'luis@example.com'],
        sendEmail: true,
        policyAssignments: [{ policyId: globalId(policyType, nobody), priority: 2 }],
      },
      { selection: withResults },
    );
    expect(payload).toMatchObject({ total: 3, success: 0, fail: 1, replayed: false });
    expect(faultsOf(payload)).toStrictEqual([
      ['INVALID_INPUT', 'input.userEmails.2'],
      ['NOT_FOUND', 'input.policyAssignments.0.policyId'],
    ]);
    expect(payload.results?.map(({ email, outcome }) => [email, outcome])).toStrictEqual([
      ['Ana@example.com', 'NOT_ATTEMPTED'],
      ['nonsense', 'FAILED'],
      ['luis@example.com', 'NOT_ATTEMPTED'],
    ]);
    expect(writesOf(world)).toStrictEqual([]);
  });
});

test('a lookup that fails is told of, and nothing is created', async () => {
  const key = world.sandbox.addKey({ permissions: ['mdm.windows.*'] });
  const payload = await mutate(
    world,
    'createWindowsEnrollmentToken',
    { validateOnly: true, userId: at(world.users, 2).id, sendEmail: true },
    { authorization: `Bearer ${key}` },
  );
  expect(faultsOf(payload)).toStrictEqual([['PERMISSION_DENIED', 'input.userId']]);
  expect(writesOf(world)).toStrictEqual([]);
});
