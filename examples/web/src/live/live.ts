import type { QueryClient } from '@tanstack/react-query';
import { readFragment } from 'gql.tada';
import { createContext, use, useSyncExternalStore } from 'react';
import { tokenRow } from '../token-row.tsx';
import type { LiveStatus } from './follow.ts';
import type { Change } from './stream.ts';
import { followInOneTab } from './tabs.ts';

export type LiveToken = Change['token'];

/** What the stream said about a token. Times are those of this tab. */
export interface KnownChange {
  readonly token: LiveToken;
  readonly isNew: boolean;
  readonly arrivedAt: number;
  /** When the token was announced as new; null: it was not. */
  readonly createdAt: number | null;
  /** What the stream said before. */
  readonly previous: LiveToken | null;
}

export interface LiveState {
  readonly status: LiveStatus;
  /** Whether lists may be loaded. */
  readonly isReady: boolean;
  readonly changes: ReadonlyMap<string, KnownChange>;
  /** The time when this state was made. It tells which marks are over. */
  readonly now: number;
}

/** How long a changed row has its mark, and a row that leaves stays. */
export const markMs = 6_000;
/** Changes that come together are shown together. */
const batchMs = 100;
/** If no stream begins within this time, the list is loaded without it. */
const patienceMs = 3_000;
/** A tab that nobody has looked at for as long stops following. */
const hiddenMs = 600_000;
/** How many changes are kept beside the lists. Past that, the lists are loaded again. */
const maxChanges = 1_000;
const keptChanges = 500;
/** A list of more pages begins at its top when it is loaded again: each page costs a call to each platform. */
const maxReloadedPages = 4;

const tokens = { queryKey: ['tokens'] };

/** Loads the lists again. Lists that nobody looks at follow when they are shown. */
const reloadLists = (client: QueryClient) => {
  const shown = client.getQueriesData<{ readonly pages: readonly unknown[] }>({
    ...tokens,
    type: 'active',
  });
  const isLong = shown.some(([, data]) => (data?.pages.length ?? 0) > maxReloadedPages);
  return isLong ? client.resetQueries(tokens) : client.invalidateQueries(tokens);
};

/** Whether a shown list could not be loaded. A further page has a button of its own, and keeps the place of the reader. */
const hasFailedList = (client: QueryClient): boolean =>
  client
    .getQueryCache()
    .findAll({ ...tokens, type: 'active' })
    .some(({ state }) => state.status === 'error' && !state.fetchMeta?.fetchMore);

/** Returns whether the first version is older. The API changes `updatedAt` with every change. */
export const isOlder = (token: LiveToken, than: LiveToken): boolean => {
  const [left, right] = [readFragment(tokenRow, token), readFragment(tokenRow, than)];
  return (left.updatedAt ?? '') < (right.updatedAt ?? '');
};

/** Collects the changes of the tokens for one key. The lists are loaded when the stream has begun, so nothing is missed. */
export const createLive = (apiKey: string, client: QueryClient) => {
  const listeners = new Set<() => void>();
  const changes = new Map<string, KnownChange>();
  const own = new Set<string>();
  let state: LiveState = {
    status: { state: 'connecting' },
    isReady: false,
    changes: new Map(),
    now: Date.now(),
  };
  let cursor: string | null = null;
  let isReloadDue = false;
  let isReloadDeferred = false;
  let batch: ReturnType<typeof setTimeout> | undefined;
  let expiry: ReturnType<typeof setTimeout> | undefined;

  /** A hidden tab loads its lists when somebody looks. */
  const reload = () => {
    isReloadDeferred = document.hidden;
    if (!isReloadDeferred) reloadLists(client);
  };
  const update = (next: Partial<LiveState>) => {
    state = { ...state, ...next, now: Date.now() };
    for (const listener of listeners) listener();
  };
  const show = () => {
    batch = undefined;
    update({ changes: new Map(changes) });
    clearTimeout(expiry);
    // Removes the marks.
    expiry = setTimeout(() => update({}), markMs + batchMs);
  };
  const onChange = ({ cursor: at, kind, token }: Change) => {
    cursor = at;
    const before = changes.get(token.id);
    // After a connection was lost, some changes come again.
    if (before && !isOlder(before.token, token)) return;
    changes.delete(token.id);
    const arrivedAt = Date.now();
    changes.set(token.id, {
      token,
      isNew: kind === 'CREATED',
      arrivedAt,
      createdAt: kind === 'CREATED' && !own.has(token.id) ? arrivedAt : (before?.createdAt ?? null),
      previous: before?.token ?? null,
    });
    if (changes.size > maxChanges) {
      for (const id of [...changes.keys()].slice(0, -keptChanges)) changes.delete(id);
      reload();
    }
    batch ??= setTimeout(show, batchMs);
  };
  const onStatus = (status: LiveStatus, at: string | null) => {
    const wasLost = state.status.state === 'lost';
    cursor = at;
    // The list is shown also if nothing can be followed.
    update({ status, isReady: state.isReady || status.state !== 'connecting' });
    if (status.state !== 'live') return;
    // A list that was requested while the gateway could not be reached is not mended by changes.
    if (isReloadDue || (wasLost && hasFailedList(client))) reload();
    isReloadDue = false;
  };
  /** Something was missed. Lists that are not loaded yet miss nothing. */
  const onGap = () => {
    if (state.isReady) reload();
  };
  const onStart = () => {
    cursor = null;
    // It is not certain yet that the gateway accepts the stream.
    isReloadDue = state.isReady;
    update({ isReady: true });
  };

  /** Follows while somebody looks. Returns the function that stops it. */
  const start = () => {
    let part: AbortController | null = null;
    let hidden: ReturnType<typeof setTimeout> | undefined;
    const join = () => {
      if (part) return;
      part = new AbortController();
      const { signal } = part;
      const following = { apiKey, after: cursor, signal, onStart, onStatus, onChange, onGap };
      followInOneTab({ ...following, onSign: () => {} });
    };
    const leave = () => {
      part?.abort();
      part = null;
    };
    const look = () => {
      clearTimeout(hidden);
      if (document.hidden) hidden = setTimeout(leave, hiddenMs);
      else {
        join();
        if (isReloadDeferred) reload();
      }
    };
    join();
    look();
    document.addEventListener('visibilitychange', look);
    const patience = setTimeout(() => state.isReady || update({ isReady: true }), patienceMs);
    return () => {
      document.removeEventListener('visibilitychange', look);
      for (const timer of [hidden, patience, batch, expiry]) clearTimeout(timer);
      batch = undefined;
      leave();
    };
  };

  return {
    start,
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    getState: () => state,
    /** This tab has created the token, and has loaded its list since. */
    addOwn: (id: string) => own.add(id),
    isOwn: (id: string) => own.has(id),
  };
};

export type Live = ReturnType<typeof createLive>;

export const LiveContext = createContext<Live | null>(null);

export const useLive = (): Live => {
  const live = use(LiveContext);
  if (!live) throw new Error('The component is outside of LiveContext.');
  return live;
};

export const useLiveState = (): LiveState => {
  const { subscribe, getState } = useLive();
  return useSyncExternalStore(subscribe, getState);
};
