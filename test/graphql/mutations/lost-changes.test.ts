import { afterEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/sandbox/json.ts';
import { writeCase } from '../../faults/cases/write-cases.ts';
import { platformWords } from './platform-words.ts';
import {
  at,
  faultsOf,
  globalId,
  mutate,
  startWriteWorld,
  type WriteWorld,
  writesOf,
} from './world.ts';

let world: WriteWorld;
afterEach(() => world.close());

/** The operation's time ends while the API does not answer. */
const littleTime = { REQUEST_TIMEOUT_MS: '700' };

const start = async (environment: Readonly<Record<string, string>> = {}) => {
  world = await startWriteWorld({}, environment);
};

/** Reads fail after write `number` (from 1). */
const failReadsAfterWrite = (number = 1) =>
  world.sandbox.onRequest(({ method }) => {
    if (method !== 'GET' && writesOf(world).length === number) {
      world.sandbox.faults.add({ kind: 'forbidden', match: { method: 'GET' } });
    }
  });

describe.each(platformWords)('on $key', (words) => {
  const add = (fields: JsonObject = {}) => {
    const token = world.sandbox.addToken(words.key, { displayName: 'Before', ...fields });
    return globalId(world, words.tokenType, token.id);
  };
  const rename = (id: string) =>
    mutate(
      world,
      'updateEnrollmentToken',
      { id, displayName: 'After' },
      {
        selection:
          'enrollmentToken { id sourceId displayName } userErrors { __typename code message path }',
      },
    );

  test.each([
    'silence-after',
    'silence',
  ] as const)(`${writeCase('an update whose answer is lost at the deadline')} (%s)`, async (kind) => {
    await start(littleTime);
    const id = add();
    world.sandbox.faults.add({ kind, match: { method: 'PUT' } });
    const payload = await rename(id);
    if (kind === 'silence-after') {
      expect(payload).toMatchObject({
        enrollmentToken: { displayName: 'After' },
        userErrors: [],
      });
    } else {
      expect(faultsOf(payload)).toStrictEqual([['UPSTREAM_UNAVAILABLE', null]]);
      expect(at(payload.userErrors, 0).message).toMatch(/may have been made/);
    }
    expect(writesOf(world)).toHaveLength(1);
  });

  test(
    writeCase('an update whose answer is lost, and whose token cannot be read again'),
    async () => {
      await start();
      const id = add();
      world.sandbox.faults.add({ kind: 'reset-after', match: { method: 'PUT' } });
      failReadsAfterWrite();
      const payload = await rename(id);
      expect(faultsOf(payload)).toStrictEqual([['OUTCOME_UNKNOWN', null]]);
      expect(at(payload.userErrors, 0).message).toMatch(/the change may have been made/);
    },
  );

  test.each([
    'fail-after',
    'status',
  ] as const)(`${writeCase('an update that removes the legacy policy, and whose answer is lost')} (%s)`, async (kind) => {
    await start();
    const [legacy, next] = [0, 1].map((index) =>
      at(words.key === 'apple' ? world.applePolicies : world.windowsPolicies, index),
    );
    const id = add({ [words.answeredLegacyPolicy]: legacy?.sourceId });
    world.sandbox.onRequest(({ method }) => {
      if (method !== 'PUT' || writesOf(world).length !== 2) return;
      world.sandbox.faults.add(
        kind === 'status' ? { kind, status: 503, times: 1 } : { kind, times: 1 },
      );
    });
    const payload = await mutate(world, 'updateEnrollmentToken', {
      id,
      policyAssignments: [{ policyId: next?.id, priority: 3 }],
    });
    const assigned = { policySourceId: next?.sourceId, priority: 3 };
    if (kind === 'fail-after') {
      expect(payload).toMatchObject({
        enrollmentToken: { policyAssignments: [assigned] },
        userErrors: [],
      });
    } else {
      expect(faultsOf(payload)).toStrictEqual([
        ['UPSTREAM_UNAVAILABLE', 'input.policyAssignments'],
      ]);
      expect(at(payload.userErrors, 0).message).toMatch(/it is not known whether/);
      expect(payload.enrollmentToken).toMatchObject({
        policyAssignments: [{ policySourceId: legacy?.sourceId, priority: null }, assigned],
      });
    }
  });

  test(writeCase('a revocation whose answer is lost at the deadline'), async () => {
    await start(littleTime);
    const id = add();
    world.sandbox.faults.add({ kind: 'silence-after', match: { method: 'DELETE' } });
    expect(await mutate(world, 'revokeEnrollmentToken', { id })).toMatchObject({
      enrollmentToken: { id, state: 'DELETED' },
      userErrors: [],
    });
    expect(writesOf(world)).toHaveLength(1);
  });

  test('a revocation that the API never answers, and whose token is not revoked, is told of', async () => {
    await start(littleTime);
    const id = add();
    world.sandbox.faults.add({ kind: 'silence', match: { method: 'DELETE' } });
    const payload = await mutate(world, 'revokeEnrollmentToken', { id });
    expect(faultsOf(payload)).toStrictEqual([['UPSTREAM_UNAVAILABLE', null]]);
    expect(payload.enrollmentToken).toBeNull();
    expect(writesOf(world)).toHaveLength(1);
  });

  test(writeCase('a revocation whose answer is lost when its calls are used up'), async () => {
    // The search for a token that is not found is a part of the price: one page here.
    await start({ MAX_UPSTREAM_CALLS: '3', MAX_SCAN_ITEMS: '1' });
    const id = add();
    const match = { method: 'DELETE' };
    world.sandbox.faults.add({
      kind: 'status',
      status: 429,
      retryAfterSeconds: 0,
      times: 2,
      match,
    });
    world.sandbox.faults.add({ kind: 'reset-after', match });
    const selection = 'userErrors { __typename code message path }';
    expect(await mutate(world, 'revokeEnrollmentToken', { id }, { selection })).toStrictEqual({
      userErrors: [],
    });
    expect(world.sandbox.requests().map(({ method }) => method)).toStrictEqual([
      'DELETE',
      'DELETE',
      'DELETE',
      'GET',
    ]);
  });

  test(
    writeCase('a revocation whose answer is lost, and whose token cannot be read again'),
    async () => {
      await start();
      const id = add();
      world.sandbox.faults.add({ kind: 'reset-after', match: { method: 'DELETE' } });
      failReadsAfterWrite();
      const payload = await mutate(world, 'revokeEnrollmentToken', { id });
      expect(faultsOf(payload)).toStrictEqual([['OUTCOME_UNKNOWN', null]]);
      expect(at(payload.userErrors, 0).message).toMatch(/it may have been revoked/);
    },
  );
});
