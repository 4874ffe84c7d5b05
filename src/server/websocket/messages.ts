import { z } from 'zod';

/** In characters. Each message about an operation repeats its id. */
const maxIdLength = 256;

const messageShape = z.looseObject({
  // graphql-ws takes the other types of the protocol, which only a server sends, for a bug.
  type: z.enum(['connection_init', 'ping', 'pong', 'subscribe', 'complete']),
  id: z.string().max(maxIdLength).optional(),
  payload: z.unknown().optional(),
});

type Message = z.infer<typeof messageShape>;

/** Reads what the socket needs of a message; null if it is none. graphql-ws checks the rest. */
export const readMessage = (text: string): Message | null => {
  try {
    return messageShape.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
};

/** The text of a `subscribe` message. graphql-ws demands a query, also if a document is named by its id or hash. */
export const withQuery = (message: Message): string => {
  const { payload } = message;
  const isIncomplete =
    typeof payload === 'object' &&
    payload !== null &&
    !Array.isArray(payload) &&
    (!('query' in payload) || payload.query === null);
  return JSON.stringify(
    isIncomplete ? { ...message, payload: { ...payload, query: '' } } : message,
  );
};
