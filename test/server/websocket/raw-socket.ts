import { once } from 'node:events';
import { vi } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import type { World } from '../../support/gateway/gateway.ts';
import type { Loose } from '../../support/loose.ts';
import { subscription } from '../subscriptions/following.ts';

/** A WebSocket whose messages a test writes and reads itself. */
export interface RawSocket {
  readonly socket: WebSocket;
  readonly send: (message: object) => void;
  /** The messages that have come so far. */
  readonly messages: () => readonly Loose[];
  /** Waits for the messages about this operation. */
  readonly messagesOf: (id: string, count: number) => Promise<readonly Loose[]>;
  /** Resolves with the code and the reason when the socket is closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

export const webSocketUrl = (url: string): string => url.replace('http', 'ws');

/** Opens a WebSocket. Rejects if the gateway refuses it. */
export const openSocket = async (
  url: string,
  options: ClientOptions = {},
  protocols: string | string[] = 'graphql-transport-ws',
): Promise<RawSocket> => {
  const socket = new WebSocket(webSocketUrl(url), protocols, options);
  const messages: Loose[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve).once('error', reject);
  });
  socket.on('error', () => {});
  return {
    socket,
    send: (message) => socket.send(JSON.stringify(message)),
    messages: () => messages,
    messagesOf: async (id, count) => {
      const found = () => messages.filter((message) => message.id === id);
      await vi.waitUntil(() => found().length >= count, { timeout: 10_000 });
      return found();
    },
    closed,
  };
};

/** Opens a WebSocket and sends `connection_init` with this payload. Resolves when the gateway has acknowledged it. */
export const connect = async (
  url: string,
  payload?: object,
  options: ClientOptions = {},
): Promise<RawSocket> => {
  const socket = await openSocket(url, options);
  socket.send({ type: 'connection_init', ...(payload && { payload }) });
  await once(socket.socket, 'message');
  return socket;
};

/** Connects with the key of the sandbox. */
export const connectWithKey = ({ url, sandbox }: World): Promise<RawSocket> =>
  connect(url, { Authorization: `Bearer ${sandbox.apiKey}` });

export const subscribe = (id: string, query: string = subscription, more: object = {}) => ({
  ...{ type: 'subscribe', id },
  payload: { query, ...more },
});
