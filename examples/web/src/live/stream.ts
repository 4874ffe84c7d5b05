import { print } from '@0no-co/graphql.web';
import type { ResultOf } from 'gql.tada';
import { graphql, headersFor } from '../gateway.ts';
import { tokenRow } from '../token-row.tsx';

/** Each change brings the fields of a row, so that a row needs no call of its own. */
const tokenChanges = graphql(
  `subscription TokenChanges($after: String) {
    enrollmentTokenChanges(after: $after) {
      kind
      cursor
      token { id ...TokenRow }
    }
  }`,
  [tokenRow],
);

export type Change = ResultOf<typeof tokenChanges>['enrollmentTokenChanges'];

/** Why the gateway has ended a stream. */
export interface StreamError {
  readonly message: string;
  readonly extensions?: {
    readonly code?: string;
    readonly reason?: string;
    readonly cursor?: string;
    readonly retryAfterSeconds?: number;
  };
}

interface Answer {
  readonly data?: ResultOf<typeof tokenChanges> | null;
  readonly errors?: readonly StreamError[];
}

export interface StreamHandlers {
  /** The gateway follows: a list that is loaded from now on misses nothing. */
  readonly onOpen: () => void;
  readonly onChange: (change: Change) => void;
  /** Something has come, if only a comment. */
  readonly onSign: () => void;
}

/** The gateway sends a comment every 12 seconds. A dead connection looks like a quiet one, but sends nothing. */
const silenceMs = 30_000;

/** Reads one stream of changes until it ends. Returns the gateway's reason; null: it is complete, or the connection is lost. */
export const readChanges = async (
  apiKey: string,
  after: string | null,
  signal: AbortSignal,
  { onOpen, onChange, onSign }: StreamHandlers,
): Promise<StreamError | null> => {
  const connection = new AbortController();
  const giveUp = () => connection.abort();
  let silence = setTimeout(giveUp, silenceMs);
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { ...headersFor(apiKey), accept: 'text/event-stream' },
      body: JSON.stringify({ query: print(tokenChanges), variables: { after } }),
      signal: AbortSignal.any([signal, connection.signal]),
    });
    if (!response.body || !response.headers.get('content-type')?.startsWith('text/event-stream')) {
      const { errors }: Answer = await response.json();
      return errors?.[0] ?? null;
    }
    onOpen();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return null;
      clearTimeout(silence);
      silence = setTimeout(giveUp, silenceMs);
      onSign();
      const events = (text + value).split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const json = /^event: next\ndata: (.*)$/.exec(event)?.[1];
        if (json === undefined) continue;
        const { data, errors }: Answer = JSON.parse(json);
        // An error of a single field, for example of a policy's name, comes with data and ends nothing.
        if (!data) return errors?.[0] ?? null;
        onChange(data.enrollmentTokenChanges);
      }
    }
  } catch {
    return null;
  } finally {
    clearTimeout(silence);
    connection.abort();
  }
};
