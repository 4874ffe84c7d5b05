import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FaultKind } from '../../../src/sandbox/faults.ts';
import {
  ask,
  at,
  faultsOf,
  type MutateOptions,
  mutate,
  type Payload,
  startWriteWorld,
  type WriteWorld,
  writesOf,
} from './world.ts';

/** Short, because a test waits for it, but long enough for all real answers. */
const upstreamTimeoutMs = 2_000;

let world: WriteWorld;
beforeEach(async () => {
  world = await startWriteWorld({}, { UPSTREAM_TIMEOUT_MS: String(upstreamTimeoutMs) });
});
afterEach(() => world.close());

const platforms = [
  ['windows', 'createWindowsEnrollmentToken'],
  ['apple', 'createAppleEnrollmentToken'],
] as const;

const everything = () => ({
  userId: at(world.users, 0).id,
  sendEmail: false,
  displayName: 'Lost and found',
  tags: ['lost'],
  durationSeconds: 600,
  emailText: 'Hello',
  segmentId: 2,
});

const create = (input: object = {}, options?: MutateOptions) =>
  mutate(world, 'createWindowsEnrollmentToken', { ...everything(), ...input }, options);

const failPosts = (
  kind: FaultKind['kind'] & ('reset-after' | 'silence' | 'silence-after'),
  times = 1,
) => world.sandbox.faults.add({ kind, times, match: { method: 'POST' } });

const tokenCount = () => world.sandbox.platform('windows').tokens.all().length;

/** The token in the sandbox that a create of `everything` makes. */
const addEqual = (fields = {}) => {
  const user = at(world.users, 0);
  const createdAt = new Date();
  return world.sandbox.addToken('windows', {
    mdmUser: { id: user.sourceId, email: user.email },
    displayName: 'Lost and found',
    tags: ['lost'],
    emailText: 'Hello',
    segmentId: 2,
    sendEmail: false,
    winPolicyAssignments: [],
    createdAt: createdAt.toISOString(),
    expireAt: new Date(createdAt.getTime() + 600_000).toISOString(),
    ...fields,
  });
};

describe.each(platforms)('a create on %s whose answer is lost', (platform, name) => {
  test.each([
    'reset-after',
    'fail-after',
    'truncate',
    'html',
    'status-false',
    'silence-after',
  ] as const)('by %s is found among the new tokens', async (kind) => {
    const input = { ...everything(), idempotencyKey: randomUUID() };
    world.sandbox.faults.add({ kind, times: 1, match: { method: 'POST' } });
    const first = await mutate(world, name, input);
    const second = await mutate(world, name, input);
    expect(first).toMatchObject({
      replayed: false,
      userErrors: [],
      enrollmentToken: { displayName: 'Lost and found', state: 'PENDING' },
    });
    expect(second).toStrictEqual({ ...first, replayed: true });
    expect(writesOf(world)).toHaveLength(1);
    const stored = world.sandbox.platform(platform).tokens.all();
    expect(stored.filter(({ displayName }) => displayName === 'Lost and found')).toHaveLength(1);
  });
});

describe('a create whose answer is lost', () => {
  test('is found without a key as well, by one more call', async () => {
    failPosts('reset-after');
    const selection =
      'replayed userErrors { __typename code message path } enrollmentToken { id sourceId }';
    expect(await create({}, { selection })).toMatchObject({ replayed: false, userErrors: [] });
    expect(world.sandbox.requests().map(({ operation }) => operation)).toStrictEqual([
      'mdm.windows.enrollmentToken.create',
      'mdm.windows.enrollmentToken.list',
    ]);
  });

  test.each([
    ['name', { displayName: 'Another' }],
    ['tags', { tags: ['lost', 'more'] }],
    ['text', { emailText: 'Hello!' }],
    ['segment', { segmentId: 3 }],
    ['life', { durationSeconds: 700 }],
    ['user', { userId: 'OTHER' }],
    ['mail', { sendEmail: true }],
    ['policies', { policyAssignments: 'ONE' }],
  ])('is not taken for one with another %s', async (_what, change) => {
    const other = {
      ...change,
      ...('userId' in change && { userId: at(world.users, 1).id }),
      ...('policyAssignments' in change && {
        policyAssignments: [{ policyId: at(world.windowsPolicies, 0).id, priority: 1 }],
      }),
    };
    // The API creates the second token while the first call has no answer.
    let made: Promise<Payload> | undefined;
    world.sandbox.onRequest(({ method }) => {
      if (method === 'POST') made ??= create();
    });
    failPosts('silence');
    const lost = await create(other);
    expect(lost.userErrors).toMatchObject([{ code: 'OUTCOME_UNKNOWN', candidates: [] }]);
    expect(await made).toMatchObject({ userErrors: [] });
  });

  test('is unknown, with both, where two equal tokens appeared at once', async () => {
    failPosts('reset-after', 2);
    // Neither is answered before both have arrived.
    let arrived = 0;
    const both = new Promise<void>((resolve) => {
      world.sandbox.onRequest(({ method }) => {
        if (method !== 'POST') return undefined;
        arrived += 1;
        if (arrived === 2) resolve();
        return both;
      });
    });
    const before = tokenCount();
    const answers = await Promise.all([create(), create({ idempotencyKey: randomUUID() })]);
    expect(tokenCount()).toBe(before + 2);
    const made = world.sandbox.platform('windows').tokens.all().slice(-2);
    for (const { userErrors, enrollmentToken } of answers) {
      expect(enrollmentToken).toBeNull();
      expect(userErrors).toMatchObject([
        { __typename: 'MdmOutcomeUnknownError', code: 'OUTCOME_UNKNOWN' },
      ]);
      const candidates = at(userErrors, 0).candidates ?? [];
      expect(candidates.map(({ sourceId }) => sourceId).sort()).toStrictEqual(
        made.map(({ id }) => id).sort(),
      );
    }
  });

  test('stays unknown, and is not sent again, until the write lands late', async () => {
    const input = { idempotencyKey: randomUUID() };
    failPosts('silence');
    for (const _try of ['first', 'second']) {
      expect((await create(input)).userErrors).toMatchObject([
        { code: 'OUTCOME_UNKNOWN', candidates: [] },
      ]);
    }
    const late = addEqual();
    expect(await create(input)).toMatchObject({
      replayed: true,
      userErrors: [],
      enrollmentToken: { sourceId: late.id },
    });
    expect(writesOf(world)).toHaveLength(1);
  });

  test('is unknown where reading back fails, and found by the next call with its key', async () => {
    const input = { idempotencyKey: randomUUID() };
    failPosts('reset-after');
    const reading = world.sandbox.faults.add({ kind: 'forbidden', match: { method: 'GET' } });
    expect(faultsOf(await create(input))).toStrictEqual([['OUTCOME_UNKNOWN', null]]);
    reading.remove();
    expect(await create(input)).toMatchObject({ replayed: true, userErrors: [] });
    expect(writesOf(world)).toHaveLength(1);
  });

  test('says so without a link or a code in its message', async () => {
    failPosts('silence');
    addEqual();
    addEqual();
    const { userErrors } = await create();
    const [error] = userErrors;
    expect(error?.candidates).toHaveLength(2);
    const links = (error?.candidates ?? []).map((candidate) => String(candidate['enrollmentLink']));
    for (const link of links) expect(error?.message).not.toContain(link);
  });
});

describe('a client that leaves after the write left', () => {
  /** Sends the mutation and disconnects as soon as the POST has reached the API, which answers after that. */
  const leaveDuring = async (input: object): Promise<void> => {
    const client = new AbortController();
    const stop = world.sandbox.onRequest(({ method }) => {
      if (method === 'POST') client.abort();
    });
    const left = ask(
      world,
      'createWindowsEnrollmentToken',
      { ...everything(), ...input },
      { signal: client.signal },
    );
    await expect(left).rejects.toThrow(/abort/i);
    stop();
  };

  test('finds the token by its key later, made once', async () => {
    const input = { idempotencyKey: randomUUID() };
    const before = tokenCount();
    await leaveDuring(input);
    await world.app.whenIdle(0);
    expect(tokenCount()).toBe(before + 1);
    expect(await create(input)).toMatchObject({ replayed: true, userErrors: [] });
    expect(writesOf(world)).toHaveLength(1);
    expect(tokenCount()).toBe(before + 1);
  });

  test('finds it also where the answer was lost', async () => {
    const input = { idempotencyKey: randomUUID() };
    failPosts('reset-after');
    await leaveDuring(input);
    await world.app.whenIdle(0);
    const lists = world.sandbox.requests().filter(({ method }) => method === 'GET');
    expect(lists).toHaveLength(1);
    expect(await create(input)).toMatchObject({ replayed: true, userErrors: [] });
    expect(writesOf(world)).toHaveLength(1);
  });

  test('has its other calls answered, who wait for the same key', async () => {
    const input = { idempotencyKey: randomUUID() };
    const others: Promise<unknown>[] = [];
    const stop = world.sandbox.onRequest(({ method }) => {
      if (method === 'POST') others.push(create(input));
    });
    await leaveDuring(input);
    stop();
    await vi.waitFor(() => expect(others).toHaveLength(1));
    expect(await Promise.all(others)).toMatchObject([{ replayed: true, userErrors: [] }]);
    expect(writesOf(world)).toHaveLength(1);
  });
});
