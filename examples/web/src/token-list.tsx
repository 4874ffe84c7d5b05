import { useEffect, useReducer, useRef } from 'react';
import { type Filter, isFiltered } from './filter-bar.tsx';
import { Announcer } from './live/announcer.tsx';
import { KeepPlace } from './live/keep-place.tsx';
import { LiveStatus, StoppedNotice } from './live/live-status.tsx';
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

/** Renders again each minute, because rows show times relative to now, and tokens expire without a change. */
const useMinute = () => {
  const [, tick] = useReducer((ticks: number) => ticks + 1, 0);
  useEffect(() => {
    const timer = setInterval(tick, 60_000);
    return () => clearInterval(timer);
  }, []);
};

interface TokenListProps {
  readonly filter: Filter;
  readonly order: Order;
  readonly onShow: (id: string) => void;
}

/** The list of matching tokens. It loads the next page when the end is almost visible. */
export const TokenList = ({ filter, order, onShow }: TokenListProps) => {
  const { query, rows, totalCount, isExact, missing, canLoadByScrolling, reloadMissing } =
    useTokens(filter, order);
  const { hasNextPage, isPending, isFetching, fetchNextPage, refetch, error } = query;
  useMinute();
  const mayLoad = hasNextPage && !isFetching && !error && canLoadByScrolling;
  const end = useLoadAtEnd(mayLoad, fetchNextPage);
  const isDone = !hasNextPage && !isPending && !isFetching && !error;
  const shown = rows.filter(({ mark }) => mark !== 'leaving').length.toLocaleString('en');
  const total = `${isExact ? '' : 'about '}${totalCount?.toLocaleString('en')}`;
  // With a filter that the gateway scans for, nobody knows the total before the end.
  const scanned = `${shown} tokens${hasNextPage ? ' so far' : ''}`;
  const count = totalCount === null ? scanned : `${shown} of ${total} tokens`;
  const emptyText =
    isFiltered(filter) || missing.length > 0
      ? 'No token matches.'
      : 'This organization has no tokens yet, or only revoked ones. "New token" creates one.';
  return (
    <section aria-label="Tokens" tabIndex={-1}>
      <SourceNotice missing={missing} onRetry={reloadMissing} />
      {!isPending && <StoppedNotice error={error} />}
      <div className="list-head">
        {rows.length > 0 && <p className="count">{count}</p>}
        <LiveStatus />
      </div>
      <Announcer
        rows={rows}
        count={rows.length > 0 ? count : ''}
        loadedAt={query.data ? query.dataUpdatedAt : 0}
      />
      <KeepPlace>
        <ol className="tokens" aria-busy={isPending || isFetching}>
          {rows.map(({ token, mark, version }) => (
            <TokenRow key={token.id} token={token} mark={mark} version={version} onShow={onShow} />
          ))}
        </ol>
      </KeepPlace>
      <div ref={end} className="end" tabIndex={-1}>
        {error && (
          <Problem error={error} onRetry={query.isRefetchError ? refetch : fetchNextPage} />
        )}
        {(isFetching || (isPending && !error)) && <p>Loading…</p>}
        {hasNextPage && !isFetching && !canLoadByScrolling && (
          <RetryButton onRetry={fetchNextPage}>Load more without it</RetryButton>
        )}
        {isDone && rows.length === 0 && <p>{emptyText}</p>}
      </div>
    </section>
  );
};
