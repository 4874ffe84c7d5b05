import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BadCursorError } from '../../../src/domain/errors.ts';
import type { Cursor } from '../../../src/paging/cursor/cursor.ts';
import { createCursorEncoder, decodeCursor } from '../../../src/paging/cursor/text.ts';
import type { ConnectionOrder } from '../../../src/paging/types.ts';

const binding = {
  connection: 'enrollmentTokens',
  organizationId: '65a000000000000000000001',
  filter: { states: ['PENDING'], userId: null },
};
const order: ConnectionOrder = { field: 'createdAt', direction: 'descending', comparison: 'time' };
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
const oversizedTies = fc.record({
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
const position = fc.record({
  key,
  source: fc.string(),
  id,
  isFirstTie: fc.boolean(),
  isLastTie: fc.boolean(),
  inferredFrom: fc.constantFrom(null, 'above', 'below'),
  oversizedTies: fc.option(oversizedTies, { nil: undefined }),
});
const boundary = fc.oneof(
  fc.constantFrom('start' as const, 'end' as const),
  fc.record({ at: position, side: fc.constantFrom('before' as const, 'after' as const) }),
);
const count = fc.nat({ max: 9_999_999 });
const hint = fc.record({
  direction,
  offset: count,
  lower: count,
  higher: count,
  totalCount: fc.option(count),
  clamp: fc.option(fc.integer({ min: 1, max: 10_000 })),
  neighbours: fc.option(fc.record({ lower: ids, higher: ids })),
  isCollationUnknown: fc.boolean(),
});
const sourceBoundary = fc.record({
  source: fc.string(),
  boundary: fc.option(boundary),
  hint: fc.option(hint),
});
const cursor: fc.Arbitrary<Cursor> = fc.record({
  anchor: fc.option(position),
  boundaries: fc.array(sourceBoundary, { maxLength: 3 }),
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
  anchor: { key: 1_770_000_000_000, source: 'WINDOWS', id: '65a0000000000000000000ff' },
  boundaries: [],
};

const firstTie = {
  key: 1_770_000_000_000,
  source: 'WINDOWS',
  id: '65a0000000000000000000ff',
  isFirstTie: true,
  isLastTie: false,
  inferredFrom: null,
  oversizedTies: undefined,
};
const oldHint = {
  direction: 'descending',
  offset: 120,
  lower: 1,
  higher: 2,
  totalCount: 300,
  clamp: null,
  neighbours: null,
  isCollationUnknown: false,
} as const;
const oversizedTie = {
  ...firstTie,
  isFirstTie: false,
  inferredFrom: 'above',
  oversizedTies: {
    direction: 'ascending',
    lower: ['65a000000000000000000010', 'x'],
    higher: ['65a000000000000000000011'],
    passed: {
      id: '65a000000000000000000012',
      inferredFrom: 'below',
      side: 'after',
      forward: true,
    },
  },
} as const;

describe('a cursor', () => {
  test('decodes to what was encoded', () => {
    fc.assert(
      fc.property(cursor, (given) => {
        expect(decodeCursor('after', encode(given), binding, order)).toEqual(given);
      }),
    );
  });

  test('is refused if any one character is changed', () => {
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

  test('is refused if it is shorter or longer', () => {
    const text = encode(plain);
    for (let length = 0; length < text.length; length += 1) {
      refusal(() => decodeCursor('after', text.slice(0, length), binding, order));
    }
    for (const more of ['A', 'AA', '=', ' ', '\n']) {
      refusal(() => decodeCursor('after', text + more, binding, order));
    }
  });

  test('is refused if it is any other text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.base64String()), (junk) => {
        refusal(() => decodeCursor('after', junk, binding, order));
      }),
    );
  });

  test('with forged bytes and a right checksum is read or refused, and nothing else happens', () => {
    const start = Buffer.from(encode(plain), 'base64url').subarray(0, 17);
    const flip = fc.record({ at: fc.nat(), bit: fc.nat({ max: 7 }) });
    const altered = fc.tuple(cursor, fc.array(flip, { maxLength: 4 })).map(([given, flips]) => {
      const content = Buffer.from(encode(given), 'base64url').subarray(17, -4);
      for (const { at, bit } of flips) {
        const index = at % content.length;
        content.writeUInt8(content.readUInt8(index) ^ (1 << bit), index);
      }
      return content;
    });
    fc.assert(
      fc.property(fc.oneof(altered, fc.uint8Array()), (content) => {
        const bytes = Buffer.concat([start, content, Buffer.alloc(4)]);
        bytes.writeUInt32BE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
        try {
          decodeCursor('after', bytes.toString('base64url'), binding, order);
        } catch (error) {
          expect(error).toBeInstanceOf(BadCursorError);
        }
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
  ])('of another %s is refused, and the error names it', (difference, otherBinding, otherOrder) => {
    const error = refusal(() => decodeCursor('after', encode(plain), otherBinding, otherOrder));
    expect(error.message).toContain(`a cursor of another ${difference}:`);
    expect(error.message).toContain('"after"');
  });

  test('does not depend on the order of the conditions in a filter', () => {
    const same = { ...binding, filter: { userId: null, states: ['PENDING'] } };
    expect(decodeCursor('after', encode(plain), same, order).anchor?.id).toBe(plain.anchor?.id);
  });

  test('of two sources takes at most 130 characters', () => {
    const known = {
      direction: 'descending' as const,
      offset: 100_000,
      lower: 1,
      higher: 1,
      totalCount: 200_000,
      clamp: null,
      neighbours: null,
      isCollationUnknown: false,
    };
    const text = encode({
      ...plain,
      boundaries: ['APPLE', 'WINDOWS'].map((source) => ({ source, boundary: null, hint: known })),
    });
    expect(text.length).toBeLessThanOrEqual(130);
  });

  test('cuts the offsets of a hint to 10,000,000', () => {
    const at = { direction: 'descending', offset: 1, lower: 1, higher: 1 } as const;
    const rest = { totalCount: 10, clamp: null, neighbours: null, isCollationUnknown: false };
    const read = (hint: object) => {
      const forged = {
        anchor: null,
        boundaries: [{ source: 'A', boundary: null, hint: { ...at, ...rest, ...hint } }],
      };
      return decodeCursor('after', encode(forged), binding, order).boundaries[0]?.hint;
    };
    expect(read({})).toEqual({ ...at, ...rest });
    for (const name of ['offset', 'lower', 'higher']) {
      expect(read({ [name]: 2 ** 50 })).toMatchObject({ [name]: 10_000_000 });
    }
    // The API may send any total, and the cursor must still be readable.
    expect(read({ totalCount: 2 ** 50 })).toMatchObject({ totalCount: null });
    expect(() => read({ clamp: 2 ** 50 })).toThrow(BadCursorError);
  });

  // Cursors that were given out before must stay readable: these texts never change.
  test.each([
    [
      'two sources and hints',
      'ARj-WjozUU0suMaQQozMh8MBAQGAkMXDg2ccV0lORE9XUwFloAAAAAAAAAAAAP8EFEFQUExFAAEB8AECBNoEABxXSU5ET1dTAAEBUAIEAAA4M-l1',
      {
        anchor: firstTie,
        boundaries: [
          { source: 'APPLE', boundary: null, hint: oldHint },
          { source: 'WINDOWS', boundary: null, hint: { ...oldHint, offset: 40, totalCount: null } },
        ],
      },
    ],
    [
      'an oversized tie group, an end and neighbours',
      'ARj-WjozUU0suMaQQozMh8MBDAGAkMXDg2ccV0lORE9XUwFloAAAAAAAAAAAAP8ABAFloAAAAAAAAAAAABAABHgCAWWgAAAAAAAAAAAAEREBZaAAAAAAAAAAAAASBBRBUFBMRQMMAYCQxcODZxxXSU5ET1dTAWWgAAAAAAAAAAAA_wAEAWWgAAAAAAAAAAAAEAAEeAIBZaAAAAAAAAAAAAAREQFloAAAAAAAAAAAABIHAPABAgTaBEoCAARhABxXSU5ET1dTAgBE4Bm5',
      {
        anchor: oversizedTie,
        boundaries: [
          {
            source: 'APPLE',
            boundary: { at: oversizedTie, side: 'before' },
            hint: {
              ...oldHint,
              direction: 'ascending',
              clamp: 37,
              isCollationUnknown: true,
              neighbours: { lower: ['a'], higher: [] },
            },
          },
          { source: 'WINDOWS', boundary: 'end', hint: null },
        ],
      },
    ],
    [
      'no edge',
      'ARj-WjozUU0suMaQQozMh8MAAhRBUFBMRQEAHVYhnA',
      { anchor: null, boundaries: [{ source: 'APPLE', boundary: 'start', hint: null }] },
    ],
  ] satisfies [
    string,
    string,
    Cursor,
  ][])('given out before is readable: %s', (_name, text, content) => {
    expect(decodeCursor('after', text, binding, order)).toEqual(content);
    expect(encode(content)).toBe(text);
  });
});
