import { type Following, follow, type LiveStatus } from './follow.ts';
import type { Change } from './stream.ts';

/** What the tab that follows tells the others. */
type Message =
  | { readonly type: 'hello' }
  | { readonly type: 'start' }
  | { readonly type: 'sign' }
  | { readonly type: 'status'; readonly status: LiveStatus; readonly cursor: string | null }
  /** `before` is the cursor before it. Who knows another one has missed something. */
  | { readonly type: 'change'; readonly change: Change; readonly before: string | null };

export interface Sharing extends Following {
  /** The other tabs know more than this one: changes are missing here. */
  readonly onGap: () => void;
}

/** Who hears nothing for as long takes over: the browser may have suspended the tab that follows. */
const silenceMs = 30_000;
const checkMs = 5_000;

/** The name that tabs with the same key share. It cannot be turned back into the key. */
const nameFor = async (apiKey: string): Promise<string> => {
  const bytes = new TextEncoder().encode(`enrollment-token-changes:${apiKey}`);
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return `changes-${[...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
};

/**
 * Follows the changes with one stream for all tabs that have the same key: the tab that holds a lock follows, and tells
 * the others. If it is closed, the browser gives the lock to another tab, which resumes with the last cursor.
 */
export const followInOneTab = async (sharing: Sharing): Promise<void> => {
  const { apiKey, signal, onStart, onStatus, onChange, onSign, onGap } = sharing;
  // Both exist only on https and on this machine. Without them each tab has a stream of its own.
  if (!navigator.locks || !crypto.subtle) return follow(sharing);
  const name = await nameFor(apiKey);
  if (signal.aborted) return;
  const channel = new BroadcastChannel(name);
  const post = (message: Message) => signal.aborted || channel.postMessage(message);
  let cursor = sharing.after;
  let status: LiveStatus = { state: 'connecting' };
  let isFollowing = false;
  let heardAt = Date.now();
  /** Ends the wait for the lock. */
  let waiting = new AbortController();

  const tellStatus = () => post({ type: 'status', status, cursor });

  const followForAll = async (lost: AbortSignal): Promise<void> => {
    isFollowing = true;
    tellStatus();
    const until = AbortSignal.any([signal, lost]);
    await follow({
      apiKey,
      after: cursor,
      signal: until,
      onStart: () => {
        cursor = null;
        post({ type: 'start' });
        onStart();
      },
      onStatus: (next, at) => {
        status = next;
        cursor = at;
        tellStatus();
        onStatus(status, cursor);
      },
      onChange: (change) => {
        post({ type: 'change', change, before: cursor });
        cursor = change.cursor;
        onChange(change);
      },
      onSign: () => {
        post({ type: 'sign' });
        onSign();
      },
    });
    // After a refusal it keeps the lock, so that no other tab asks with the same key.
    if (!until.aborted) {
      await new Promise((resolve) => until.addEventListener('abort', resolve, { once: true }));
    }
  };

  const takePart = async (mustTake: boolean): Promise<void> => {
    waiting = new AbortController();
    const lost = new AbortController();
    const options = mustTake
      ? { steal: true }
      : { signal: AbortSignal.any([signal, waiting.signal]) };
    const { signal: taken } = waiting;
    try {
      await navigator.locks.request(name, options, () => followForAll(lost.signal));
    } catch {
      // The wait has ended, or another tab has taken the lock.
    }
    lost.abort();
    // Whoever ended the wait goes on by itself.
    if (signal.aborted || taken.aborted) return;
    isFollowing = false;
    heardAt = Date.now();
    return takePart(false);
  };

  const hear = (message: Message) => {
    heardAt = Date.now();
    switch (message.type) {
      case 'start':
        cursor = null;
        onStart();
        break;
      case 'status':
        if (message.cursor !== cursor) onGap();
        ({ cursor, status } = message);
        onStatus(status, cursor);
        break;
      case 'change':
        if (message.before !== cursor) onGap();
        cursor = message.change.cursor;
        onChange(message.change);
        break;
    }
  };
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (isFollowing && data.type === 'hello') tellStatus();
    else if (!isFollowing && data.type !== 'hello') hear(data);
  };

  const checkSilence = () => {
    const isSilent = Date.now() - heardAt > silenceMs && status.state !== 'stopped';
    // A hidden tab has no need, and its timers are late.
    if (isFollowing || !isSilent || document.hidden) return;
    heardAt = Date.now();
    waiting.abort();
    takePart(true);
  };
  const check = setInterval(checkSilence, checkMs);
  document.addEventListener('visibilitychange', checkSilence, { signal });
  signal.addEventListener('abort', () => {
    clearInterval(check);
    channel.close();
  });
  post({ type: 'hello' });
  await takePart(false);
};
