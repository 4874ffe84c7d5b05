import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alignSpan, pageSpan, reachFrom } from '../../../src/paging/source/span.ts';

const start = fc.nat({ max: 200_000 });

describe('a page that holds a span', () => {
  test('is the smallest page that holds it', () => {
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

  test('is the first page if the span starts at offset 0', () => {
    expect(alignSpan({ start: 0, end: 22 }, 500)).toEqual({ page: 1, limit: 22 });
  });

  test('is smaller than the largest page if the span crosses an edge of the largest pages', () => {
    const page = alignSpan({ start: 499, end: 501 }, 500);
    expect(page && pageSpan(page).start).toBeLessThanOrEqual(499);
    expect(page && pageSpan(page).end).toBeGreaterThanOrEqual(501);
  });

  test('is null if the span is larger than any answer', () => {
    expect(alignSpan({ start: 3, end: 60 }, 50)).toBeNull();
  });
});

describe('the page that reaches farthest', () => {
  test('holds the offset, is within the limit, and reaches farther than any other', () => {
    fc.assert(
      fc.property(
        start,
        fc.integer({ min: 1, max: 60 }),
        fc.constantFrom('up' as const, 'down' as const),
        (offset, maxLimit, towards) => {
          const reachOf = (limit: number) => {
            const below = offset % limit;
            return towards === 'up' ? limit - below : below + 1;
          };
          const page = reachFrom(offset, towards, maxLimit);
          const held = pageSpan(page);
          expect(page.limit).toBeLessThanOrEqual(maxLimit);
          expect(held.start).toBeLessThanOrEqual(offset);
          expect(held.end).toBeGreaterThan(offset);
          const reaches = Array.from({ length: maxLimit }, (_, index) => reachOf(index + 1));
          expect(reachOf(page.limit)).toBe(Math.max(...reaches));
        },
      ),
    );
  });

  test('reaches at least half of the largest answer, from any offset', () => {
    for (let offset = 0; offset < 200_000; offset += 61) {
      const page = reachFrom(offset, 'up', 500);
      expect(pageSpan(page).end - offset).toBeGreaterThanOrEqual(250);
    }
  });
});
