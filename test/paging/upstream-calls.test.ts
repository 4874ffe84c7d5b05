import { describe, expect, test } from 'vitest';
import { readConnectionPage } from '../../src/paging/connection-page.ts';
import type { ConnectionPage, PageArguments } from '../../src/paging/types.ts';
import { createRandom, type Random } from './oracle/random.ts';
import { drawId, toTime } from './oracle/scenario.ts';
import { type Doc, Upstream } from './oracle/upstream.ts';

const sources = ['APPLE', 'WINDOWS'] as const;

const drawDoc = (random: Random, key: string | null): Doc => ({
  source: random.pick(sources),
  id: drawId(random),
  key,
  tag: 0,
  isUnreadable: false,
  since: 0,
});

const compareKeys = (left: string | null, right: string | null): number =>
  left === right ? 0 : (left ?? '') < (right ?? '') ? -1 : 1;

const createUpstream = (random: Random, docs: readonly Doc[], beforeRead: () => void): Upstream =>
  new Upstream(
    {
      random,
      tieOrder: 'by-hash',
      compareKeys,
      clampAt: () => 10_000,
      admitsClamp: true,
      totals: 'right',
      beforeRead,
    },
    docs,
    sources,
  );

const read = (
  upstream: Upstream,
  order: { readonly field: string; readonly direction: 'ascending' | 'descending' },
  page: PageArguments,
): Promise<ConnectionPage<Doc>> =>
  readConnectionPage({
    sources: sources.map((key) => upstream.source(key)),
    order: { ...order, comparison: order.field === 'displayName' ? 'name' : 'time' },
    binding: { connection: 'tokens', organizationId: '0123', filter: {} },
    page,
    limits: { defaultPageSize: 20, maxPageSize: 100, maxScanItems: 2000, maxLimit: 500 },
    select: { items: true, pageInfo: true, totals: true },
  });

const orders = ['createdAt', 'updatedAt', 'expiresAt', 'displayName'].flatMap((field) =>
  (['ascending', 'descending'] as const).map((direction) => ({ field, direction })),
);

describe('if the lists do not change', () => {
  test.each(
    orders,
  )('every page takes one call for each source, by $field $direction, forward and backward', async (order) => {
    const random = createRandom(7);
    const docs = Array.from({ length: 1500 }, (_, index) =>
      drawDoc(random, order.field === 'displayName' ? `Laptop ${index + 1000}` : toTime(index)),
    );
    const upstream = createUpstream(random, docs, () => {});
    for (const size of [100, 37]) {
      for (const forward of [true, false]) {
        let cursor: string | null = null;
        let pages = 0;
        for (let hasMore = true; hasMore; pages += 1) {
          const before = upstream.calls.length;
          const page: ConnectionPage<Doc> = await read(
            upstream,
            order,
            forward ? { first: size, after: cursor } : { last: size, before: cursor },
          );
          expect(upstream.calls.length - before).toBe(sources.length);
          cursor = forward ? page.endCursor : page.startCursor;
          hasMore = forward ? page.hasNextPage : page.hasPreviousPage;
        }
        expect(pages).toBe(Math.ceil(docs.length / size));
      }
    }
  });

  test('the last twenty of 100,000 items take one call for each source', async () => {
    const random = createRandom(11);
    const docs = Array.from({ length: 100_000 }, (_, index) => drawDoc(random, toTime(index)));
    const upstream = createUpstream(random, docs, () => {});
    const page = await read(
      upstream,
      { field: 'createdAt', direction: 'descending' },
      { last: 20 },
    );
    expect(page.edges).toHaveLength(20);
    expect(upstream.calls).toHaveLength(sources.length);
  });

  test('a page asks for 1.1 to 1.3 times its items on average, and never for more than 2.5 times', async () => {
    const random = createRandom(13);
    const docs = Array.from({ length: 3000 }, (_, index) => drawDoc(random, toTime(index)));
    const upstream = createUpstream(random, docs, () => {});
    const order = { field: 'createdAt', direction: 'descending' } as const;
    let cursor: string | null = null;
    for (let page = 0; page < 25; page += 1) {
      cursor = (await read(upstream, order, { first: 100, after: cursor })).endCursor;
    }
    const limits = upstream.calls.map(({ limit }) => limit);
    expect(Math.max(...limits)).toBeLessThanOrEqual(2.5 * 117);
    expect(limits.reduce((sum, limit) => sum + limit, 0) / limits.length).toBeLessThan(1.3 * 117);
  });
});

test('with up to five changes between calls a page takes at most 2.3 calls for both sources, on average', async () => {
  const random = createRandom(17);
  let newest = 3000;
  const docs = Array.from({ length: newest }, (_, index) => drawDoc(random, toTime(index)));
  const upstream = createUpstream(random, docs, () => {
    for (let changes = random.below(6); changes > 0; changes -= 1) {
      newest += 1;
      if (random.chance(0.6)) upstream.insert(drawDoc(random, toTime(newest)));
      else upstream.delete(upstream.all()[random.below(upstream.all().length)]?.id ?? '');
    }
  });
  const order = { field: 'createdAt', direction: 'descending' } as const;
  let pages = 0;
  for (let walk = 0; walk < 3; walk += 1) {
    let cursor: string | null = null;
    for (let hasMore = true; hasMore; pages += 1) {
      const page: ConnectionPage<Doc> = await read(upstream, order, { first: 50, after: cursor });
      cursor = page.endCursor;
      hasMore = page.hasNextPage;
    }
  }
  expect(upstream.calls.length / pages).toBeLessThanOrEqual(2.3);
});
