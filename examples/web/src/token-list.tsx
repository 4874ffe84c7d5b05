import { useEffect, useRef } from 'react';
import type { Filter } from './filter-bar.tsx';
import { Problem } from './problem.tsx';
import { SourceNotice } from './source-notice.tsx';
import { TokenRow } from './token-row.tsx';
import { useTokens } from './tokens.ts';

/** Loads more whenever it may and the end of the list is nearly in sight. */
const useEndInSight = (mayLoad: boolean, load: () => unknown) => {
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!mayLoad || !end.current) return;
    // A new observer for every page: it tells at once where the end is now, also after a page that was empty.
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) load();
      },
      { rootMargin: '600px' },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [mayLoad, load]);
  return end;
};

interface TokenListProps {
  readonly filter: Filter;
  readonly onShow: (id: string) => void;
}

/** All tokens that match, loaded page by page as they come into sight. */
export const TokenList = ({ filter, onShow }: TokenListProps) => {
  const { query, tokens, totalCount, missing, mayLoadByItself, fillHole } = useTokens(filter);
  const { hasNextPage, isFetching, fetchNextPage, error } = query;
  const mayLoad = hasNextPage && !isFetching && !error && mayLoadByItself;
  const end = useEndInSight(mayLoad, fetchNextPage);
  const isDone = !hasNextPage && !isFetching && !error;
  return (
    <section aria-label="Tokens">
      <SourceNotice missing={missing} isRetrying={isFetching} onRetry={fillHole} />
      <ol className="tokens" aria-busy={isFetching}>
        {tokens.map((token) => (
          <TokenRow key={token.id} token={token} onShow={onShow} />
        ))}
      </ol>
      <div ref={end} className="end">
        {error && <Problem error={error} onRetry={fetchNextPage} />}
        {isFetching && <p>Loading…</p>}
        {hasNextPage && !isFetching && !mayLoadByItself && (
          <button type="button" onClick={() => fetchNextPage()}>
            Load more without it
          </button>
        )}
        {isDone && tokens.length === 0 && <p>No token matches.</p>}
      </div>
      {tokens.length > 0 && (
        <output className="count">
          {tokens.length.toLocaleString('en')}
          {totalCount !== null && ` of ${totalCount.toLocaleString('en')}`} tokens
        </output>
      )}
    </section>
  );
};
