import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/sandbox/json.ts';
import { writeCase } from '../../faults/cases/write-cases.ts';
import { type PlatformWords, platformWords } from './platform-words.ts';
import { at, globalId, mutate, startWriteWorld, type WriteWorld, writesOf } from './world.ts';

let world: WriteWorld;
beforeAll(async () => {
  world = await startWriteWorld();
});
afterAll(() => world.close());
beforeEach(() => world.sandbox.clearRequests());

const policiesOf = ({ key }: PlatformWords) =>
  key === 'apple' ? world.applePolicies : world.windowsPolicies;

const sourceId = (words: PlatformWords, index: number): string =>
  at(policiesOf(words), index).sourceId;

const update = (words: PlatformWords, fields: object, change: object) => {
  const token = world.sandbox.addToken(words.key, { state: 'PENDING', ...fields });
  const id = globalId(world, words.tokenType, token.id);
  return mutate(world, 'updateEnrollmentToken', { id, ...change });
};

const sentBodies = () => writesOf(world).map(({ body }) => body);

describe.each(platformWords)('a rename on $key', (words) => {
  const { assignments, policyId, legacyPolicy, answeredLegacyPolicy } = words;
  const assigned = (index: number, priority?: string | number | null): JsonObject => ({
    [policyId]: sourceId(words, index),
    priority,
  });

  test.each([
    ['absent', undefined, 10_000],
    ['null', null, 10_000],
    ['a word', 'high', 10_000],
    ['digits as a text', '100', 100],
  ])(`${writeCase('an update of a token whose assignments have no number')}, if it is %s`, async (_what, sent, number) => {
    const fields = { [assignments]: [assigned(2, sent)], [answeredLegacyPolicy]: null };
    const { userErrors } = await update(words, fields, { displayName: 'After' });
    expect(userErrors).toStrictEqual([]);
    expect(sentBodies()).toStrictEqual([
      expect.objectContaining({
        displayName: 'After',
        [assignments]: [{ [policyId]: sourceId(words, 2), priority: number }],
      }),
    ]);
    expect(sentBodies()[0]).not.toHaveProperty(legacyPolicy);
  });

  test('keeps the legacy policy the legacy policy, beside assignments without a number', async () => {
    const fields = {
      [answeredLegacyPolicy]: sourceId(words, 0),
      [assignments]: [assigned(1), assigned(2, 7)],
    };
    await update(words, fields, { displayName: 'After' });
    expect(sentBodies()).toStrictEqual([
      expect.objectContaining({
        [legacyPolicy]: sourceId(words, 0),
        [assignments]: [
          { [policyId]: sourceId(words, 2), priority: 7 },
          { [policyId]: sourceId(words, 1), priority: 10_000 },
        ],
      }),
    ]);
  });

  test(writeCase('an update of a token whose legacy policy is also assigned'), async () => {
    const fields = { [answeredLegacyPolicy]: sourceId(words, 0), [assignments]: [assigned(0, 7)] };
    await update(words, fields, { tags: ['new'] });
    expect(sentBodies()).toStrictEqual([
      expect.objectContaining({
        [legacyPolicy]: sourceId(words, 0),
        [assignments]: [{ [policyId]: sourceId(words, 0), priority: 7 }],
      }),
    ]);
  });

  test('shows the legacy policy first, then the numbers, and those without a number last', async () => {
    const token = world.sandbox.addToken(words.key, {
      [answeredLegacyPolicy]: sourceId(words, 0),
      [assignments]: [assigned(1), assigned(2, '100'), assigned(3, 20)],
    });
    const id = globalId(world, words.tokenType, token.id);
    const query = `{ node(id: "${id}") { ... on EnrollmentToken { policyAssignments { policySourceId priority } } } }`;
    expect((await world.ask(query)).data).toStrictEqual({
      node: {
        policyAssignments: [
          { policySourceId: sourceId(words, 0), priority: null },
          { policySourceId: sourceId(words, 3), priority: 20 },
          { policySourceId: sourceId(words, 2), priority: 100 },
          { policySourceId: sourceId(words, 1), priority: null },
        ],
      },
    });
  });
});

describe.each(platformWords)('any update of any odd token on $key', (words) => {
  const { assignments, policyId, legacyPolicy, answeredLegacyPolicy } = words;
  const number = fc.integer({ min: 0, max: 10_000 });
  const index = fc.nat({ max: 3 });
  const oddAssignment = fc.record({
    index,
    upper: fc.boolean(),
    priority: fc.oneof(number, number.map(String), fc.constantFrom(undefined, null, 'high', 1.5)),
  });
  const oddToken = fc.record({
    legacy: fc.option(index),
    isObject: fc.boolean(),
    assigned: fc.array(oddAssignment, { maxLength: 4 }),
    displayName: fc.constantFrom(undefined, null, '', 'Before', 42),
    tags: fc.constantFrom(undefined, null, [], ['old', 'stays']),
    segmentId: fc.constantFrom(undefined, null, 4, '4', 'root'),
  });
  const anyChange = fc.record(
    {
      displayName: fc.constantFrom(null, 'After'),
      tags: fc.constantFrom(null, [], ['new']),
      segmentId: fc.constantFrom(null, 9),
      policyAssignments: fc.option(
        fc.array(fc.record({ index, priority: number }), { maxLength: 3 }),
      ),
    },
    { requiredKeys: [] },
  );

  const numberOf = (priority: unknown): number => {
    const whole = typeof priority === 'string' ? Number(priority) : priority;
    return typeof whole === 'number' && Number.isInteger(whole) ? whole : 10_000;
  };

  /** Sorts assignments, because those with equal numbers can come in any order. */
  const inOrder = (list: readonly { readonly index: number; readonly priority: unknown }[]) =>
    list
      .map(({ index: which, priority }) => ({
        [policyId]: sourceId(words, which),
        priority: numberOf(priority),
      }))
      .map((entry) => JSON.stringify(entry))
      .toSorted();

  test('sends what it does not name as it was read', async () => {
    await fc.assert(
      fc.asyncProperty(oddToken, anyChange, async (odd, change) => {
        world.sandbox.clearRequests();
        const legacyId = odd.legacy === null ? null : sourceId(words, odd.legacy);
        const stored = {
          displayName: odd.displayName,
          tags: odd.tags,
          segmentId: odd.segmentId,
          [answeredLegacyPolicy]: odd.isObject && legacyId !== null ? { id: legacyId } : legacyId,
          [assignments]: odd.assigned.map(({ index: which, upper, priority }) => {
            const id = sourceId(words, which);
            return { [policyId]: upper ? id.toUpperCase() : id, priority };
          }),
        };
        const given = {
          ...change,
          ...(change.policyAssignments && {
            policyAssignments: change.policyAssignments.map(({ index: which, priority }) => ({
              policyId: at(policiesOf(words), which).id,
              priority,
            })),
          }),
        };
        await update(words, stored, given);
        const { [assignments]: sentAssignments, ...sent } = Object(sentBodies()[0]);
        const replaces = change.policyAssignments !== undefined;
        const segmentId = 'segmentId' in change ? (change.segmentId ?? 0) : Number(odd.segmentId);
        expect(sent).toStrictEqual({
          displayName:
            change.displayName === undefined
              ? typeof odd.displayName === 'string'
                ? odd.displayName
                : ''
              : (change.displayName ?? ''),
          tags: (change.tags === undefined ? odd.tags : change.tags) ?? [],
          ...(segmentId > 0 || 'segmentId' in change ? { segmentId } : {}),
          ...(legacyId === null || replaces ? {} : { [legacyPolicy]: legacyId }),
        });
        expect(
          sentAssignments.map((entry: unknown) => JSON.stringify(entry)).toSorted(),
        ).toStrictEqual(inOrder(replaces ? (change.policyAssignments ?? []) : odd.assigned));
      }),
      { numRuns: 60 },
    );
  });
});
