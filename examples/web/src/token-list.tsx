import { useEffect, useRef, useState } from 'react';
import type { Filter } from './filter-bar.tsx';
import { Problem } from './problem.tsx';
import { SourceNotice } from './source-notice.tsx';
import { TokenRow } from './token-row.tsx';
import { useTokens } from './tokens.ts';

/** Calls back whenever the end of the list is in sight and more may be loaded. */
const useEndInSight = (mayLoad: boolean, load: () => unknown) => {
  const end = useRef<HTMLDivElement>(null);
  const [inSight, setInSight] = useState(false);
  useEffect(() => {
    if (!end.current) return;
    const observer = new IntersectionObserver(
      (entries) => setInSight(entries.some(({ isIntersecting }) => isIntersecting)),
      { rootMargin: '600px' },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, []);
  // Also after a page that was empty, which moves nothing and so tells the observer nothing.
  useEffect(() => {
    if (inSight && mayLoad) load();
  }, [inSight, mayLoad, load]);
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
            Go on without
          </button>
        )}
        {isDone && tokens.length === 0 && <p>No token matches.</p>}
      </div>
      <output className="count">
        {tokens.length.toLocaleString('en')}
        {totalCount !== null && ` of ${totalCount.toLocaleString('en')}`} tokens
      </output>
    </section>
  );
};
