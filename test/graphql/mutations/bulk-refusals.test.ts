import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { FaultKind } from '../../../src/sandbox/faults.ts';
import { writeCase } from '../../faults/cases/write-cases.ts';
import {
  at,
  faultsOf,
  globalId,
  mutate,
  startWriteWorld,
  type WriteWorld,
  withResults,
  writesOf,
} from './world.ts';

let world: WriteWorld;
beforeAll(async () => {
  world = await startWriteWorld({}, { BULK_CHUNK_SIZE: '4' });
});
afterAll(() => world.close());
afterEach(() => {
  world.sandbox.faults.clear();
  world.sandbox.clearRequests();
});

const bulks = [
  ['windows', 'bulkCreateWindowsEnrollmentTokens', 'WindowsPolicy'],
  ['apple', 'bulkCreateAppleEnrollmentTokens', 'ApplePolicy'],
] as const;

describe.each(bulks)('a bulk create on %s', (_platform, name, policyType) => {
  const run = (input: object) =>
    mutate(world, name, { sendEmail: false, ...input }, { selection: withResults });
  const users = (count: number) => world.users.slice(0, count).map(({ email }) => email);

  test.each<[string, FaultKind, string]>([
    ['the plan', { kind: 'plan' }, 'FEATURE_NOT_IN_PLAN'],
    ['a 404', { kind: 'status', status: 404, code: 3001 }, 'NOT_FOUND'],
    ['a missing permission', { kind: 'forbidden' }, 'PERMISSION_DENIED'],
    ['a 405', { kind: 'status', status: 405 }, 'NOT_SUPPORTED'],
    ['a failed creation', { kind: 'status', status: 400, code: 5145 }, 'CREATION_FAILED'],
    ['a 400', { kind: 'status', status: 400, code: 3001 }, 'INVALID_INPUT'],
  ])(`${writeCase('a bulk create that the API refuses as a whole')} (%s)`, async (_by, fault, code) => {
    world.sandbox.faults.add({ ...fault, match: { method: 'POST' } });
    const input = { idempotencyKey: randomUUID(), userEmails: [...users(6), 'nobody'] };
    const payload = await run(input);
    expect(payload).toMatchObject({ total: 7, success: 0, fail: 7, replayed: false });
    expect(payload.results?.map(({ outcome }) => outcome)).toStrictEqual(Array(7).fill('FAILED'));
    expect(payload.results?.slice(0, 6).map(({ error }) => error?.code)).toStrictEqual(
      Array(6).fill(code),
    );
    expect(payload.userErrors.map((error) => error.code)).toStrictEqual(['INVALID_INPUT', code]);
    world.sandbox.faults.clear();
    expect(await run(input)).toMatchObject({ total: 7, success: 6, fail: 1, replayed: false });
  });

  test(
    writeCase('a bulk create with one lost call, whose tokens are found by reading back'),
    async () => {
      world.sandbox.faults.add({ kind: 'reset-after', times: 1, match: { method: 'POST' } });
      const userEmails = [...users(4), 'stranger@nowhere.example', 'nobody'];
      const payload = await run({ userEmails, displayName: `Lost on ${name}` });
      const count = (outcome: string) =>
        payload.results?.filter((result) => result.outcome === outcome).length;
      expect(payload).toMatchObject({ total: 6, success: count('CREATED'), fail: count('FAILED') });
      expect([count('CREATED'), count('FAILED')]).toStrictEqual([4, 2]);
    },
  );

  test(writeCase('addresses with surrounding characters from pasting'), async () => {
    const [one, two, three] = [0, 1, 2].map((index) => at(users(3), index));
    const userEmails = [`${one},`, `<${two}>;`, ` ${three} `, `; <${one}>`];
    const sent = [one, two, three];
    const checked = await run({ userEmails, validateOnly: true });
    expect(checked.results?.map(({ email }) => email)).toStrictEqual(sent);
    const payload = await run({ userEmails });
    expect(payload).toMatchObject({ total: 3, success: 3, fail: 0, userErrors: [] });
    expect(payload.results?.map(({ email }) => email)).toStrictEqual(sent);
    expect(writesOf(world).map(({ body }) => body)).toMatchObject([{ userEmails: sent }]);
  });

  test(writeCase('invalid addresses'), async () => {
    const malformed = [
      'ann@exam ple.com',
      'an\u200Bn@example.com',
      'ann@example.com\uFEFF',
      'ann@exam_ple.com',
      'Ann <ann@example.com>',
      'ann@exam\u00ADple.com',
    ];
    const userEmails = [...malformed, ...users(2), 'ann@bücher.example'];
    const payload = await run({ userEmails });
    expect(payload).toMatchObject({ total: 9, success: 2, fail: 7 });
    expect(payload.results?.map(({ outcome }) => outcome)).toStrictEqual([
      ...malformed.map(() => 'FAILED'),
      ...['CREATED', 'CREATED', 'FAILED'],
    ]);
    expect(payload.results?.at(-1)?.error?.code).toBe('CREATION_FAILED');
    const checked = await run({ userEmails, validateOnly: true });
    expect(checked.fail).toBe(malformed.length);
    expect(checked.results?.slice(0, 6)).toStrictEqual(payload.results?.slice(0, 6));
    expect(checked.userErrors).toStrictEqual(payload.userErrors);
  });

  test('of malformed addresses alone names them, and looks nothing else up', async () => {
    const policyId = globalId(world, policyType, '5f1b2c3d4e5f6a7b8c9d0e1f');
    const policyAssignments = [{ policyId, priority: 1 }];
    const payload = await run({ userEmails: ['nobody'], policyAssignments });
    expect(payload).toMatchObject({ total: 1, success: 0, fail: 1 });
    expect(faultsOf(payload)).toStrictEqual([['INVALID_INPUT', 'input.userEmails.0']]);
    expect(world.sandbox.requests()).toStrictEqual([]);
  });
});
