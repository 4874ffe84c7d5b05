import { describe, expect, test } from 'vitest';
import {
  BadCursorError,
  ContractBrokenError,
  ForbiddenError,
  InputRejectedError,
  NotFoundError,
  PlanLimitError,
  RateLimitedError,
  UnauthenticatedError,
  UnexpectedError,
  UpstreamUnavailableError,
} from '../../src/domain/errors.ts';
import { toPlatformKey } from '../../src/domain/platform-key.ts';
import { readConnectionPage } from '../../src/paging/connection-page.ts';
import type { PageArguments, PageRequest, Source, SourceRequest } from '../../src/paging/types.ts';

interface Row {
  readonly name: string;
  readonly key: string | null;
}

const minute = (count: number): string => new Date(Date.UTC(2026, 1, 1, 0, count)).toISOString();

const rows = (prefix: string, minutes: readonly (number | null)[]): readonly Row[] =>
  minutes.map((at, index) => ({ name: `${prefix}${index}`, key: at === null ? null : minute(at) }));

const unavailable = () =>
  new UpstreamUnavailableError('It does not answer.', { reason: 'timeout', mayHaveArrived: true });

/** A list in ascending order that notes what it was asked; `fail` may throw before an answer. */
const listOf = (key: string, list: readonly Row[], fail: () => void = () => {}) => {
  const requests: SourceRequest[] = [];
  const source: Source<Row> = {
    key: toPlatformKey(key),
    read: async (request) => {
      requests.push(request);
      fail();
      const sorted = request.direction === 'ascending' ? list : list.toReversed();
      const start = (request.page - 1) * request.limit;
      const end = start + request.limit;
      const items = sorted
        .slice(start, end)
        .map((row) => ({ id: row.name, key: row.key, node: row }));
      const { length } = sorted;
      return { items, limit: request.limit, totalCount: length, hasNextPage: end < length };
    },
  };
  return { source, requests };
};

const read = (
  sources: readonly Source<Row>[],
  page: PageArguments,
  more: Partial<PageRequest<Row>> = {},
) =>
  readConnectionPage({
    sources,
    order: { field: 'createdAt', direction: 'ascending', comparison: 'time' },
    binding: { connection: 'tokens', organizationId: '0123', filter: {} },
    page,
    limits: { defaultPageSize: 20, maxPageSize: 100, maxScanItems: 2000, maxLimit: 500 },
    select: { items: true, pageInfo: true, totals: true },
    ...more,
  });

const names = (page: { readonly edges: readonly { readonly node: Row }[] }): string =>
  page.edges.map(({ node }) => node.name).join(' ');

const apple = () => listOf('APPLE', rows('a', [1, 3, 5, 7]));
const windows = (fail?: () => void) => listOf('WINDOWS', rows('w', [2, 3, 6, 8]), fail);
const failing = (error: Error) =>
  windows(() => {
    throw error;
  });

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

  test('a cursor that is none is refused by its argument, before any call', async () => {
    const { source, requests } = apple();
    await expect(read([source], { before: 'none' })).rejects.toMatchObject({ argument: 'before' });
    await expect(read([source], { after: '' })).rejects.toBeInstanceOf(BadCursorError);
    expect(requests).toEqual([]);
  });

  test('without a size a page has the default one, and before alone reads backwards', async () => {
    const { source } = listOf('APPLE', rows('a', [...Array(30).keys()]));
    expect((await read([source], {})).edges).toHaveLength(20);
    const { endCursor } = await read([source], { first: 30 });
    const page = await read([source], { before: endCursor });
    expect(page.edges[0]?.node.name).toBe('a9');
    expect(page.edges.at(-1)?.node.name).toBe('a28');
  });

  test('after and before together are a slice, and an empty page where they cross', async () => {
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

describe('what is selected', () => {
  test('counts alone cost one call of one item a source', async () => {
    const lists = [apple(), windows()];
    const page = await read(
      lists.map(({ source }) => source),
      { first: 50 },
      { select: { items: false, pageInfo: false, totals: true } },
    );
    expect(page.totalCount).toBe(8);
    for (const { requests } of lists) expect(requests).toMatchObject([{ page: 1, limit: 1 }]);
  });

  test('nothing costs nothing', async () => {
    const { source, requests } = apple();
    await read([source], {}, { select: { items: false, pageInfo: false, totals: false } });
    await read([source], { first: 0 }, { select: { items: true, pageInfo: false, totals: false } });
    expect(requests).toEqual([]);
  });

  test('a page of no items tells what is around it, by one small answer', async () => {
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

  test('no source is an empty connection', async () => {
    expect(await read([], {})).toMatchObject({ edges: [], totalCount: 0, hasNextPage: false });
  });
});

describe('the order', () => {
  test('is by key, then source, then id, and descending is its mirror image', async () => {
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

  test('that an answer does not keep makes its source unavailable, and says why', async () => {
    const sources = [apple().source, listOf('WINDOWS', rows('w', [5, 2, 9, 1])).source];
    const page = await read(sources, {});
    expect(names(page)).toBe('a0 a1 a2 a3');
    expect(page.sources[1]).toMatchObject({ status: 'UNAVAILABLE' });
    expect(page.sources[1]?.error).toBeInstanceOf(ContractBrokenError);
    expect(page.hasNextPage).toBe(true);
  });

  test.each([
    ['two of eight steps that go the wrong way', [1, 9, 2, 3, 8, 4, 5, 6, 7], 'OK'],
    ['two of seven', [1, 9, 2, 3, 8, 4, 5, 6], 'UNAVAILABLE'],
    ['one of one', [2, 1], 'OK'],
  ])('is that of the API with %s: %j is %s', async (_name, minutes, status) => {
    const page = await read([apple().source, listOf('WINDOWS', rows('w', minutes)).source], {});
    expect(page.sources[1]?.status).toBe(status);
    if (status === 'OK') expect(page.edges).toHaveLength(4 + minutes.length);
  });

  test('that comes again on a page far away is that of an API without pages, told within three calls', async () => {
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

  // Walk 70 of the oracle: another list's edge was taken to be past all the equal keys that it stood among.
  test('of names in a collation of the API loses no equal ones where paging turns round', async () => {
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
    for (let before = ahead.endCursor, goesOn = true; goesOn; ) {
      const page = await read(sources, { last: 1, before }, { order });
      back.push(names(page));
      [before, goesOn] = [page.startCursor, page.hasPreviousPage];
    }
    expect(back.toSorted()).toEqual(['a0', 'a1', 'w0', 'w1']);
  });
});

describe('a source that fails', () => {
  test.each([
    [new ForbiddenError('No permission.'), 'FORBIDDEN', false],
    [new PlanLimitError('Not in the plan.'), 'FORBIDDEN', false],
    [new NotFoundError('Not set up.'), 'FORBIDDEN', false],
    [unavailable(), 'UNAVAILABLE', true],
    [new RateLimitedError('Too many.', 1000), 'UNAVAILABLE', true],
  ])('with %s leaves the others on the page as %s', async (error, status, goesOn) => {
    const page = await read([apple().source, failing(error).source], {});
    expect(names(page)).toBe('a0 a1 a2 a3');
    expect(page.sources).toMatchObject([{ status: 'OK' }, { status, error, totalCount: null }]);
    expect(page.totalCount).toBe(4);
    expect(page.hasNextPage).toBe(goesOn);
  });

  test('returns with what it missed, in its own order, and nothing twice', async () => {
    let isDown = true;
    const flaky = windows(() => {
      if (isDown) throw unavailable();
    });
    const sources = [apple().source, flaky.source];
    const first = await read(sources, { first: 3 });
    expect(names(first)).toBe('a0 a1 a2');
    isDown = false;
    const second = await read(sources, { first: 3, after: first.endCursor });
    expect(names(second)).toBe('w0 w1 w2');
    const third = await read(sources, { first: 3, after: second.endCursor });
    expect(names(third)).toBe('a3 w3');
    expect(third.hasNextPage).toBe(false);
  });

  test('before it ever answered leaves a cursor to go on from, even on an empty page', async () => {
    let isDown = true;
    const flaky = windows(() => {
      if (isDown) throw unavailable();
    });
    const sources = [listOf('APPLE', []).source, flaky.source];
    const empty = await read(sources, { first: 2 });
    expect(empty).toMatchObject({ edges: [], hasNextPage: true, startCursor: null });
    isDown = false;
    expect(names(await read(sources, { first: 9, after: empty.endCursor }))).toBe('w0 w1 w2 w3');
  });

  test('with refused credentials fails the page', async () => {
    const refused = new UnauthenticatedError('Refused.');
    await expect(read([apple().source, failing(refused).source], {})).rejects.toBe(refused);
  });

  test('with a bug costs that source alone, and the bug is told', async () => {
    const bug = new TypeError('A bug.');
    const told: unknown[] = [];
    const onBug = (...seen: readonly unknown[]) => told.push(seen);
    const page = await read([apple().source, failing(bug).source], {}, { onBug });
    expect(names(page)).not.toBe('');
    expect(page.sources.map(({ status }) => status)).toEqual(['OK', 'UNAVAILABLE']);
    expect(told).toEqual([['WINDOWS', bug]]);
  });

  test('with a bug while it is counted costs that count alone', async () => {
    const select = { items: false, pageInfo: false, totals: true };
    const sources = [apple().source, failing(new TypeError('A bug.')).source];
    const page = await read(sources, {}, { select });
    expect(page.sources.map(({ status }) => status)).toEqual(['OK', 'UNAVAILABLE']);
  });

  test('with a bug fails the page where no other answers, and hides the bug in its cause', async () => {
    const bug = new TypeError('A bug.');
    const error: unknown = await read([failing(bug).source], {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnexpectedError);
    expect(error).toMatchObject({ cause: bug });
    expect(String(error)).not.toContain('A bug');
  });

  test('fails the page where no other answers: by what may pass, before what will not', async () => {
    const [forbidden, missing] = [new ForbiddenError('No.'), new NotFoundError('Nothing.')];
    const late = unavailable();
    await expect(read([failing(forbidden).source, { ...failing(late).source }], {})).rejects.toBe(
      late,
    );
    await expect(read([failing(missing).source, failing(forbidden).source], {})).rejects.toBe(
      forbidden,
    );
    await expect(read([failing(missing).source], {})).rejects.toBe(missing);
  });
});

describe('a filter that is scanned for', () => {
  const many = (prefix: string) => rows(prefix, [...Array(3000).keys()]);

  test('ends at the bound with a usable cursor where nothing matches', async () => {
    const lists = [listOf('APPLE', many('a')), listOf('WINDOWS', many('w'))];
    const sources = lists.map(({ source }) => source);
    const matches = ({ name }: Row) => name === 'w2999';
    let after: string | null = null;
    const found: string[] = [];
    let pages = 0;
    for (let goesOn = true; goesOn; pages += 1) {
      const page = await read(sources, { first: 5, after }, { matches });
      expect(page.readItems).toBeLessThanOrEqual(2000);
      expect(page.totalCount).toBeNull();
      if (page.hasNextPage) {
        expect(page.sources.some(({ status }) => status === 'SCAN_LIMIT')).toBe(true);
      }
      found.push(...page.edges.map(({ node }) => node.name));
      after = page.endCursor;
      goesOn = page.hasNextPage;
    }
    expect(found).toEqual(['w2999']);
    expect(pages).toBeLessThan(8);
  });

  test('reads back the same items as it does forwards', async () => {
    const sources = [listOf('APPLE', many('a')).source, listOf('WINDOWS', many('w')).source];
    const matches = ({ name }: Row) => name.endsWith('77');
    const ahead: string[] = [];
    const back: string[] = [];
    for (let after: string | null = null, goesOn = true; goesOn; ) {
      const page = await read(sources, { first: 9, after }, { matches });
      ahead.push(...page.edges.map(({ node }) => node.name));
      [after, goesOn] = [page.endCursor, page.hasNextPage];
    }
    for (let before: string | null = null, goesOn = true; goesOn; ) {
      const page = await read(sources, { last: 9, before }, { matches });
      back.unshift(...page.edges.map(({ node }) => node.name));
      [before, goesOn] = [page.startCursor, page.hasPreviousPage];
    }
    expect(ahead).toHaveLength(60);
    expect(back).toEqual(ahead);
  });
});

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
  ])('stays %s, beside the next one', async (_name, names_, expected) => {
    const sources = [listOf('APPLE', list('a1 a3 a5 a7')).source, odd(list(names_))];
    const up = await read(sources, {});
    expect(names(up)).toBe(expected);
    expect(up.sources.map(({ status }) => status)).toEqual(['OK', 'OK']);
    const order = { field: 'createdAt', direction: 'descending', comparison: 'time' } as const;
    const down = names(await read(sources, {}, { order }));
    expect(down.split(' ').toReversed().join(' ')).toBe(expected);
    for (const way of ['forwards', 'backwards']) {
      const found: string[] = [];
      for (let cursor: string | null = null, goesOn = true; goesOn; ) {
        const ends = way === 'forwards' ? { first: 1, after: cursor } : { last: 1, before: cursor };
        const page = await read(sources, ends);
        found.push(names(page));
        cursor = page.endCursor;
        goesOn = way === 'forwards' ? page.hasNextPage : page.hasPreviousPage;
      }
      expect((way === 'forwards' ? found : found.reverse()).join(' ')).toBe(expected);
    }
  });

  test('keeps its place where the one above it is deleted after a page that it ends', async () => {
    const before = odd(list('w2 w4! w6 w8'));
    const order = { field: 'createdAt', direction: 'descending', comparison: 'time' } as const;
    const { endCursor } = await read([before], { first: 3 }, { order });
    const after = odd(list('w2 w4! w8'));
    const page = await read([after], { first: 3, after: endCursor }, { order });
    expect(names(page)).toBe('w2');
  });

  test('is told as a surprise, as is one whose key contradicts the others', async () => {
    const told: string[] = [];
    const onSurprise = (_source: unknown, surprise: string) => told.push(surprise);
    await read([odd(list('w2 w4! w6'))], {}, { onSurprise });
    await read([listOf('WINDOWS', rows('w', [1, 9, 2, 3, 4])).source], {}, { onSurprise });
    expect(told).toEqual(['missing-sort-key', 'misplaced-item']);
  });
});

describe('a range of the order key', () => {
  const long = (key: string, prefix: string) =>
    listOf(key, rows(prefix, [null, ...Array(2500).keys()]));

  test.each([
    ['ascending', 'a2001 w2001 a2002 w2002'],
    ['descending', 'w2010 a2010 w2009 a2009'],
  ] as const)('is sought by a handful of calls, %s, and both its ends are left out', async (direction, start) => {
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

  test('without a lower end leaves out the items without a key', async () => {
    const { source } = listOf('APPLE', rows('a', [null, null, 1, 2, 3]));
    const page = await read([source], {}, { keyRange: { before: minute(3) } });
    expect(names(page)).toBe('a2 a3');
  });

  test('is paged through like the whole list', async () => {
    const { source } = long('APPLE', 'a');
    const keyRange = { after: minute(1000), before: minute(1100) };
    const found: string[] = [];
    for (let after: string | null = null, goesOn = true; goesOn; ) {
      const page = await read([source], { first: 30, after }, { keyRange });
      expect(page.hasPreviousPage).toBe(after !== null);
      found.push(...page.edges.map(({ node }) => node.name));
      [after, goesOn] = [page.endCursor, page.hasNextPage];
    }
    expect(found).toEqual(Array.from({ length: 99 }, (_, index) => `a${1002 + index}`));
  });
});
