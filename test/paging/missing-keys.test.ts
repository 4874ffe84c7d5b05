import { describe, expect, test } from 'vitest';
import type { Source } from '../../src/paging/types.ts';
import { listOf, minute, names, type Row, read, rows } from './list-source.ts';

describe('an item without a readable key', () => {
  const odd = (list: readonly Row[]): Source<Row> => {
    const { source } = listOf('WINDOWS', list);
    return {
      ...source,
      read: async (request, cause) => {
        const answer = await source.read(request, cause);
        const items = answer.items.map(
          (item) => item && { ...item, key: item.node.name.endsWith('!') ? undefined : item.key },
        );
        return { ...answer, items };
      },
    };
  };
  const list = (text: string): readonly Row[] =>
    text.split(' ').map((name) => ({ name, key: minute(Number.parseInt(name.slice(1), 10)) }));

  test.each([
    ['in the middle', 'w2 w4! w6', 'a1 w2 a3 a5 w4! w6 a7'],
    ['in a row', 'w2 w4! w3! w6', 'a1 w2 a3 a5 w3! w4! w6 a7'],
    ['below all others', 'w0! w2 w6', 'a1 w0! w2 a3 a5 w6 a7'],
    ['above all others', 'w2 w4 w9!', 'a1 w2 a3 w4 w9! a5 a7'],
    ['alone', 'w4!', 'w4! a1 a3 a5 a7'],
  ])('stays where the list has it: %s', async (_name, listed, expected) => {
    const sources = [listOf('APPLE', list('a1 a3 a5 a7')).source, odd(list(listed))];
    const up = await read(sources, {});
    expect(names(up)).toBe(expected);
    expect(up.sources.map(({ status }) => status)).toEqual(['OK', 'OK']);
    const order = { field: 'createdAt', direction: 'descending', comparison: 'time' } as const;
    const down = names(await read(sources, {}, { order }));
    expect(down.split(' ').toReversed().join(' ')).toBe(expected);
    for (const way of ['forwards', 'backwards']) {
      const found: string[] = [];
      for (let cursor: string | null = null, hasMore = true; hasMore; ) {
        const ends = way === 'forwards' ? { first: 1, after: cursor } : { last: 1, before: cursor };
        const page = await read(sources, ends);
        found.push(names(page));
        cursor = page.endCursor;
        hasMore = way === 'forwards' ? page.hasNextPage : page.hasPreviousPage;
      }
      expect((way === 'forwards' ? found : found.reverse()).join(' ')).toBe(expected);
    }
  });

  test('keeps its inferred key if the item above it is deleted after the page that it ends', async () => {
    const before = odd(list('w2 w4! w6 w8'));
    const order = { field: 'createdAt', direction: 'descending', comparison: 'time' } as const;
    const { endCursor } = await read([before], { first: 3 }, { order });
    const after = odd(list('w2 w4! w8'));
    const page = await read([after], { first: 3, after: endCursor }, { order });
    expect(names(page)).toBe('w2');
  });

  test('is reported as a surprise, and so is an item whose key contradicts the others', async () => {
    const told: string[] = [];
    const onSurprise = (_source: unknown, surprise: string) => told.push(surprise);
    await read([odd(list('w2 w4! w6'))], {}, { onSurprise });
    await read([listOf('WINDOWS', rows('w', [1, 9, 2, 3, 4])).source], {}, { onSurprise });
    expect(told).toEqual(['missing-sort-key', 'misplaced-item']);
  });
});
