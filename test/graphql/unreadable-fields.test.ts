import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../support/gateway.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld({ tokens: 0, oddities: false });
});

afterAll(() => world.close());

const countOf = async (kind: string): Promise<number> => {
  const text = await (await fetch(new URL('/metrics', world.url))).text();
  const line = text.split('\n').find((candidate) => candidate.includes(`kind="${kind}"`));
  return Number(line?.split(' ')[1] ?? 0);
};

/** How a token with these fields is shown, among others that are as they should be. */
const show = async (fields: Readonly<Record<string, unknown>>) => {
  const displayName = 'the odd one';
  world.sandbox.addToken('windows', { state: 'PENDING', displayName, ...fields });
  const { data, errors } = await world.ask(
    '{ enrollmentTokens(first: 1) { nodes { createdAt expiresAt isUsable segmentId tags user { id } policyAssignments { priority } } sources { status } } }',
  );
  expect(errors).toEqual([]);
  expect(data.enrollmentTokens.sources).toEqual([{ status: 'OK' }, { status: 'OK' }]);
  return data.enrollmentTokens.nodes[0];
};

let minute = 0;
/** Newer than every token before. */
const newest = () => new Date(Date.UTC(2030, 0, 1, 0, ++minute)).toISOString();
const later = '2099-01-01T00:00:00.000Z';

describe('an expiry', () => {
  it.each([
    ['a number', { expireAt: 1000, summary: {} }],
    ['a text that is no date', { expireAt: 'garbage', summary: {} }],
    ['an empty text', { expireAt: '', summary: {} }],
    ['a day that is not in the calendar', { expireAt: '2099-02-30T00:00:00Z', summary: {} }],
    ['a list', { expireAt: [later], summary: null }],
    ['such a date in the summary alone', { expireAt: null, summary: { expirationTimestamp: 5 } }],
  ])('that is %s does not mean never', async (_what, fields) => {
    const before = await countOf('unreadable-date');
    const token = await show({ createdAt: newest(), ...fields });
    expect(token).toMatchObject({ expiresAt: null, isUsable: false });
    expect(await countOf('unreadable-date')).toBeGreaterThan(before);
  });

  it.each([
    ['null', { expireAt: null, summary: {} }, null],
    [
      'unreadable beside a summary that can be read',
      { expireAt: 5, summary: { expirationTimestamp: later } },
      later,
    ],
    [
      'the last day of a month',
      { expireAt: '2099-01-31T00:00:00Z', summary: {} },
      '2099-01-31T00:00:00.000Z',
    ],
  ])('that is %s leaves the token usable', async (_what, fields, expiresAt) => {
    const token = await show({ createdAt: newest(), ...fields });
    expect(token).toMatchObject({ expiresAt, isUsable: true });
  });
});

describe('a field that cannot be read', () => {
  it.each([
    ['unreadable-segment', { segmentId: 'root' }],
    ['unreadable-segment', { segmentId: -1 }],
    ['unreadable-date', { updatedAt: '2026-02-30T00:00:00Z' }],
    ['unreadable-text', { type: 5 }],
    ['unreadable-text', { tags: ['a', 5] }],
    ['unreadable-list', { tags: 'a' }],
    ['unreadable-boolean', { sendEmail: 'perhaps' }],
    ['unreadable-object', { config: 'none' }],
    ['unreadable-id', { winEnterpriseId: 'no id!' }],
    ['unreadable-user', { mdmUser: 'nobody in particular' }],
    ['unreadable-email', { mdmUser: { id: 'a'.repeat(24), email: '[email protected]' } }],
    [
      'unreadable-number',
      { winPolicyAssignments: [{ winPolicyId: 'b'.repeat(24), priority: {} }] },
    ],
    [
      'unreadable-policy-assignment',
      { winPolicyAssignments: [{ winPolicyId: '???', priority: 1 }] },
    ],
  ])('is counted as %s, logged once and costs no token: %j', async (kind, fields) => {
    const before = await countOf(kind);
    await show({ createdAt: newest(), ...fields });
    expect(await countOf(kind)).toBeGreaterThan(before);
    const lines = world.logged().filter(({ surprise }) => surprise === kind);
    expect(lines).toHaveLength(1);
  });

  it('is counted where it is read alone, and embedded', async () => {
    const { id } = world.sandbox.addToken('windows', { createdAt: newest(), segmentId: 'root' });
    const { data } = await world.ask('{ enrollmentTokens(first: 1) { nodes { id sourceId } } }');
    expect(data.enrollmentTokens.nodes[0].sourceId).toBe(id);
    const before = await countOf('unreadable-segment');
    await world.ask('query ($id: ID!) { enrollmentToken(id: $id) { segmentId } }', {
      variables: { id: data.enrollmentTokens.nodes[0].id },
    });
    expect(await countOf('unreadable-segment')).toBe(before + 1);
  });
});

it('a DateTime of the input is refused where the day is not in the calendar', async () => {
  const { errors } = await world.ask(
    '{ enrollmentTokens(first: 1, filter: { expiresAfter: "2026-02-30T00:00:00Z" }) { nodes { id } } }',
  );
  expect(errors).not.toEqual([]);
});
