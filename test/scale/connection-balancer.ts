import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { listen } from '../support/http/listen.ts';

const pollMs = 100;

/** A load balancer for connections: each connection leads to one of the replicas that are ready when it is opened. */
export interface ConnectionBalancer {
  readonly url: string;
  readonly add: (replicaUrl: string) => void;
  readonly close: () => void;
}

/** Connects to the first replica that accepts; null if none does. */
const connectToOne = async (origins: readonly string[]): Promise<Socket | null> => {
  for (const origin of origins) {
    const { hostname, port } = new URL(origin);
    const socket = connect(Number(port), hostname);
    try {
      await once(socket, 'connect');
      return socket;
    } catch {
      socket.destroy();
    }
  }
  return null;
};

export const startConnectionBalancer = async (): Promise<ConnectionBalancer> => {
  const replicas = new Map<string, { isReady: boolean }>();
  const sockets = new Set<Socket>();
  let turn = 0;

  const poll = async (): Promise<void> => {
    for (const [origin, replica] of replicas) {
      const answer = await fetch(`${origin}/health/ready`).catch(() => null);
      replica.isReady = answer?.status === 200;
    }
  };
  const timer = setInterval(() => void poll(), pollMs);

  const server = createServer({ allowHalfOpen: true }, async (client) => {
    sockets.add(client.once('close', () => sockets.delete(client)));
    client.on('error', () => {});
    const ready = [...replicas].filter(([, { isReady }]) => isReady).map(([origin]) => origin);
    turn += 1;
    const first = turn % Math.max(1, ready.length);
    const replica = await connectToOne([...ready.slice(first), ...ready.slice(0, first)]);
    if (replica === null) {
      client.destroy();
      return;
    }
    replica.on('error', () => client.destroy()).on('close', () => client.destroySoon());
    client.on('close', () => replica.destroy());
    client.pipe(replica).pipe(client);
  });
  const port = await listen(server);

  return {
    url: `http://127.0.0.1:${port}/graphql`,
    add: (replicaUrl) => {
      replicas.set(new URL(replicaUrl).origin, { isReady: true });
    },
    close: () => {
      clearInterval(timer);
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
};
