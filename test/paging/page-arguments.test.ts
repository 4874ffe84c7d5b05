import { describe, expect, test } from 'vitest';
import { BadCursorError, InputRejectedError } from '../../src/domain/errors.ts';
import { apple, listOf, names, read, rows, windows } from './list-source.ts';

describe('the arguments of a page', () => {
  test.each([
    [{ first: -1 }, [['first']]],
    [{ first: 101 }, [['first']]],
    [{ last: 1.5 }, [['last']]],
    [{ first: 5, last: 5 }, [['last']]],
    [{ first: -1, last: 200 }, [['first'], ['last'], ['last']]],
  ])('%j are refused with every fault, before any call', async (page, paths) => {
    const { source, requests } = apple();
    const error = await read([source], page).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InputRejectedError);
    expect(error instanceof InputRejectedError && error.faults.map(({ path }) => path)).toEqual(
      paths,
    );
    expect(requests).toEqual([]);
  });

  test('a text that is no cursor is refused before any call; the error names the argument', async () => {
    const { source, requests } = apple();
    await expect(read([source], { before: 'none' })).rejects.toMatchObject({ argument: 'before' });
    await expect(read([source], { after: '' })).rejects.toBeInstanceOf(BadCursorError);
    expect(requests).toEqual([]);
  });

  test('without a size a page has the default size; before alone reads backward', async () => {
    const { source } = listOf('APPLE', rows('a', [...Array(30).keys()]));
    expect((await read([source], {})).edges).toHaveLength(20);
    const { endCursor } = await read([source], { first: 30 });
    const page = await read([source], { before: endCursor });
    expect(page.edges[0]?.node.name).toBe('a9');
    expect(page.edges.at(-1)?.node.name).toBe('a28');
  });

  test('after and before together select a slice; if they are crossed, the page is empty', async () => {
    const sources = [apple().source, windows().source];
    const { edges } = await read(sources, { first: 8 });
    const [low, high] = [edges[1]?.cursor, edges[6]?.cursor];
    expect(names(await read(sources, { first: 9, after: low, before: high }))).toBe('a1 w1 a2 w2');
    expect(names(await read(sources, { last: 2, after: low, before: high }))).toBe('a2 w2');
    expect(await read(sources, { first: 9, after: high, before: low })).toMatchObject({
      edges: [],
      hasNextPage: false,
      startCursor: null,
      endCursor: null,
    });
  });
});

describe('the selection', () => {
  test('counts alone take one call of one item for each source', async () => {
    const lists = [apple(), windows()];
    const page = await read(
      lists.map(({ source }) => source),
      { first: 50 },
      { select: { items: false, pageInfo: false, totals: true } },
    );
    expect(page.totalCount).toBe(8);
    for (const { requests } of lists) expect(requests).toMatchObject([{ page: 1, limit: 1 }]);
  });

  test('of nothing makes no call', async () => {
    const { source, requests } = apple();
    await read([source], {}, { select: { items: false, pageInfo: false, totals: false } });
    await read([source], { first: 0 }, { select: { items: true, pageInfo: false, totals: false } });
    expect(requests).toEqual([]);
  });

  test('a page of no items says what is around it, with one small answer', async () => {
    const { source, requests } = apple();
    expect(await read([source], { first: 0 })).toMatchObject({
      edges: [],
      hasNextPage: true,
      hasPreviousPage: false,
      endCursor: null,
    });
    expect(requests).toHaveLength(1);
    expect(requests[0]?.limit).toBeLessThan(5);
  });

  test('a connection without sources is empty', async () => {
    expect(await read([], {})).toMatchObject({ edges: [], totalCount: 0, hasNextPage: false });
  });
});
