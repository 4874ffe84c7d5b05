import { Client } from 'undici';

/** The measurements of one burst of load on one program. */
export interface Sample {
  readonly operationsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly operations: number;
}

/** The settings of one burst. */
export interface Load {
  readonly url: string;
  readonly body: string;
  readonly connections: number;
  /** Returns the Authorization header of an operation, by its connection and its number on that connection. */
  readonly authorization: (connection: number, round: number) => string;
  readonly durationMs: number;
}

const post = (client: Client, path: string, body: string, authorization: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let status = 0;
    client.dispatch(
      {
        method: 'POST',
        path,
        headers: { 'content-type': 'application/json', authorization },
        body,
      },
      {
        onRequestStart: () => {},
        onResponseStart: (_controller, code) => {
          status = code;
        },
        onResponseData: (_controller, chunk) => {
          chunks.push(chunk);
        },
        onResponseEnd: () => {
          const text = Buffer.concat(chunks).toString('utf8');
          if (status === 200) resolve(text);
          else reject(new Error(`${status}: ${text.slice(0, 500)}`));
        },
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });

/** Sends one operation and returns the text of the answer. */
export const askOnce = async (
  url: string,
  body: string,
  authorization: string,
): Promise<string> => {
  const { origin, pathname } = new URL(url);
  const client = new Client(origin);
  try {
    return await post(client, pathname, body, authorization);
  } finally {
    await client.close();
  }
};

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

/**
 * Sends operations on each connection, one after the other. All answers must have the same length. The first operation of
 * each connection opens it and does not count, because Node accepts connections one at a time, between other requests.
 */
export const drive = async (load: Load, onOpen: () => Promise<void>): Promise<Sample> => {
  const { origin, pathname } = new URL(load.url);
  const clients = Array.from({ length: load.connections }, () => new Client(origin));
  const latencies: number[] = [];
  let length = 0;
  await Promise.all(
    clients.map((client, connection) =>
      post(client, pathname, load.body, load.authorization(connection, 0)),
    ),
  );
  await onOpen();
  const startedMs = performance.now();
  const endMs = startedMs + load.durationMs;
  const keepBusy = async (client: Client, connection: number): Promise<void> => {
    for (let round = 1; performance.now() < endMs; round += 1) {
      const askedMs = performance.now();
      const answer = await post(client, pathname, load.body, load.authorization(connection, round));
      latencies.push(performance.now() - askedMs);
      length ||= answer.length;
      if (answer.length !== length) throw new Error(`An answer differs: ${answer.slice(0, 500)}`);
    }
  };
  await Promise.all(clients.map(keepBusy));
  const seconds = (performance.now() - startedMs) / 1000;
  await Promise.all(clients.map((client) => client.close()));
  latencies.sort((one, other) => one - other);
  return {
    operationsPerSecond: latencies.length / seconds,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    operations: latencies.length,
  };
};
