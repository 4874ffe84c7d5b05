import { type Change, readChanges, type StreamError } from './stream.ts';

export type LiveStatus =
  | { readonly state: 'connecting' | 'live' | 'lost' }
  /** The gateway refuses. It is not asked again with the same key. */
  | { readonly state: 'stopped'; readonly code: string; readonly message: string };

export interface Following {
  readonly apiKey: string;
  /** The cursor of the last change. Null: changes from now on. */
  readonly after: string | null;
  readonly signal: AbortSignal;
  /** A stream without a cursor has begun. What changed before it is unknown. */
  readonly onStart: () => void;
  readonly onStatus: (status: LiveStatus, cursor: string | null) => void;
  readonly onChange: (change: Change) => void;
  readonly onSign: () => void;
}

/** What passes by itself. After other errors, the same request would fail again. */
const passing = [
  'INTERNAL_SERVER_ERROR',
  'RATE_LIMITED',
  'UPSTREAM_INVALID_RESPONSE',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_UNAVAILABLE',
];

/** A refusal is the first event of an accepted stream. After this time without one, the stream counts as live. */
const settleMs = 300;
/** A stream that has lasted as long ends the series of failures. */
const stableMs = 10_000;
const maxDelayMs = 20_000;

/** A random delay of one to five seconds, so that not all pages come back at once. It doubles with each failure. */
const delayAfter = (failures: number, error: StreamError | null): number => {
  const delayMs = Math.min(1_000 * (1 + 4 * Math.random()) * 2 ** (failures - 1), maxDelayMs);
  return Math.max(delayMs, 1_000 * (error?.extensions?.retryAfterSeconds ?? 0));
};

/** Waits. It ends early if the browser is online again. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const over = new AbortController();
    const end = () => {
      clearTimeout(timer);
      over.abort();
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { signal: over.signal });
    addEventListener('online', end, { signal: over.signal });
  });

/** Follows the changes, and resumes with the last cursor, until the signal aborts or the gateway refuses. */
export const follow = async (following: Following): Promise<void> => {
  const { apiKey, after, signal, onStart, onStatus, onChange, onSign } = following;
  let cursor = after;
  let failures = 0;
  while (!signal.aborted) {
    let settled: ReturnType<typeof setTimeout> | undefined;
    let openedAt = Number.POSITIVE_INFINITY;
    const becomeLive = () => {
      clearTimeout(settled);
      onStatus({ state: 'live' }, cursor);
    };
    const error = await readChanges(apiKey, cursor, signal, {
      onOpen: () => {
        openedAt = performance.now();
        if (cursor === null) onStart();
        settled = setTimeout(becomeLive, settleMs);
      },
      onChange: (change) => {
        cursor = change.cursor;
        onChange(change);
      },
      onSign,
    });
    clearTimeout(settled);
    if (signal.aborted) return;
    const { code = 'UNKNOWN', reason, cursor: given } = error?.extensions ?? {};
    if (given !== undefined) cursor = given;
    if (reason === 'TOO_OLD') {
      cursor = null;
      failures = 0;
    } else if (error && !passing.includes(code)) {
      onStatus({ state: 'stopped', code, message: error.message }, cursor);
      return;
    }
    onStatus({ state: 'lost' }, cursor);
    failures = performance.now() - openedAt > stableMs ? 1 : failures + 1;
    await pause(delayAfter(failures, error), signal);
  }
};
