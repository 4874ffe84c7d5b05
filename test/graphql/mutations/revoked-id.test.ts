import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { platformWords } from './platform-words.ts';
import { ask, globalId, startWriteWorld, type WriteWorld } from './world.ts';

let world: WriteWorld;
beforeAll(async () => {
  world = await startWriteWorld();
});
afterAll(() => world.close());
beforeEach(() => world.sandbox.clearRequests());
afterEach(() => world.sandbox.faults.clear());

const payload = z.object({
  payload: z.object({
    revokedEnrollmentTokenId: z.string().nullable(),
    userErrors: z.array(z.object({ code: z.string() })),
  }),
});

const revoke = async (id: string, authorization?: string) => {
  const { data, errors } = await ask(
    world,
    'revokeEnrollmentToken',
    { id },
    {
      selection: 'revokedEnrollmentTokenId userErrors { code }',
      ...(authorization === undefined ? {} : { authorization }),
    },
  );
  expect(errors).toStrictEqual([]);
  return payload.parse(data).payload;
};

describe.each(platformWords)('revokedEnrollmentTokenId on $key', (words) => {
  const add = (fields: { readonly state?: string } = {}) =>
    globalId(world, words.tokenType, world.sandbox.addToken(words.key, fields).id);

  test('is the id that was given, without a further call', async () => {
    const id = add();
    expect(await revoke(id)).toStrictEqual({ revokedEnrollmentTokenId: id, userErrors: [] });
    expect(world.sandbox.requests().map(({ method }) => method)).toStrictEqual(['DELETE']);
  });

  test('is the id of a token that was revoked before', async () => {
    const id = add();
    await revoke(id);
    expect(await revoke(id)).toStrictEqual({ revokedEnrollmentTokenId: id, userErrors: [] });
  });

  test('is the id after a lost answer whose token is seen to be revoked', async () => {
    const id = add();
    world.sandbox.faults.add({ kind: 'reset-after', match: { method: 'DELETE' } });
    expect(await revoke(id)).toStrictEqual({ revokedEnrollmentTokenId: id, userErrors: [] });
  });

  test.each([
    ['the token never was', () => globalId(world, words.tokenType, '5f1b2c3d4e5f6a7b8c9d0e1f')],
    ['the id is none', () => 'nonsense'],
  ])('is null if %s', async (_why, id) => {
    const { revokedEnrollmentTokenId, userErrors } = await revoke(id());
    expect(revokedEnrollmentTokenId).toBeNull();
    expect(userErrors).toHaveLength(1);
  });

  test('is null if the API refuses, or if its answer is lost and the token is not revoked', async () => {
    const id = add();
    for (const kind of ['forbidden', 'reset-before'] as const) {
      world.sandbox.faults.add({ kind, match: { method: 'DELETE' } });
      const { revokedEnrollmentTokenId, userErrors } = await revoke(id);
      expect(revokedEnrollmentTokenId).toBeNull();
      expect(userErrors).toHaveLength(1);
      world.sandbox.faults.clear();
    }
  });
});
