import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
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
