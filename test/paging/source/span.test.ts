import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alignSpan, pageSpan, reachFrom } from '../../../src/paging/source/span.ts';

const start = fc.nat({ max: 200_000 });

describe('a page that holds a span', () => {
  test('holds all of it, and is the smallest that does', () => {
    fc.assert(
      fc.property(start, fc.integer({ min: 1, max: 120 }), (from, size) => {
        const span = { start: from, end: from + size };
        const page = alignSpan(span, 500);
        if (page === null) return size > 200;
        const held = pageSpan(page);
        const isSmaller = Array.from({ length: page.limit - size }, (_, index) => size + index);
        const fits = (limit: number) =>
          Math.floor(span.start / limit) === Math.floor((span.end - 1) / limit);
        return held.start <= span.start && held.end >= span.end && !isSmaller.some(fits);
      }),
    );
  });

  test('costs at most 2.5 times the span, and at most 1.3 times on average', () => {
    for (const size of [11, 22, 51, 101]) {
      const limits: number[] = [];
      for (let from = 0; from < 100_000; from += 7) {
        const page = alignSpan({ start: from, end: from + size }, 500);
        limits.push(page?.limit ?? Number.POSITIVE_INFINITY);
      }
      const sum = limits.reduce((total, limit) => total + limit, 0);
      expect(limits.every((limit) => limit <= 2.5 * size)).toBe(true);
      expect(sum / limits.length / size).toBeLessThan(1.3);
    }
  });

  test('is the first page where the span begins the list', () => {
    expect(alignSpan({ start: 0, end: 22 }, 500)).toEqual({ page: 1, limit: 22 });
  });

  test('covers the edge of two pages of the largest size by a smaller one', () => {
    const page = alignSpan({ start: 499, end: 501 }, 500);
    expect(page && pageSpan(page).start).toBeLessThanOrEqual(499);
    expect(page && pageSpan(page).end).toBeGreaterThanOrEqual(501);
  });

  test('is missing where the span is larger than any answer', () => {
    expect(alignSpan({ start: 3, end: 60 }, 50)).toBeNull();
  });
});

describe('the page that reaches farthest', () => {
  test('holds its position, within the limit, and no other page reaches farther', () => {
    fc.assert(
      fc.property(
        start,
        fc.integer({ min: 1, max: 60 }),
        fc.constantFrom('up' as const, 'down' as const),
        (position, maxLimit, towards) => {
          const reachOf = (limit: number) => {
            const below = position % limit;
            return towards === 'up' ? limit - below : below + 1;
          };
          const page = reachFrom(position, towards, maxLimit);
          const held = pageSpan(page);
          expect(page.limit).toBeLessThanOrEqual(maxLimit);
          expect(held.start).toBeLessThanOrEqual(position);
          expect(held.end).toBeGreaterThan(position);
          const reaches = Array.from({ length: maxLimit }, (_, index) => reachOf(index + 1));
          expect(reachOf(page.limit)).toBe(Math.max(...reaches));
        },
      ),
    );
  });

  test('reaches at least half of the largest answer, wherever it begins', () => {
    for (let position = 0; position < 200_000; position += 61) {
      const page = reachFrom(position, 'up', 500);
      expect(pageSpan(page).end - position).toBeGreaterThanOrEqual(250);
    }
  });
});
