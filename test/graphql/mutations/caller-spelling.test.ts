import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeCase } from '../../faults/cases/write-cases.ts';
import { at, mutate, startWriteWorld, type WriteWorld, writesOf } from './world.ts';

let world: WriteWorld;
beforeEach(async () => {
  world = await startWriteWorld();
});
afterEach(() => world.close());

const spellings = () =>
  ['Bearer', 'bearer', 'BEARER ', 'bEaReR'].map((scheme) => `${scheme} ${world.sandbox.apiKey}`);

test.each([
  'createWindowsEnrollmentToken',
  'createAppleEnrollmentToken',
  'bulkCreateWindowsEnrollmentTokens',
  'bulkCreateAppleEnrollmentTokens',
] as const)(`${writeCase('a key that is repeated with `bearer` instead of `Bearer`')} (%s)`, async (name) => {
  const { id, email } = at(world.users, 0);
  const whom = name.startsWith('bulk') ? { userEmails: [email] } : { userId: id };
  const input = { ...whom, sendEmail: false, idempotencyKey: randomUUID() };
  const replayed: unknown[] = [];
  for (const authorization of spellings()) {
    const payload = await mutate(world, name, input, { authorization });
    expect(payload.userErrors).toStrictEqual([]);
    replayed.push(payload.replayed);
  }
  expect(replayed).toStrictEqual([false, true, true, true]);
  expect(writesOf(world)).toHaveLength(1);
});

test('lookups are remembered for a caller however the scheme is spelled', async () => {
  const query = `{ node(id: "${at(world.users, 0).id}") { ... on MdmUser { name } } }`;
  for (const authorization of spellings()) {
    const { data, errors } = await world.ask(query, { authorization });
    expect([data?.node, errors]).toStrictEqual([expect.anything(), []]);
  }
  expect(world.sandbox.requests()).toHaveLength(1);
});

test('a refused key is refused for some seconds however the scheme is spelled', async () => {
  for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
    const { errors } = await world.ask('{ mdmUsers(first: 1) { nodes { id } } }', {
      authorization: `${scheme} no-such-key-anywhere`,
    });
    expect(errors[0]?.extensions['code']).toBe('UNAUTHENTICATED');
  }
  expect(world.sandbox.requests()).toHaveLength(1);
});
