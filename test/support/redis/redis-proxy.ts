import { connect, createServer, type Socket } from 'node:net';
import { listen } from '../http/listen.ts';

/** A TCP proxy in front of Redis. An open connection stays with the server to which it was opened. */
export interface RedisProxy {
  readonly url: string;
  /** Sets the server for new connections: a URL, or null to refuse them. */
  readonly leadTo: (url: string | null) => void;
  /** The number of refused connections. */
  readonly refused: () => number;
  /** Closes all connections. */
  readonly cut: () => void;
  /** Forwards the next command with this text to Redis, closes the connection without the answer, and refuses new ones. */
  readonly cutAfter: (text: string) => void;
  /** Answers each command with this error; null: forwards commands to Redis. */
  readonly answerWith: (error: string | null) => void;
  readonly close: () => void;
}

/** Counts the commands in the data of a client. Each command is a RESP array. */
const countCommands = (text: string): number => text.match(/(?:^|\r\n)\*\d+(?=\r\n)/g)?.length ?? 0;

export const startRedisProxy = async (url: string): Promise<RedisProxy> => {
  let target: string | null = url;
  let marked: string | null = null;
  let error: string | null = null;
  let refused = 0;
  const sockets = new Set<Socket>();
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((client) => {
    if (target === null) {
      refused += 1;
      client.destroy();
      return;
    }
    const { hostname, port: targetPort } = new URL(target);
    const redis = connect(Number(targetPort), hostname);
    sockets.add(client).add(redis);
    client.on('error', () => {}).on('close', () => redis.end());
    redis.on('error', () => {}).on('close', () => client.destroy());
    redis.on('data', (chunk) => client.writable && client.write(chunk));
    client.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      if (error !== null) {
        client.write(`-${error}\r\n`.repeat(countCommands(text)));
        return;
      }
      redis.write(chunk);
      if (marked === null || !text.includes(marked)) return;
      marked = null;
      target = null;
      client.destroy();
    });
  });
  const port = await listen(server);
  return {
    url: `redis://127.0.0.1:${port}`,
    leadTo: (to) => {
      target = to;
    },
    refused: () => refused,
    cut,
    cutAfter: (text) => {
      marked = text;
    },
    answerWith: (answer) => {
      error = answer;
    },
    close: () => {
      server.close();
      cut();
    },
  };
};
