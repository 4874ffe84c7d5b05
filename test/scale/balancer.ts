import { once } from 'node:events';
import { createServer, type IncomingMessage, request as send } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listen } from '../support/http/listen.ts';

const pollMs = 25;

/** A load balancer for requests: round robin over the replicas that report that they are ready. */
export interface Balancer {
  readonly url: string;
  readonly add: (replicaUrl: string) => void;
  /** The number of requests that each replica answered. */
  readonly answered: () => ReadonlyMap<string, number>;
  readonly close: () => void;
}

/** Sends one request to a replica over a new connection. */
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
  if (response === undefined) throw new Error('The replica did not respond.');
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: await buffer(response),
  };
};

// Only if the request did not reach the replica may the balancer send it to another one.
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
    // Requests overlap, so each starts its own round at the next replica.
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
  });
  const port = await listen(server);

  return {
    url: `http://127.0.0.1:${port}/graphql`,
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
