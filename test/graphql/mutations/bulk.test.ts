import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  ask,
  at,
  faultsOf,
  mutate,
  type Payload,
  startWriteWorld,
  type WriteWorld,
  withResults,
  writesOf,
} from './world.ts';

const chunkSize = 50;

let world: WriteWorld;
const start = async (environment: Readonly<Record<string, string>> = {}) => {
  world = await startWriteWorld(
    { users: 450, tokens: 30 },
    { BULK_CHUNK_SIZE: String(chunkSize), ...environment },
  );
};
afterEach(() => world.close());

/** Changes the case of every other letter. */
const mixCase = (text: string): string =>
  [...text].map((letter, index) => (index % 2 ? letter.toUpperCase() : letter)).join('');

const comparable = (email: string): string => email.trim().toLowerCase();

const owned = z.object({ id: z.string(), mdmUser: z.object({ email: z.string() }) });
const bulkBody = z.looseObject({ userEmails: z.array(z.string()) });

/** The tokens of that name, as the sandbox stores them: their ids by address. */
const storedBy = (platform: string, displayName: string): ReadonlyMap<string, string> => {
  const { tokens } = world.sandbox.platform(platform);
  const named = tokens.all().filter((token) => token['displayName'] === displayName);
  return new Map(
    named.map((token) => {
      const { id, mdmUser } = owned.parse(token);
      return [comparable(mdmUser.email), id];
    }),
  );
};

/** The addresses that reached the API, in order. */
const sentAddresses = () => writesOf(world).flatMap(({ body }) => bulkBody.parse(body).userEmails);

const outcomesOf = ({ results = [] }: Payload) => {
  const counts: Record<string, number> = {};
  for (const { outcome } of results) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
};

/** Expects that each CREATED address has the stored token, and that FAILED and NOT_ATTEMPTED addresses have none. */
const expectTrue = (payload: Payload, stored: ReadonlyMap<string, string>) => {
  const told = payload.results ?? [];
  const wrong = told.filter(({ email, outcome, enrollmentToken }) => {
    const id = stored.get(comparable(email));
    if (outcome === 'CREATED') return enrollmentToken?.sourceId !== id;
    return enrollmentToken !== null || (outcome !== 'UNKNOWN' && id !== undefined);
  });
  expect(wrong).toStrictEqual([]);
};

/** 500 lines as people paste them: 420 users, 30 unknown addresses, 20 malformed addresses, 30 repeated ones. */
const paste = (): readonly string[] => {
  const users = world.users.slice(0, 420).map(({ email }, index) => {
    if (index % 3 === 0) return mixCase(email);
    return index % 3 === 1 ? ` ${email}\t` : email;
  });
  const lines = [
    ...users,
    ...Array.from({ length: 30 }, (_, index) => `stranger${index}@nowhere.example`),
    ...Array.from({ length: 20 }, (_, index) => `not an address ${index}`),
    ...world.users.slice(0, 30).map(({ email }) => email.toUpperCase()),
  ];
  // Spreads the lines: 7 and 500 have no common divisor.
  return lines.map((_line, index) => at(lines, (index * 7) % lines.length));
};

/** Calls back before chunk `number` (from 1) is answered. */
const beforeChunk = (number: number, act: () => void) => {
  world.sandbox.onRequest(({ method }) => {
    if (method === 'POST' && writesOf(world).length === number) act();
  });
};

describe.each([
  ['windows', 'bulkCreateWindowsEnrollmentTokens'],
  ['apple', 'bulkCreateAppleEnrollmentTokens'],
] as const)('a bulk of 500 addresses on %s', (platform, name) => {
  beforeEach(() => start());

  test('agrees with what the API stored, address by address, though one chunk fails', async () => {
    const displayName = 'Invited together';
    beforeChunk(4, () =>
      world.sandbox.faults.add({ kind: 'status', status: 400, code: 4711, times: 1 }),
    );
    const userEmails = paste();
    const payload = await mutate(
      world,
      name,
      { userEmails, sendEmail: true, displayName, durationSeconds: 3_600 },
      { selection: withResults },
    );

    const distinct = [...new Set(userEmails.map(comparable))];
    const wellFormed = distinct.filter((email) => !email.startsWith('not an address'));
    expect([distinct.length, wellFormed.length]).toStrictEqual([470, 450]);
    expect(sentAddresses().map(comparable)).toStrictEqual(wellFormed);
    expect(sentAddresses().filter((email) => email !== email.trim())).toStrictEqual([]);
    expect(writesOf(world)).toHaveLength(wellFormed.length / chunkSize);

    const stored = storedBy(platform, displayName);
    const made = stored.size;
    expect(made).toBeGreaterThanOrEqual(420 - chunkSize);
    expect(made).toBeLessThan(420);
    expect(payload).toMatchObject({
      total: 470,
      success: made,
      fail: 470 - made,
      replayed: false,
    });
    expect(payload.results?.map(({ email }) => comparable(email))).toStrictEqual(distinct);
    expect(outcomesOf(payload)).toStrictEqual({ CREATED: made, FAILED: 470 - made });
    expectTrue(payload, stored);

    const [refused, ...malformed] = payload.userErrors.toReversed();
    expect(refused).toMatchObject({ code: 'INVALID_INPUT', path: null });
    expect(malformed).toHaveLength(20);
    for (const { code, path } of malformed) {
      expect(code).toBe('INVALID_INPUT');
      expect(userEmails[Number(path?.at(-1))]).toMatch(/^not an address/);
    }
  });

  test('reads nothing back where no results are selected', async () => {
    await mutate(world, name, { userEmails: paste(), sendEmail: false });
    expect(new Set(world.sandbox.requests().map(({ method }) => method))).toStrictEqual(
      new Set(['POST']),
    );
  });

  test('reads few pages back, and a replay sends nothing', async () => {
    const input = { idempotencyKey: randomUUID(), userEmails: paste(), sendEmail: false };
    const first = await mutate(world, name, input, { selection: withResults });
    const reads = world.sandbox.requests().filter(({ method }) => method === 'GET');
    expect(reads.length).toBeLessThanOrEqual(2);
    world.sandbox.clearRequests();
    const again = await mutate(world, name, input, { selection: withResults });
    expect(again).toStrictEqual({ ...first, replayed: true });
    expect(writesOf(world)).toStrictEqual([]);
  });
});

describe('a bulk in three chunks', () => {
  const displayName = 'Three chunks';
  const invited = () => world.users.slice(0, 3 * chunkSize).map(({ email }) => email);
  const input = () => ({
    idempotencyKey: randomUUID(),
    userEmails: invited(),
    sendEmail: false,
    displayName,
  });
  const run = (given: object) =>
    mutate(world, 'bulkCreateWindowsEnrollmentTokens', given, { selection: withResults });
  const stored = () => storedBy('windows', displayName);
  const failChunk = (number: number, kind: 'reset-before' | 'reset-after' | 'truncate') =>
    beforeChunk(number, () => world.sandbox.faults.add({ kind, times: 1 }));

  test.each([
    'reset-after',
    'truncate',
  ] as const)('one of which is lost by %s is told by reading back, and is not sent again', async (kind) => {
    await start();
    failChunk(2, kind);
    const given = { ...input(), userEmails: [...invited(), 'stranger@nowhere.example'] };
    const payload = await run(given);
    // The counts agree with the results, which are more exact than the counts of the API.
    expect(payload).toMatchObject({ total: 151, success: 150, fail: 1, replayed: false });
    expect(payload.userErrors).toMatchObject([{ code: 'OUTCOME_UNKNOWN' }]);
    expect(outcomesOf(payload)).toStrictEqual({ CREATED: 150, FAILED: 1 });
    expectTrue(payload, stored());
    expect(await run(given)).toStrictEqual({ ...payload, replayed: true });
    expect(writesOf(world)).toHaveLength(4);
    expect(stored().size).toBe(150);
  });

  test('one of which may not have arrived is unknown, never failed, until it lands', async () => {
    await start();
    failChunk(2, 'reset-before');
    const given = input();
    const payload = await run(given);
    expect(outcomesOf(payload)).toStrictEqual({ CREATED: 100, UNKNOWN: 50 });
    expectTrue(payload, stored());
    const unknown = payload.results?.find(({ outcome }) => outcome === 'UNKNOWN');
    expect(unknown?.error).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(outcomesOf(await run(given))).toStrictEqual({ CREATED: 100, UNKNOWN: 50 });
    expect(writesOf(world)).toHaveLength(3);
  });

  test('says when to come back where the API has had enough', async () => {
    await start();
    beforeChunk(2, () =>
      world.sandbox.faults.add({ kind: 'status', status: 429, retryAfterSeconds: 300, times: 1 }),
    );
    const payload = await run(input());
    expect(payload).toMatchObject({ total: 150, success: 50, fail: 0, replayed: false });
    expect(payload.userErrors).toMatchObject([
      { __typename: 'MdmRateLimitError', code: 'RATE_LIMITED', retryAfterSeconds: 300 },
    ]);
    expect(outcomesOf(payload)).toStrictEqual({ CREATED: 50, NOT_ATTEMPTED: 100 });
  });

  /** The first call ended after some chunks. A call with the same key does the rest, and no more. */
  const expectRest = async (given: object, first: Payload, rest: 'FAILED' | 'NOT_ATTEMPTED') => {
    expect(outcomesOf(first)).toStrictEqual({ CREATED: 50, [rest]: 100 });
    const fail = rest === 'FAILED' ? 100 : 0;
    expect(first).toMatchObject({ total: 150, success: 50, fail, replayed: false });
    expectTrue(first, stored());
    const second = await run(given);
    expect(second).toMatchObject({ total: 150, success: 150, fail: 0, replayed: false });
    expect(outcomesOf(second)).toStrictEqual({ CREATED: 150 });
    expectTrue(second, stored());
  };

  test('goes on with its key once the permission is there', async () => {
    await start();
    beforeChunk(2, () => world.sandbox.faults.add({ kind: 'forbidden', times: 1 }));
    const given = input();
    const first = await run(given);
    expect(first.userErrors).toMatchObject([{ code: 'PERMISSION_DENIED' }]);
    await expectRest(given, first, 'FAILED');
    // The refused chunk had no effect and is sent again.
    expect(sentAddresses()).toStrictEqual([
      ...invited().slice(0, 2 * chunkSize),
      ...invited().slice(chunkSize),
    ]);
  });

  test('goes on with its key where its time ended', async () => {
    await start({ REQUEST_TIMEOUT_MS: '6000', UPSTREAM_TIMEOUT_MS: '6000' });
    // A chunk is sent only while a quarter of the time is left for its answer.
    world.sandbox.faults.add({ kind: 'delay', ms: 4_700, times: 1, match: { method: 'POST' } });
    const given = input();
    const first = await run(given);
    expect(first.userErrors).toStrictEqual([]);
    await expectRest(given, first, 'NOT_ATTEMPTED');
    expect(sentAddresses()).toStrictEqual(invited());
  });

  test('stops between chunks where the process is about to end', async () => {
    await start();
    beforeChunk(2, () => world.app.drain());
    const payload = await run(input());
    expect(outcomesOf(payload)).toStrictEqual({ CREATED: 100, NOT_ATTEMPTED: 50 });
    expectTrue(payload, stored());
  });

  test('stops between chunks when its client leaves, and goes on with its key', async () => {
    await start();
    const client = new AbortController();
    beforeChunk(2, () => {
      client.abort();
      // Time for the gateway to notice.
      world.sandbox.faults.add({ kind: 'delay', ms: 500, times: 1 });
    });
    const given = input();
    const left = ask(world, 'bulkCreateWindowsEnrollmentTokens', given, { signal: client.signal });
    await expect(left).rejects.toThrow(/abort/i);
    await world.app.whenIdle(0);
    expect(stored().size).toBe(100);
    expect(await run(given)).toMatchObject({ success: 150, replayed: false, userErrors: [] });
    expect(sentAddresses()).toStrictEqual(invited());
    expect(stored().size).toBe(150);
  });

  test('counts all the same where reading back fails', async () => {
    await start();
    world.sandbox.faults.add({ kind: 'forbidden', match: { method: 'GET' } });
    const payload = await run({
      ...input(),
      userEmails: [...invited(), 'stranger@nowhere.example'],
    });
    expect(payload).toMatchObject({ success: 150, fail: 1, userErrors: [] });
    // The counts show on their own that all tokens of a chunk were created, or none.
    expect(outcomesOf(payload)).toStrictEqual({ CREATED: 150, FAILED: 1 });
    expect(payload.results?.[0]?.enrollmentToken).toBeNull();
  });
});

describe('a bulk', () => {
  const name = 'bulkCreateAppleEnrollmentTokens';

  test('of malformed addresses alone sends nothing', async () => {
    await start();
    const payload = await mutate(
      world,
      name,
      { userEmails: ['nobody', '@'], sendEmail: false },
      { selection: withResults },
    );
    expect(payload).toMatchObject({ total: 2, success: 0, fail: 2, replayed: false });
    expect(faultsOf(payload)).toStrictEqual([
      ['INVALID_INPUT', 'input.userEmails.0'],
      ['INVALID_INPUT', 'input.userEmails.1'],
    ]);
    expect(outcomesOf(payload)).toStrictEqual({ FAILED: 2 });
    expect(world.sandbox.requests()).toStrictEqual([]);
  });

  test('that the plan forbids creates nothing and says so once', async () => {
    await start();
    world.sandbox.faults.add({ kind: 'plan' });
    const emails = world.users.slice(0, 120).map(({ email }) => email);
    const payload = await mutate(
      world,
      name,
      { userEmails: emails, sendEmail: false },
      { selection: withResults },
    );
    expect(faultsOf(payload)).toStrictEqual([['FEATURE_NOT_IN_PLAN', null]]);
    expect(payload).toMatchObject({ total: 120, success: 0, fail: 120, replayed: false });
    expect(outcomesOf(payload)).toStrictEqual({ FAILED: 120 });
    expect(payload.results?.[0]?.error).toMatchObject({ code: 'FEATURE_NOT_IN_PLAN' });
    expect(writesOf(world)).toHaveLength(1);
  });

  test.each([
    ['counts in other words', { data: { success: 2 } }, { success: 2, fail: 0 }],
    ['the tokens themselves', { data: { items: [{}, {}] } }, { success: 2, fail: 0 }],
    ['two counts of three', { data: { total: 2, fail: 1 } }, { success: 1, fail: 1 }],
  ])('answered by %s is understood', async (_how, answer, counts) => {
    await start();
    world.sandbox.faults.add({
      kind: 'rewrite',
      rewrite: () => ({ status: true, ...answer }),
      match: { method: 'POST' },
    });
    const emails = world.users.slice(0, 2).map(({ email }) => email);
    expect(await mutate(world, name, { userEmails: emails, sendEmail: false })).toMatchObject({
      total: 2,
      ...counts,
      userErrors: [],
    });
  });

  test('answered without any count is an unknown outcome, told by reading back', async () => {
    await start();
    world.sandbox.faults.add({
      kind: 'rewrite',
      rewrite: () => ({ status: true, data: {} }),
      match: { method: 'POST' },
    });
    const emails = world.users.slice(0, 2).map(({ email }) => email);
    const payload = await mutate(
      world,
      name,
      { userEmails: emails, sendEmail: false, displayName: 'Uncounted' },
      { selection: withResults },
    );
    expect(payload.userErrors).toMatchObject([{ code: 'OUTCOME_UNKNOWN' }]);
    expect(outcomesOf(payload)).toStrictEqual({ CREATED: 2 });
  });
});
