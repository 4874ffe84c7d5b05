import { expect, it } from 'vitest';
import { readConnectionPage } from '../../src/paging/connection-page.ts';
import type { Source } from '../../src/paging/types.ts';

const key = '2026-01-01T00:00:00.000Z';
const mostCalls = 150;

/** The calls that a page takes if its equal keys do not fit one answer and are in another order each time. */
const countCalls = async (seed: number): Promise<number> => {
  let calls = 0;
  const source: Source<string> = {
    key: 'list',
    read: async ({ page, limit }) => {
      calls += 1;
      if (calls > mostCalls) throw new Error('The page does not end.');
      const applied = Math.min(limit, 3);
      const rank = (item: number): number => (item * 7919 * (seed + calls)) % 1009;
      const ids = Array.from({ length: 60 }, (_, item) => item).sort(
        (left, right) => rank(left) - rank(right),
      );
      const from = (page - 1) * applied;
      return {
        items: ids
          .slice(from, from + applied)
          .map((item) => ({ id: `token-${item}`, key, node: `token-${item}` })),
        limit: applied,
        totalCount: ids.length,
        hasNextPage: from + applied < ids.length,
      };
    },
  };
  await readConnectionPage({
    sources: [source],
    order: { field: 'updatedAt', direction: 'descending', comparison: 'time' },
    binding: { connection: 'tokens', organizationId: '0123', filter: {} },
    page: { first: 70 },
    limits: { defaultPageSize: 20, maxPageSize: 100, maxScanItems: 2000, maxLimit: 500 },
    select: { items: true, pageInfo: true, totals: false },
  }).catch(() => {});
  return calls;
};

it('ends a page whose equal keys do not fit one answer and are in another order each time', async () => {
  for (let seed = 0; seed < 100; seed += 1) {
    expect(await countCalls(seed), `seed ${seed}`).toBeLessThanOrEqual(mostCalls);
  }
});
