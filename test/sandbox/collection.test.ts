import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCollection, type Selection } from '../../src/sandbox/data/collection.ts';
import type { Document } from '../../src/sandbox/json.ts';

const idOf = (number: number) => String(number).padStart(24, '0');
const selections: readonly Selection[] = [true, false].flatMap((descending) => [
  { name: 'all', matches: () => true, field: 'key', descending },
  { name: 'kept', matches: ({ kept }: Document) => kept === true, field: 'key', descending },
]);
const fields = fc.record({
  key: fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 4 }), fc.constantFrom('a', 'B', 'b')),
  kept: fc.boolean(),
});
const changes = fc.array(fc.tuple(fc.nat(12), fc.option(fields)), { maxLength: 60 });

describe('a collection', () => {
  it('keeps each order correct after each change', () => {
    fc.assert(
      fc.property(changes, (list) => {
        const watched = createCollection();
        for (const selection of selections) watched.slice(selection, 0, 1);
        for (const [number, change] of list) {
          const id = idOf(number);
          if (change === null) watched.remove(id);
          else watched.add({ id, ...change });
          for (const selection of selections) watched.slice(selection, 0, 1);
        }
        const fresh = createCollection();
        fresh.replaceAll(watched.all());
        for (const selection of selections) {
          // A replaced document keeps its position among documents with equal keys, here and in all().
          expect(watched.slice(selection, 0, 99)).toEqual(fresh.slice(selection, 0, 99));
        }
      }),
    );
  });

  it('orders descending as the reverse of ascending, except for equal keys', () => {
    fc.assert(
      fc.property(fc.array(fields), (list) => {
        const collection = createCollection();
        collection.replaceAll(list.map((one, index) => ({ id: idOf(index), ...one })));
        const keys = (descending: boolean) =>
          collection
            .slice({ name: 'all', matches: () => true, field: 'key', descending }, 0, 999)
            .documents.map(({ key }) => key);
        expect(keys(true)).toEqual(keys(false).reverse());
      }),
    );
  });

  it('increases its version at each change, and throws if the document does not exist', () => {
    const collection = createCollection();
    collection.add({ id: idOf(1), a: 1, b: 2 });
    const version = collection.version();
    expect(collection.patch(idOf(1), { a: undefined, c: 3 })).toEqual({ id: idOf(1), b: 2, c: 3 });
    expect(collection.version()).toBeGreaterThan(version);
    expect(() => collection.patch(idOf(2), {})).toThrow(RangeError);
    expect(collection.remove(idOf(2))).toBe(false);
  });

  it('answers a page of 50,000 documents in a few milliseconds while they change', () => {
    const collection = createCollection();
    collection.replaceAll(
      Array.from({ length: 50_000 }, (_, index) => ({
        id: idOf(index),
        key: new Date(index * 7919).toISOString(),
      })),
    );
    const selection = { name: 'all', matches: () => true, field: 'key', descending: true };
    collection.slice(selection, 0, 1);
    const started = performance.now();
    for (let round = 0; round < 20; round += 1) {
      collection.add({ id: idOf(200_000 + round), key: new Date(round * 7919).toISOString() });
      expect(collection.slice(selection, 25_000, 25_100).documents).toHaveLength(100);
    }
    expect((performance.now() - started) / 20).toBeLessThan(30);
  });
});
