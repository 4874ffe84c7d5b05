import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BadCursorError } from '../../src/domain/errors.ts';
import { type Cursor, createCursorEncoder, decodeCursor } from '../../src/paging/cursor.ts';
import type { FeedOrder } from '../../src/paging/feed.ts';

const binding = {
  connection: 'enrollmentTokens',
  organizationId: '65a000000000000000000001',
  filter: { states: ['PENDING'], userId: null },
};
const order: FeedOrder = { field: 'createdAt', direction: 'descending', comparison: 'time' };
const encode = createCursorEncoder(binding, order);

const hex = fc.stringMatching(/^[\da-f]{24}$/);
const id = fc.oneof(hex, fc.string());
const ids = fc.array(id, { maxLength: 3 });
const direction = fc.constantFrom('ascending' as const, 'descending' as const);
const key = fc.oneof(
  fc.constant(null),
  fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }),
  fc.string({ unit: 'binary' }),
);
const crowd = fc.record({
  direction,
  lower: ids,
  higher: ids,
  passed: fc.option(
    fc.record({
      id,
      inferredFrom: fc.constantFrom(null, 'above', 'below'),
      side: fc.constantFrom('before', 'after'),
      forward: fc.boolean(),
    }),
  ),
});
const place = fc.record({
  key,
  source: fc.string(),
  id,
  isFirstTie: fc.boolean(),
  isLastTie: fc.boolean(),
  inferredFrom: fc.constantFrom(null, 'above', 'below'),
  crowd: fc.option(crowd, { nil: undefined }),
});
const gap = fc.oneof(
  fc.constantFrom('start' as const, 'end' as const),
  fc.record({ at: place, side: fc.constantFrom('before' as const, 'after' as const) }),
);
const count = fc.nat({ max: 9_999_999 });
const hint = fc.record({
  direction,
  position: count,
  lower: count,
  higher: count,
  totalCount: fc.option(count),
  clamp: fc.option(fc.integer({ min: 1, max: 10_000 })),
  neighbours: fc.option(fc.record({ lower: ids, higher: ids })),
  isForeign: fc.boolean(),
});
const position = fc.record({
  source: fc.string(),
  gap: fc.option(gap),
  hint: fc.option(hint),
});
const cursor: fc.Arbitrary<Cursor> = fc.record({
  at: fc.option(place),
  positions: fc.array(position, { maxLength: 3 }),
});

const refusal = (read: () => unknown): BadCursorError => {
  try {
    read();
  } catch (error) {
    if (error instanceof BadCursorError) return error;
    throw error;
  }
  throw new Error('The cursor was taken.');
};

const plain: Cursor = {
  at: { key: 1_770_000_000_000, source: 'WINDOWS', id: '65a0000000000000000000ff' },
  positions: [],
};

describe('a cursor', () => {
  test('says what it was given, whatever that is', () => {
    fc.assert(
      fc.property(cursor, (given) => {
        expect(decodeCursor('after', encode(given), binding, order)).toEqual(given);
      }),
    );
  });

  test('is refused where any one character is another', () => {
    const text = encode(plain);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (let index = 0; index < text.length; index += 1) {
      for (const other of alphabet) {
        if (other === text[index]) continue;
        const changed = text.slice(0, index) + other + text.slice(index + 1);
        const error = refusal(() => decodeCursor('before', changed, binding, order));
        expect(error.argument).toBe('before');
      }
    }
  });

  test('is refused where it is cut, or longer than it was', () => {
    const text = encode(plain);
    for (let length = 0; length < text.length; length += 1) {
      refusal(() => decodeCursor('after', text.slice(0, length), binding, order));
    }
    for (const more of ['A', 'AA', '=', ' ', '\n']) {
      refusal(() => decodeCursor('after', text + more, binding, order));
    }
  });

  test('is refused where it is any other text, whatever that is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.base64String()), (junk) => {
        refusal(() => decodeCursor('after', junk, binding, order));
      }),
    );
  });

  test.each([
    ['connection', { ...binding, connection: 'mdmUsers' }, order],
    ['organization', { ...binding, organizationId: '65a000000000000000000002' }, order],
    ['filter', { ...binding, filter: { states: ['DONE'] } }, order],
    ['order', binding, { ...order, field: 'updatedAt' }],
    ['order', binding, { ...order, direction: 'ascending' as const }],
    [
      'organization and order',
      { ...binding, organizationId: '65a000000000000000000002' },
      { ...order, field: 'displayName', comparison: 'name' as const },
    ],
  ])('of another %s says so', (difference, otherBinding, otherOrder) => {
    const error = refusal(() => decodeCursor('after', encode(plain), otherBinding, otherOrder));
    expect(error.message).toContain(`a cursor of another ${difference}:`);
    expect(error.message).toContain('"after"');
  });

  test('does not mind the order in which a filter names its conditions', () => {
    const same = { ...binding, filter: { userId: null, states: ['PENDING'] } };
    expect(decodeCursor('after', encode(plain), same, order).at?.id).toBe(plain.at?.id);
  });

  test('of two platforms takes at most 130 characters', () => {
    const known = {
      direction: 'descending' as const,
      position: 100_000,
      lower: 1,
      higher: 1,
      totalCount: 200_000,
      clamp: null,
      neighbours: null,
      isForeign: false,
    };
    const text = encode({
      ...plain,
      positions: ['APPLE', 'WINDOWS'].map((source) => ({ source, gap: null, hint: known })),
    });
    expect(text.length).toBeLessThanOrEqual(130);
  });

  test('takes no hint that is farther than any list is long', () => {
    const at = { direction: 'descending', position: 1, lower: 1, higher: 1 } as const;
    const rest = { totalCount: 10, clamp: null, neighbours: null, isForeign: false };
    const read = (hint: object) => {
      const forged = {
        at: null,
        positions: [{ source: 'A', gap: null, hint: { ...at, ...rest, ...hint } }],
      };
      return decodeCursor('after', encode(forged), binding, order).positions[0]?.hint;
    };
    expect(read({})).toEqual({ ...at, ...rest });
    for (const name of ['position', 'lower', 'higher']) {
      expect(read({ [name]: 2 ** 50 })).toMatchObject({ [name]: 10_000_000 });
    }
    // The API may count anything: a cursor that was given out must be readable.
    expect(read({ totalCount: 2 ** 50 })).toMatchObject({ totalCount: null });
    expect(() => read({ clamp: 2 ** 50 })).toThrow(BadCursorError);
  });
});
