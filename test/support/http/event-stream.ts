import { onTestFinished, vi } from 'vitest';
import type { Loose } from '../loose.ts';
import { postJson } from './post-json.ts';

/** A stream of server-sent events that is being received. */
export interface EventStream {
  readonly status: number;
  readonly headers: Headers;
  /** The text that was received so far. */
  readonly text: () => string;
  /** The answers in the `next` events so far. */
  readonly answers: () => readonly Loose[];
  /** Waits for an answer: the first one has index 0. */
  readonly answer: (index: number) => Promise<Loose>;
  /** Whether the event `complete` has come. */
  readonly isComplete: () => boolean;
  /** Resolves when the body has ended, or the connection was closed. */
  readonly ended: Promise<void>;
  /** Leaves, as a client does that is no longer interested. */
  readonly leave: () => void;
}

const answersIn = (text: string): readonly Loose[] =>
  [...text.matchAll(/^event: next\ndata: (.*)\n\n/gm)].map(
    ([, data = '']): Loose => JSON.parse(data),
  );

/** Starts to receive the body of an answer. */
export const receiveEvents = (response: Response, leave: () => void): EventStream => {
  let text = '';
  const decoder = new TextDecoder();
  const receive = async (): Promise<void> => {
    try {
      for await (const chunk of response.body ?? [])
        text += decoder.decode(chunk, { stream: true });
    } catch {
      // The connection was closed.
    }
  };
  const answers = () => answersIn(text);
  return {
    status: response.status,
    headers: response.headers,
    text: () => text,
    answers,
    answer: async (index) => {
      await vi.waitUntil(() => answers().length > index, { timeout: 10_000 });
      return answers()[index];
    },
    isComplete: () => text.includes('event: complete\n'),
    ended: receive(),
    leave,
  };
};

/** Posts an operation and receives its events. Resolves when the headers have come. The client leaves when the test ends. */
export const postForEvents = async (
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<EventStream> => {
  const controller = new AbortController();
  const leave = (): void => controller.abort();
  onTestFinished(leave);
  const given = { accept: 'text/event-stream', ...headers };
  return receiveEvents(await postJson(url, body, given, controller.signal), leave);
};
