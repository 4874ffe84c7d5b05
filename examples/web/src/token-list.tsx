import { useEffect, useRef } from 'react';
import { type Filter, isFiltered } from './filter-bar.tsx';
import type { Order } from './order-select.tsx';
import { Problem } from './problem.tsx';
import { RetryButton } from './retry-button.tsx';
import { SourceNotice } from './source-notice.tsx';
import { TokenRow } from './token-row.tsx';
import { useTokens } from './tokens.ts';

/** Calls `load` when `mayLoad` is true and the end of the list is almost visible. */
const useLoadAtEnd = (mayLoad: boolean, load: () => unknown) => {
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!mayLoad || !end.current) return;
    // Each page needs a new observer. It reports the position of the end at once, even after an empty page.
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
  readonly order: Order;
  readonly onShow: (id: string) => void;
}

/** The list of matching tokens. It loads the next page when the end is almost visible. */
export const TokenList = ({ filter, order, onShow }: TokenListProps) => {
  const { query, tokens, totalCount, missing, canLoadByScrolling, reloadMissing } = useTokens(
    filter,
    order,
  );
  const { hasNextPage, isFetching, fetchNextPage, error } = query;
  const mayLoad = hasNextPage && !isFetching && !error && canLoadByScrolling;
  const end = useLoadAtEnd(mayLoad, fetchNextPage);
  const isDone = !hasNextPage && !isFetching && !error;
  const emptyText =
    isFiltered(filter) || missing.length > 0
      ? 'No token matches.'
      : 'This organization has no tokens yet, or only revoked ones. "New token" creates one.';
  return (
    <section aria-label="Tokens" tabIndex={-1}>
      <SourceNotice missing={missing} onRetry={reloadMissing} />
      {tokens.length > 0 && (
        <output className="count">
          {tokens.length.toLocaleString('en')}
          {totalCount !== null && ` of ${totalCount.toLocaleString('en')}`} tokens
        </output>
      )}
      <ol className="tokens" aria-busy={isFetching}>
        {tokens.map((token) => (
          <TokenRow key={token.id} token={token} onShow={onShow} />
        ))}
      </ol>
      <div ref={end} className="end" tabIndex={-1}>
        {error && <Problem error={error} onRetry={fetchNextPage} />}
        {isFetching && <p>Loading…</p>}
        {hasNextPage && !isFetching && !canLoadByScrolling && (
          <RetryButton onRetry={fetchNextPage}>Load more without it</RetryButton>
        )}
        {isDone && tokens.length === 0 && <p>{emptyText}</p>}
      </div>
    </section>
  );
};
