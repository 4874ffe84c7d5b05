import { type InfiniteData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import type { ResultOf, VariablesOf } from 'gql.tada';
import type { Filter } from './filter-bar.tsx';
import { graphql, useAsk } from './gateway.ts';
import { tokenRow } from './token-row.tsx';

const tokensPage = graphql(
  `query Tokens($filter: EnrollmentTokenFilter, $after: String) {
    enrollmentTokens(first: 25, filter: $filter, after: $after) {
      totalCount
      nodes { id ...TokenRow }
      pageInfo { hasNextPage endCursor }
      sources { platform status error { message } }
    }
  }`,
  [tokenRow],
);

type Page = ResultOf<typeof tokensPage>['enrollmentTokens'];
type Cursor = string | null;

const toFilter = ({ platform, states }: Filter): VariablesOf<typeof tokensPage>['filter'] => ({
  ...(platform && { platforms: [platform] }),
  ...(states.length > 0 && { states: [...states] }),
});

/** Returns the sources that are missing from a page. Sources at the scan limit continue on the next page, so they do not count. */
const missingFrom = ({ sources }: Page) =>
  sources.filter(({ status }) => status === 'UNAVAILABLE' || status === 'FORBIDDEN');

/** Loads pages of tokens; returns them as one list, with the platforms that are missing. */
export const useTokens = (filter: Filter) => {
  const ask = useAsk();
  const client = useQueryClient();
  const queryKey = ['tokens', filter];
  const query = useInfiniteQuery({
    queryKey,
    queryFn: async ({ pageParam, signal }) => {
      const variables = { filter: toFilter(filter), after: pageParam };
      return (await ask(tokensPage, variables, signal)).enrollmentTokens;
    },
    initialPageParam: null satisfies Cursor as Cursor,
    getNextPageParam: ({ pageInfo }): Cursor => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
  });
  const pages = query.data?.pages ?? [];
  const firstIncomplete = pages.findIndex((page) => missingFrom(page).length > 0);
  const lastPage = pages.at(-1);
  return {
    query,
    tokens: pages.flatMap(({ nodes }) => nodes),
    totalCount: pages[0]?.totalCount ?? null,
    missing: pages[firstIncomplete] ? missingFrom(pages[firstIncomplete]) : [],
    /** Scrolling must not repeat requests to a platform that is unavailable. */
    canLoadByScrolling: !lastPage?.sources.some(({ status }) => status === 'UNAVAILABLE'),
    /** Continues from the last complete page, so that the missing tokens appear in their order. */
    reloadMissing: async () => {
      client.setQueryData<InfiniteData<Page, Cursor>>(queryKey, (data) => {
        if (!data) return data;
        const { pages, pageParams } = data;
        const end = pages.findIndex((page) => missingFrom(page).length > 0);
        return { pages: pages.slice(0, end), pageParams: pageParams.slice(0, end) };
      });
      await query.fetchNextPage();
    },
  };
};
