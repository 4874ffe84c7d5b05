import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Key } from '../../../src/paging/position.ts';
import { keysAsListed } from '../../../src/paging/source/listed-keys.ts';

const compare = (left: Key, right: Key): number => Number(left) - Number(right);
const sent = fc.array(fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }));
const sorted = fc
  .uniqueArray(fc.integer({ min: 100, max: 900 }), { minLength: 6, maxLength: 40 })
  .map((keys) => keys.sort((left, right) => left - right));

describe('the keys of an answer', () => {
  test('never decrease, and are keys that its items were sent with', () => {
    fc.assert(
      fc.property(sent, fc.boolean(), (keys, isTop) => {
        const listed = keysAsListed(keys, compare, null, isTop).keys;
        expect(listed).toHaveLength(keys.length);
        const known = listed.flatMap((item) => (item === undefined ? [] : [item.key]));
        expect(known).toEqual(known.toSorted(compare));
        for (const [index, item] of listed.entries()) {
          if (item === undefined || item.key === null) continue;
          if (item.inferredFrom === null) expect(item.key).toBe(keys[index]);
          else expect(keys).toContain(item.key);
        }
        // A key is unknown only at the top, and only if the list goes on above the answer.
        const firstUnknown = listed.indexOf(undefined);
        if (firstUnknown !== -1) {
          expect(isTop).toBe(false);
          expect(new Set(listed.slice(firstUnknown))).toEqual(new Set([undefined]));
        }
      }),
    );
  });

  test('are inferred from the next item above if one is missing', () => {
    fc.assert(
      fc.property(sorted, fc.nat(), (keys, at) => {
        const index = at % (keys.length - 1);
        const {
          keys: listed,
          misplaced,
          missing,
        } = keysAsListed(
          keys.map((key, other) => (other === index ? undefined : key)),
          compare,
          null,
          false,
        );
        const inferred = { key: keys[index + 1], inferredFrom: 'above' };
        const own = keys.map((key) => ({ key, inferredFrom: null }));
        expect(listed).toEqual(own.map((key, other) => (other === index ? inferred : key)));
        expect({ misplaced, missing }).toEqual({ misplaced: 0, missing: 1 });
      }),
    );
  });

  test('are the own keys of all other items if one key is far from its neighbours', () => {
    fc.assert(
      fc.property(sorted, fc.nat(), fc.constantFrom(0, 1000), (keys, at, wrong) => {
        const index = 2 + (at % (keys.length - 4));
        const odd = keys.toSpliced(index, 0, wrong);
        const { keys: listed, misplaced } = keysAsListed(odd, compare, null, false);
        const own = odd.map((key) => ({ key, inferredFrom: null }));
        const inferred = { key: keys[index], inferredFrom: 'above' };
        expect(listed).toEqual(own.map((key, other) => (other === index ? inferred : key)));
        expect(misplaced).toBe(1);
      }),
    );
  });

  test('keep the key that was inferred for the anchor if it still fits', () => {
    const keyOf = (keys: readonly (number | undefined)[], key: number): Key | undefined =>
      keysAsListed(keys, compare, { index: 1, key, inferredFrom: 'above' }, false).keys[1]?.key;
    expect(keyOf([2, undefined, 9], 5)).toBe(5);
    expect(keyOf([2, undefined, undefined], 5)).toBe(5);
    expect(keyOf([2, undefined, 4], 5)).toBe(4);
    expect(keyOf([2, 3, undefined, 4], 5)).toBe(3);
  });
});
