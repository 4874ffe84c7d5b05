import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { distinctAddresses } from '../../src/creation/email-addresses.ts';
import { canonicalText } from '../../src/domain/canonical-input.ts';

const reordered = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, member]) => [key, reordered(member)]));
};

describe('inputs compared canonically', () => {
  test('the order of keys makes no difference, at any depth', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalText(reordered(value))).toBe(canonicalText(value));
      }),
    );
  });

  test('other differences give different texts', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
        const equal = JSON.stringify(reordered(left)) === JSON.stringify(reordered(right));
        fc.pre(!equal);
        // JSON writes -0 as 0.
        const [one, other] = [JSON.parse(JSON.stringify(left)), JSON.parse(JSON.stringify(right))];
        const areSame = canonicalText(one) === canonicalText(other);
        if (areSame) expect(one).toEqual(other);
      }),
    );
  });

  test.each([
    ['a number however it is written', JSON.parse('{"n":1.0}'), JSON.parse('{"n":1e0}')],
    ['an absent key and an undefined one', { a: 1 }, { a: 1, b: undefined }],
  ])('%s is the same', (_, left, right) => {
    expect(canonicalText(left)).toBe(canonicalText(right));
  });

  test.each([
    ['a number and its text', { n: 1 }, { n: '1' }],
    ['texts that differ in case', { a: 'x' }, { a: 'X' }],
    ['lists in another order', { a: ['x', 'y'] }, { a: ['y', 'x'] }],
    ['an empty list and none', { a: [] }, {}],
    ['null in free JSON and an absent key', { a: null }, {}],
    ['an object and the list of its entries', { a: 1 }, [['a', 1]]],
    ['a list and an object with its places as keys', ['x'], { 0: 'x' }],
  ])('%s are different', (_, left, right) => {
    expect(canonicalText(left)).not.toBe(canonicalText(right));
  });
});

describe('addresses of a bulk create', () => {
  test('are trimmed, compared without case, and keep order and first spelling', () => {
    expect(
      distinctAddresses([
        ' Ana@Example.com ',
        'bo@example.com',
        'ANA@example.com',
        'bo@example.com',
      ]),
    ).toEqual([
      { email: 'Ana@Example.com', index: 0, isWellFormed: true },
      { email: 'bo@example.com', index: 1, isWellFormed: true },
    ]);
  });

  test.each([
    'ana@example.com,',
    'ana@example.com;',
    '<ana@example.com>',
    '<ana@example.com>,',
    ' ; <ana@example.com> \t\u00A0',
  ])('%j loses the characters that pasting left around it', (given) => {
    expect(distinctAddresses([given, 'ana@example.com'])).toEqual([
      { email: 'ana@example.com', index: 0, isWellFormed: true },
    ]);
  });

  test('that are malformed are reported as they were written, each distinct one once', () => {
    expect(distinctAddresses([' Ana <ana@example.com>, ', 'ana <ANA@example.com>'])).toEqual([
      { email: 'Ana <ana@example.com>,', index: 0, isWellFormed: false },
    ]);
    // Trimmed by JavaScript, it would become another address.
    expect(distinctAddresses(['\uFEFFana@example.com', 'ana@example.com'])).toMatchObject([
      { isWellFormed: false },
      { isWellFormed: true },
    ]);
  });

  test('of a megabyte of blanks are read in linear time', () => {
    const started = performance.now();
    distinctAddresses([`a${' '.repeat(1_000_000)}b`, ','.repeat(1_000_000)]);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test.each([
    'ana@example.com',
    "o'neil+tablet_1@mail.example.co.uk",
    'ñandú@correo.example',
    `${'a'.repeat(116)}@example.com`,
    'ana@bücher.example',
    'ana@例え.example',
    'ANA@BÜCHER.EXAMPLE',
    'ana@xn--bcher-kva.example',
    'a!#$%&*/=?^_`{|}~-b@example.com',
  ])('%s is well formed', (email) => {
    expect(distinctAddresses([email])).toMatchObject([{ isWellFormed: true }]);
  });

  test.each([
    '',
    'ana',
    'ana@',
    '@example.com',
    'ana@example',
    'ana@@example.com',
    'ana@example..com',
    'ana@example.com.',
    'ana b@example.com',
    'ana@exa mple.com',
    'Ana <ana@example.com>',
    'ana@example.com,bo@example.com',
    'ana\u0000@example.com',
    'ana@exam_ple.com',
    'ana@-example.com',
    'ana@example-.com',
    `ana@${'a'.repeat(64)}.com`,
    'ana@192.0.2.1',
    'ana@0x7f.1',
    'ana@[192.0.2.1]',
    'ana@example.com/path',
    'ana@example.com:25',
    'ana@ex%61mple.com',
    'ana@xn--a.com',
    'ana..b@example.com',
    '.ana@example.com',
    'ana.@example.com',
    "'ana@example.com'",
    'mailto:ana@example.com',
    'Ana<ana@example.com>',
    ...[
      '\u00AD',
      '\u200B',
      '\u200D',
      '\u2060',
      '\u202E',
      '\uFEFF',
      '\u{E0041}',
      '\u3164',
      '\u2800',
      '\uD800',
    ].flatMap((unseen) => [
      `${unseen}ana@example.com`,
      `an${unseen}a@example.com`,
      `ana@exam${unseen}ple.com`,
      `ana@example.com${unseen}`,
    ]),
    `${'a'.repeat(117)}@example.com`,
  ])('%j is malformed', (email) => {
    expect(distinctAddresses([email])).toMatchObject([{ isWellFormed: false }]);
  });
});
