import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import type { ResultOf, VariablesOf } from 'gql.tada';
import { useMemo } from 'react';
import type { Filter } from './filter-bar.tsx';
import { graphql, useAsk } from './gateway.ts';
import { useLiveState } from './live/live.ts';
import { mergeRows } from './live/rows.ts';
import type { Order } from './order-select.tsx';
import { tokenRow } from './token-row.tsx';

const tokensPage = graphql(
  `query Tokens($first: Int!, $after: String, $filter: EnrollmentTokenFilter, $orderBy: EnrollmentTokenOrder) {
    enrollmentTokens(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
      totalCount
      nodes { id ...TokenRow }
      pageInfo { hasNextPage endCursor }
      sources { platform status error { message } }
    }
  }`,
  [tokenRow],
);

/** A page with its size and the times when it was requested and when it arrived. */
type Loaded = Page & {
  readonly first: number;
  readonly askedAt: number;
  readonly loadedAt: number;
};
type Page = ResultOf<typeof tokensPage>['enrollmentTokens'];

/** What to ask for: the place of a page, and its size. */
interface PageParam {
  readonly after: string | null;
  readonly first: number;
}

const smallPage = 25;
/** The most that the gateway allows. */
const largePage = 100;
/** If the end of a page comes into view sooner than this, the next page is larger. */
const fastMs = 2_000;

/** Returns the size of the next page. It doubles while somebody scrolls fast. */
const nextSize = ({ first, loadedAt }: Loaded): number =>
  Date.now() - loadedAt < fastMs ? Math.min(first * 2, largePage) : smallPage;

const toFilter = ({ platform, states }: Filter): VariablesOf<typeof tokensPage>['filter'] => ({
  ...(platform && { platforms: [platform] }),
  ...(states.length > 0 && { states: [...states] }),
});

/** Returns the sources that are missing from a page. Sources at the scan limit continue on the next page, so they do not count. */
const missingFrom = ({ sources }: Page) =>
  sources.filter(({ status }) => status === 'UNAVAILABLE' || status === 'FORBIDDEN');

const noPages: readonly Loaded[] = [];

/**
 * Loads pages of tokens; returns them as one list with all changes since, and the platforms that are missing. The pages
 * stay as they were loaded: a page that is on its way while a change arrives would overwrite it.
 */
export const useTokens = (filter: Filter, order: Order) => {
  const ask = useAsk();
  const client = useQueryClient();
  const live = useLiveState();
  const queryKey = ['tokens', filter, order];
  const query = useInfiniteQuery({
    queryKey,
    queryFn: async ({ pageParam, signal }) => {
      const variables = { ...pageParam, filter: toFilter(filter), orderBy: order };
      const askedAt = Date.now();
      const { enrollmentTokens } = await ask(tokensPage, variables, signal);
      return { ...enrollmentTokens, first: pageParam.first, askedAt, loadedAt: Date.now() };
    },
    // What changes before the stream has begun is in the list only if it is loaded afterwards.
    enabled: live.isReady,
    initialPageParam: { after: null, first: smallPage } satisfies PageParam as PageParam,
    getNextPageParam: (page: Loaded): PageParam | null =>
      page.pageInfo.hasNextPage ? { after: page.pageInfo.endCursor, first: nextSize(page) } : null,
  });
  const pages = query.data?.pages ?? noPages;
  const list = useMemo(() => mergeRows(pages, live, filter, order), [pages, live, filter, order]);
  const firstIncomplete = pages.findIndex((page) => missingFrom(page).length > 0);
  const lastPage = pages.at(-1);
  return {
    query,
    ...list,
    missing: pages[firstIncomplete] ? missingFrom(pages[firstIncomplete]) : [],
    /** Scrolling must not repeat requests to a platform that is unavailable. */
    canLoadByScrolling: !lastPage?.sources.some(({ status }) => status === 'UNAVAILABLE'),
    /** Continues from the last complete page, so that the missing tokens appear in their order. */
    reloadMissing: async () => {
      client.setQueryData<InfiniteData<Loaded, PageParam>>(queryKey, (data) => {
        if (!data) return data;
        const { pages, pageParams } = data;
        const end = pages.findIndex((page) => missingFrom(page).length > 0);
        return { pages: pages.slice(0, end), pageParams: pageParams.slice(0, end) };
      });
      await query.fetchNextPage();
    },
  };
};
