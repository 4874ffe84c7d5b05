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

/** Sources that left a hole in the page: down or forbidden. Those at the scan limit go on by themselves. */
const missingFrom = ({ sources }: Page) =>
  sources.filter(({ status }) => status === 'UNAVAILABLE' || status === 'FORBIDDEN');

/** The pages that are loaded, as one list; and what is missing from it. */
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
  const firstWithHole = pages.findIndex((page) => missingFrom(page).length > 0);
  const lastPage = pages.at(-1);
  return {
    query,
    tokens: pages.flatMap(({ nodes }) => nodes),
    totalCount: pages[0]?.totalCount ?? null,
    missing: pages[firstWithHole] ? missingFrom(pages[firstWithHole]) : [],
    /** Scrolling must not ask a platform that is down again and again. */
    mayLoadByItself: !lastPage?.sources.some(({ status }) => status === 'UNAVAILABLE'),
    /** Reads on from the last page without a hole, so that what comes back stands in its place. */
    fillHole: async () => {
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
