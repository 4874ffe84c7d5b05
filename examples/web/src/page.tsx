import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { ApiKey } from './api-key.tsx';
import { CreateDialog } from './create-dialog.tsx';
import { FilterBar, noFilter } from './filter-bar.tsx';
import { AskContext, createAsk } from './gateway.ts';
import { InviteDialog } from './invite-dialog.tsx';
import { createLive, LiveContext } from './live/live.ts';
import { newestFirst, OrderSelect } from './order-select.tsx';
import { QrDialog } from './qr-dialog.tsx';
import { TokenList } from './token-list.tsx';

const keyName = 'gateway-api-key';

// No retries: the gateway already retries safe calls, and each call uses the organization's quota.
const createClient = () =>
  new QueryClient({
    defaultOptions: {
      queries: { retry: false, staleTime: Number.POSITIVE_INFINITY, refetchOnWindowFocus: false },
    },
  });

const Tokens = () => {
  const [filter, setFilter] = useState(noFilter);
  const [order, setOrder] = useState(newestFirst);
  const [isInviting, setIsInviting] = useState(false);
  const [isCreating, setIsCreating] = useState(false);
  const [shownId, setShownId] = useState<string | null>(null);
  return (
    <main tabIndex={-1}>
      <div className="toolbar">
        <FilterBar filter={filter} onChange={setFilter} />
        <OrderSelect order={order} onChange={setOrder} />
        <div className="actions">
          <button type="button" onClick={() => setIsInviting(true)}>
            Invite many
          </button>
          <button type="button" className="primary" onClick={() => setIsCreating(true)}>
            New token
          </button>
        </div>
      </div>
      <TokenList filter={filter} order={order} onShow={setShownId} />
      {isInviting && <InviteDialog onClose={() => setIsInviting(false)} />}
      {isCreating && <CreateDialog onClose={() => setIsCreating(false)} onCreated={setShownId} />}
      {shownId !== null && <QrDialog id={shownId} onClose={() => setShownId(null)} />}
    </main>
  );
};

/** The whole page. A new key resets it, so that data of one key is not shown with another key. */
export const Page = () => {
  const [apiKey, setApiKey] = useState(() => sessionStorage.getItem(keyName) ?? '');
  const session = useMemo(() => {
    const client = createClient();
    return { ask: createAsk(apiKey), client, live: createLive(apiKey, client) };
  }, [apiKey]);
  useEffect(() => session.live.start(), [session]);
  const changeKey = (key: string) => {
    sessionStorage.setItem(keyName, key);
    setApiKey(key);
  };
  return (
    <>
      <header>
        <div>
          <h1>Enrollment tokens</h1>
          <p>Windows and Apple in one list</p>
        </div>
        <ApiKey apiKey={apiKey} onChange={changeKey} />
      </header>
      <AskContext value={session.ask}>
        <QueryClientProvider client={session.client}>
          <LiveContext value={session.live}>
            <Tokens key={apiKey} />
          </LiveContext>
        </QueryClientProvider>
      </AskContext>
    </>
  );
};
