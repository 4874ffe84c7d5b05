import { once } from 'node:events';
import { createServer, type IncomingMessage, request as send } from 'node:http';
import { buffer } from 'node:stream/consumers';

const pollMs = 25;

/** A load balancer as simple as they come: round robin over the replicas that say they are ready. */
export interface Balancer {
  readonly url: string;
  readonly add: (replicaUrl: string) => void;
  /** How many requests each replica answered. */
  readonly answered: () => ReadonlyMap<string, number>;
  readonly close: () => void;
}

/** One exchange with a replica, over a connection of its own. */
const exchange = async (
  origin: string,
  { method = 'GET', url = '/', headers = {} }: Partial<IncomingMessage>,
  body?: Buffer,
): Promise<{
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}> => {
  const request = send(new URL(url, origin), { method, headers, agent: false });
  request.end(body);
  const [response]: IncomingMessage[] = await once(request, 'response');
  if (response === undefined) throw new Error('There is no response.');
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: await buffer(response),
  };
};

// The request did not reach the replica: the only failure after which a balancer may send it to another one.
const isRefused = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';

export const startBalancer = async (): Promise<Balancer> => {
  const replicas = new Map<string, { ready: boolean; answered: number }>();
  let turn = 0;

  const poll = async (): Promise<void> => {
    for (const [origin, replica] of replicas) {
      const { status } = await exchange(origin, { url: '/health/ready' }).catch(() => ({
        status: 0,
      }));
      replica.ready = status === 200;
    }
  };
  const timer = setInterval(() => void poll(), pollMs);

  const forward = async (incoming: IncomingMessage, body: Buffer) => {
    const ready = [...replicas].filter(([, replica]) => replica.ready);
    // Requests interleave: each goes round from a place of its own.
    const first = turn++;
    for (const offset of ready.keys()) {
      const [origin, replica] = ready[(first + offset) % ready.length] ?? [];
      if (origin === undefined || replica === undefined) continue;
      try {
        const answer = await exchange(origin, incoming, body);
        replica.answered += 1;
        return answer;
      } catch (error) {
        if (!isRefused(error)) throw error;
        replica.ready = false;
      }
    }
    throw new Error('No replica is ready.');
  };

  const server = createServer(async (incoming, response) => {
    try {
      const { status, headers, body } = await forward(incoming, await buffer(incoming));
      response.writeHead(status, headers).end(body);
    } catch (error) {
      response.writeHead(502).end(String(error));
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port was given.');

  return {
    url: `http://127.0.0.1:${address.port}/graphql`,
    add: (replicaUrl) => {
      replicas.set(new URL(replicaUrl).origin, { ready: true, answered: 0 });
    },
    answered: () => new Map([...replicas].map(([origin, { answered }]) => [origin, answered])),
    close: () => {
      clearInterval(timer);
      server.close();
      server.closeAllConnections();
    },
  };
};
