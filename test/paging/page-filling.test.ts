import { describe, expect, test } from 'vitest';
import { listOf, minute, names, type Row, read, rows } from './list-source.ts';

describe('a filter that the sources lack', () => {
  const many = (prefix: string) => rows(prefix, [...Array(3000).keys()]);

  test('ends the page at the scan bound with a usable cursor if nothing matches', async () => {
    const lists = [listOf('APPLE', many('a')), listOf('WINDOWS', many('w'))];
    const sources = lists.map(({ source }) => source);
    const matches = ({ name }: Row) => name === 'w2999';
    let after: string | null = null;
    const found: string[] = [];
    let pages = 0;
    for (let hasMore = true; hasMore; pages += 1) {
      const page = await read(sources, { first: 5, after }, { matches });
      expect(page.readItems).toBeLessThanOrEqual(2000);
      expect(page.totalCount).toBeNull();
      if (page.hasNextPage) {
        expect(page.sources.some(({ status }) => status === 'SCAN_LIMIT')).toBe(true);
      }
      found.push(...page.edges.map(({ node }) => node.name));
      after = page.endCursor;
      hasMore = page.hasNextPage;
    }
    expect(found).toEqual(['w2999']);
    expect(pages).toBeLessThan(8);
  });

  test('selects the same items backward and forward', async () => {
    const sources = [listOf('APPLE', many('a')).source, listOf('WINDOWS', many('w')).source];
    const matches = ({ name }: Row) => name.endsWith('77');
    const ahead: string[] = [];
    const back: string[] = [];
    for (let after: string | null = null, hasMore = true; hasMore; ) {
      const page = await read(sources, { first: 9, after }, { matches });
      ahead.push(...page.edges.map(({ node }) => node.name));
      [after, hasMore] = [page.endCursor, page.hasNextPage];
    }
    for (let before: string | null = null, hasMore = true; hasMore; ) {
      const page = await read(sources, { last: 9, before }, { matches });
      back.unshift(...page.edges.map(({ node }) => node.name));
      [before, hasMore] = [page.startCursor, page.hasPreviousPage];
    }
    expect(ahead).toHaveLength(60);
    expect(back).toEqual(ahead);
  });
});

describe('a range of sort keys', () => {
  const long = (key: string, prefix: string) =>
    listOf(key, rows(prefix, [null, ...Array(2500).keys()]));

  test.each([
    ['ascending', 'a2001 w2001 a2002 w2002'],
    ['descending', 'w2010 a2010 w2009 a2009'],
  ] as const)('is found with at most five calls, %s; both ends are exclusive', async (direction, start) => {
    const lists = [long('APPLE', 'a'), long('WINDOWS', 'w')];
    const page = await read(
      lists.map(({ source }) => source),
      { first: 50 },
      {
        order: { field: 'createdAt', direction, comparison: 'time' },
        keyRange: { after: minute(1999), before: minute(2010) },
      },
    );
    expect(names(page).startsWith(start)).toBe(true);
    expect(page.edges).toHaveLength(20);
    expect(page).toMatchObject({ hasNextPage: false, hasPreviousPage: false, totalCount: null });
    for (const { requests } of lists) expect(requests.length).toBeLessThanOrEqual(5);
  });

  test('without a lower end leaves out items whose key is null', async () => {
    const { source } = listOf('APPLE', rows('a', [null, null, 1, 2, 3]));
    const page = await read([source], {}, { keyRange: { before: minute(3) } });
    expect(names(page)).toBe('a2 a3');
  });

  test('is paged through like a whole list', async () => {
    const { source } = long('APPLE', 'a');
    const keyRange = { after: minute(1000), before: minute(1100) };
    const found: string[] = [];
    for (let after: string | null = null, hasMore = true; hasMore; ) {
      const page = await read([source], { first: 30, after }, { keyRange });
      expect(page.hasPreviousPage).toBe(after !== null);
      found.push(...page.edges.map(({ node }) => node.name));
      [after, hasMore] = [page.endCursor, page.hasNextPage];
    }
    expect(found).toEqual(Array.from({ length: 99 }, (_, index) => `a${1002 + index}`));
  });
});
