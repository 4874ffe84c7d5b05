import { describe, expect, test } from 'vitest';
import { ContractBrokenError } from '../../src/domain/errors.ts';
import type { Source } from '../../src/paging/types.ts';
import { apple, listOf, names, type Row, read, rows } from './list-source.ts';

describe('the order of a connection', () => {
  test('is by key, then source, then id; descending is its mirror image', async () => {
    const sources = [
      listOf('WINDOWS', rows('w', [null, 3, 3, 9])).source,
      listOf('APPLE', rows('a', [null, 3, 4])).source,
    ];
    const order = {
      field: 'expiresAt',
      direction: 'ascending',
      comparison: 'time-or-null',
    } as const;
    const up = names(await read(sources, {}, { order }));
    expect(up).toBe('a0 w0 a1 w1 w2 a2 w3');
    const mirrored = { ...order, direction: 'descending' } as const;
    const down = names(await read(sources, {}, { order: mirrored }));
    expect(down.split(' ').toReversed().join(' ')).toBe(up);
  });

  test('makes a source whose answer does not follow it unavailable, and the report says why', async () => {
    const sources = [apple().source, listOf('WINDOWS', rows('w', [5, 2, 9, 1])).source];
    const page = await read(sources, {});
    expect(names(page)).toBe('a0 a1 a2 a3');
    expect(page.sources[1]).toMatchObject({ status: 'UNAVAILABLE' });
    expect(page.sources[1]?.error).toBeInstanceOf(ContractBrokenError);
    expect(page.hasNextPage).toBe(true);
  });

  test.each([
    ['two of eight steps in the wrong order', [1, 9, 2, 3, 8, 4, 5, 6, 7], 'OK'],
    ['two of seven', [1, 9, 2, 3, 8, 4, 5, 6], 'UNAVAILABLE'],
    ['one of one', [2, 1], 'OK'],
  ])('is taken to be wrong if too many keys contradict it: %s, %j, is %s', async (_name, minutes, status) => {
    const page = await read([apple().source, listOf('WINDOWS', rows('w', minutes)).source], {});
    expect(page.sources[1]?.status).toBe(status);
    if (status === 'OK') expect(page.edges).toHaveLength(4 + minutes.length);
  });

  test('is refused within three calls if the API returns the same items for pages far apart', async () => {
    const { source, requests } = listOf('WINDOWS', rows('w', [...Array(1000).keys()]));
    let after: string | null = null;
    for (let pages = 0; pages < 6; pages += 1) {
      after = (await read([source], { first: 100, after })).endCursor;
    }
    const stuck: Source<Row> = {
      ...source,
      read: (request, cause) => source.read({ ...request, page: 1 }, cause),
    };
    requests.length = 0;
    await expect(read([stuck], { after })).rejects.toBeInstanceOf(ContractBrokenError);
    expect(requests.length).toBeLessThanOrEqual(3);
  });

  // Found by walk 70 of the oracle: another list's edge was taken to be past all the equal keys it was among.
  test('by name, in another collation, loses no equal names when paging changes direction', async () => {
    const named = (prefix: string, keys: readonly string[]): readonly Row[] =>
      keys.map((key, index) => ({ name: `${prefix}${index}`, key }));
    const sources = [
      listOf('APPLE', named('a', ['\u{1f600}', 'b', 'b', 'b', 'b'])).source,
      listOf('WINDOWS', named('w', ['c', 'd'])).source,
    ];
    const order = { field: 'displayName', direction: 'ascending', comparison: 'name' } as const;
    const ahead = await read(sources, { first: 5 }, { order });
    expect(names(ahead)).toBe('w0 w1 a0 a1 a2');
    const back: string[] = [];
    for (let before = ahead.endCursor, hasMore = true; hasMore; ) {
      const page = await read(sources, { last: 1, before }, { order });
      back.push(names(page));
      [before, hasMore] = [page.startCursor, page.hasPreviousPage];
    }
    expect(back.toSorted()).toEqual(['a0', 'a1', 'w0', 'w1']);
  });
});

describe('a group of equal keys that stops fitting one answer while it is paged', () => {
  test('is said to have items before the page, though the first answers do not list those that were returned', async () => {
    // The list has them in the opposite order of the ids, so those of the first page are listed last.
    const ties = rows('t', new Array<number>(90).fill(1)).map((row, index) => ({
      ...row,
      name: `t${89 - index}`.padStart(3, '0'),
    }));
    const { source } = listOf('APPLE', ties);
    const first = await read([source], { first: 4 });
    const limits = { defaultPageSize: 20, maxPageSize: 100, maxScanItems: 2000, maxLimit: 20 };
    const second = await read([source], { first: 4, after: first.endCursor }, { limits });
    expect(second.edges).toHaveLength(4);
    expect(second.hasPreviousPage).toBe(true);
  });
});
