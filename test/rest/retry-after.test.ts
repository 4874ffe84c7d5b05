import { describe, expect, it } from 'vitest';
import { longestRetryAfter } from '../../src/rest/retry-after.ts';

describe('Retry-After', () => {
  const now = Date.parse('2026-02-10T12:00:00Z');

  it.each([
    ['3', 3_000],
    ['0', 0],
    [' 12 ', 12_000],
    ['Tue, 10 Feb 2026 12:00:30 GMT', 30_000],
    ['Tue, 10 Feb 2026 11:00:00 GMT', 0],
    [undefined, null],
    ['soon', null],
    ['-5', null],
    ['99999999', 3_600_000],
    // Neither digits alone nor a date that begins with its day.
    ['1e3', null],
    ['2.5', null],
    ['3 s', null],
    ['at 3', null],
    ['at Tue, 10 Feb 2026 12:00:30 GMT', null],
    ['Tue, at noon', null],
  ])('%s is read as milliseconds', (header, expected) => {
    expect(longestRetryAfter(header, now)).toBe(expected);
  });

  it.each<[string | readonly string[] | undefined, number | null]>([
    [undefined, null],
    ['3', 3_000],
    [['3', '12', '5'], 12_000],
    [['soon', '4'], 4_000],
    [['0'], 0],
    [['soon', 'later'], null],
    [[], null],
  ])('of the lines %j, the longest wait counts', (lines, expected) => {
    expect(longestRetryAfter(lines, now)).toBe(expected);
  });
});
