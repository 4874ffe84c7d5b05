import { UpstreamUnavailableError } from '../../src/domain/errors.ts';
import { readConnectionPage } from '../../src/paging/connection-page.ts';
import type { PageArguments, PageRequest, Source, SourceRequest } from '../../src/paging/types.ts';

/** One item of the in-memory lists of these tests. */
export interface Row {
  readonly name: string;
  readonly key: string | null;
}

export const minute = (count: number): string =>
  new Date(Date.UTC(2026, 1, 1, 0, count)).toISOString();

export const rows = (prefix: string, minutes: readonly (number | null)[]): readonly Row[] =>
  minutes.map((at, index) => ({ name: `${prefix}${index}`, key: at === null ? null : minute(at) }));

export const unavailable = () =>
  new UpstreamUnavailableError('It does not answer.', { reason: 'timeout', mayHaveArrived: true });

/** A source over a list in ascending order. It records its requests; `fail` may throw before an answer. */
export const listOf = (key: string, list: readonly Row[], fail: () => void = () => {}) => {
  const requests: SourceRequest[] = [];
  const source: Source<Row> = {
    key,
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

export const read = (
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

export const names = (page: { readonly edges: readonly { readonly node: Row }[] }): string =>
  page.edges.map(({ node }) => node.name).join(' ');

export const apple = () => listOf('APPLE', rows('a', [1, 3, 5, 7]));
export const windows = (fail?: () => void) => listOf('WINDOWS', rows('w', [2, 3, 6, 8]), fail);
export const failing = (error: Error) =>
  windows(() => {
    throw error;
  });
