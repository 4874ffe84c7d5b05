import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  digitsOrInteger,
  itemId,
  lenientBoolean,
  lenientEmail,
  lenientInteger,
  lenientList,
  lenientObject,
  lenientString,
  lenientStringList,
  lenientTimestamp,
} from '../../../src/applivery/fields/fields.ts';

const id = '698EFA6ed851667d9c0aec80';

const cases: readonly (readonly [
  string,
  z.core.$ZodType,
  readonly (readonly [unknown, unknown])[],
])[] = [
  [
    'lenientString',
    lenientString,
    [
      ['a', 'a'],
      ['', null],
      [5, null],
      [null, null],
    ],
  ],
  [
    'lenientTimestamp',
    lenientTimestamp,
    [
      ['2026-02-10T12: 00:00Z', '2026-02-10T12:00:00.000Z'],
      [' 2026-02-10T12:00:00.123Z ', '2026-02-10T12:00:00.123Z'],
      ['2026-02-10T14:00:00+02:00', '2026-02-10T12:00:00.000Z'],
      ['2026-02-10T12:00:00', '2026-02-10T12:00:00.000Z'],
      ['2026-02-10', '2026-02-10T00:00:00.000Z'],
      ['2026-02-10T12:00:00.123Z', '2026-02-10T12:00:00.123Z'],
      ['2026-02-30T12:00:00.000Z', null],
      ['2026-02-29', null],
      ['2024-02-29T12:00:00.000Z', '2024-02-29T12:00:00.000Z'],
      ['2026-04-31T12:00:00Z', null],
      ['2026-01-31T12:00:00.000Z', '2026-01-31T12:00:00.000Z'],
      ['2026-02-10T25:00:00.000Z', null],
      ['2026-02-10T24:00:00.000Z', '2026-02-11T00:00:00.000Z'],
      ['2026-13-10T12:00:00Z', null],
      ['string', null],
      ['1', null],
      [1_770_000_000_000, null],
      [null, null],
    ],
  ],
  [
    'lenientInteger',
    lenientInteger,
    [
      [3, 3],
      [-1, -1],
      [1.5, null],
      ['3', null],
      [2 ** 60, null],
    ],
  ],
  [
    'digitsOrInteger',
    digitsOrInteger,
    [
      [3, 3],
      ['1', 1],
      ['007', 7],
      ['1a', null],
      ['', null],
      ['-1', null],
      [{}, null],
    ],
  ],
  [
    'lenientBoolean',
    lenientBoolean,
    [
      [true, true],
      [false, false],
      ['true', null],
      [0, null],
    ],
  ],
  [
    'lenientStringList',
    lenientStringList,
    [
      [
        ['a', ''],
        ['a', ''],
      ],
      [['a', 5, null], ['a']],
      [[], []],
      ['a', null],
      [{}, null],
    ],
  ],
  [
    'lenientEmail',
    lenientEmail,
    [
      ['a@b.example', 'a@b.example'],
      ['[email\u00a0protected]', null],
      ['a b@c', null],
      ['', null],
    ],
  ],
  [
    'lenientList',
    lenientList(z.number()),
    [
      [
        [1, 'x', 2],
        [1, 2],
      ],
      ['x', []],
      [null, []],
    ],
  ],
  [
    'lenientObject',
    lenientObject(z.object({ a: z.number() })),
    [
      [{ a: 1, b: 2 }, { a: 1 }],
      [{}, null],
      [[], null],
      ['x', null],
    ],
  ],
];

describe.each(cases)('%s', (_name, schema, values) => {
  it.each(values)('reads %j as %j', (value, expected) => {
    expect(z.parse(schema, value)).toEqual(expected);
  });

  it('never fails an object for an absent key', () => {
    const parsed = z.object({ field: schema }).safeParse({});
    expect(parsed.success).toBe(true);
    expect(parsed.data).toHaveProperty('field');
  });
});

describe('itemId', () => {
  it.each(['string', id, 'a_b-C9', 'x'.repeat(128)])('takes %s', (value) => {
    expect(itemId.safeParse(value).success).toBe(true);
  });

  it.each(['', '..', 'a/b', 'a b', 'x'.repeat(129), 7, null, undefined])('refuses %j', (value) => {
    expect(itemId.safeParse(value).success).toBe(false);
  });
});
