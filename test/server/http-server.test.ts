import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createActivity } from '../../src/server/activity.ts';
import { createHttpServer } from '../../src/server/http/server.ts';
import type { OperationReport } from '../../src/server/operation-report.ts';
import { connectionTest } from '../faults/connection-cases.ts';
import { openRaw, rawRequest, sendRaw } from '../support/raw-http.ts';

const secret = 'planted secret';
const proof = { Host: 'gateway' };
const get = (search = '') => rawRequest(`GET /graphql?${search}`, proof);
const post = (body: string) =>
  rawRequest('POST /graphql?', { ...proof, 'Content-Type': 'application/json' }, body);

/** The server in front of a GraphQL server that is a function. */
const start = async (
  handle: (request: Request) => Response | Promise<Response>,
  stallMs?: number,
) => {
  const reports: OperationReport[] = [];
  const failures: { readonly cause: unknown; readonly requestId: string }[] = [];
  const asked: string[] = [];
  const activity = createActivity();
  const server = createHttpServer(
    {
      graphql: {
        fetchAPI: { Request },
        handleRequest: (request) => {
          asked.push(request.url);
          return handle(request);
        },
      },
      activity,
      corsOrigins: [],
      hasGraphiql: false,
      report: (operation) => reports.push(operation),
      onFailure: (cause, requestId) => failures.push({ cause, requestId }),
    },
    stallMs,
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return { url: `http://127.0.0.1:${port}`, server, activity, reports, failures, asked };
};

/** An answer that is given when the test says so. */
const held = () => {
  let give = (_answer: Response): void => {};
  const answer = new Promise<Response>((resolve) => {
    give = resolve;
  });
  return { answer, give: (text: string) => give(new Response(text)) };
};

const failing = (): Response => {
  throw new Error(secret);
};

const failWithText: (resolve: unknown, reject: (cause: unknown) => void) => void = (_, reject) =>
  reject(secret);

/** Answers nothing until the client has left. */
const untilAborted = async ({ signal }: Request): Promise<Response> => {
  await once(signal, 'abort');
  signal.throwIfAborted();
  return new Response('');
};

const badStream = () =>
  new Response(
    new ReadableStream({
      start: (controller) => controller.error(new Error(secret)),
    }),
  );

describe(connectionTest('an exception where none is expected'), () => {
  it.each<[string, () => Response | Promise<Response>]>([
    ['at once', failing],
    ['later', async () => failing()],
    ['with what is no error', () => new Promise(failWithText)],
    ['while the answer is read', badStream],
    [
      'as the answer has a header that none can have',
      () => Object.defineProperty(new Response(''), 'headers', { value: new Map([['a b', 'c']]) }),
    ],
  ])('%s is answered in the gateway’s own words, and told once', async (_name, handle) => {
    const { url, failures, reports } = await start(handle);
    const { status, headers, body } = await sendRaw(url, get());
    expect(status).toBe(500);
    expect(body).not.toContain(secret);
    const [{ message, extensions }] = JSON.parse(body).errors;
    expect(message).toContain('Give the request id to its operators.');
    expect(extensions).toEqual({
      code: 'INTERNAL_SERVER_ERROR',
      requestId: headers['x-request-id'],
    });
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
    expect(failures.map(({ requestId }) => requestId)).toEqual([extensions.requestId]);
    expect(reports).toMatchObject([{ kind: 'none', outcome: 'INTERNAL_SERVER_ERROR' }]);
  });

  it('in the middle of a stream ends the connection, and is told once', async () => {
    const { url, failures } = await start(() => {
      let isFirst = true;
      const stream = new ReadableStream({
        pull: (controller) => {
          if (isFirst) controller.enqueue(new TextEncoder().encode(':\n\n'));
          else controller.error(new Error(secret));
          isFirst = false;
        },
      });
      return new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
    });
    const connection = openRaw(url, get());
    await connection.closed;
    expect(connection.received()).toContain(':\n\n');
    expect(connection.received()).not.toContain(secret);
    expect(failures).toHaveLength(1);
  });
});

describe('a client that leaves', () => {
  it(connectionTest('an upload that its client cuts off'), async () => {
    const { url, asked, failures, activity } = await start(() => new Response('x'));
    const body = post('x'.repeat(1_000));
    const connection = openRaw(url, body.subarray(0, body.length - 1));
    await vi.waitUntil(() => connection.socket.bytesWritten > 1_000);
    connection.socket.destroy();
    await activity.whenQuiet(20);
    expect({ asked, failures }).toEqual({ asked: [], failures: [] });
  });

  it('before its answer has its operation ended, which is no failure either', async () => {
    const signals: AbortSignal[] = [];
    const { url, asked, failures, activity } = await start((request) => {
      signals.push(request.signal);
      return untilAborted(request);
    });
    const connection = openRaw(url, get());
    await vi.waitUntil(() => asked.length === 1);
    connection.socket.destroy();
    await activity.whenQuiet(20);
    expect(signals.map(({ reason }) => reason)).toMatchObject([{ name: 'AbortError' }]);
    expect(failures).toEqual([]);
  });
});

describe('requests of one connection', () => {
  it('begin one after another, and count as work in progress while they wait', async () => {
    const first = held();
    const second = held();
    const { url, asked, activity } = await start(({ url: asks, method }) => {
      if (asks.endsWith('first')) return first.answer;
      return method === 'POST' ? second.answer : new Response('3');
    });
    let isQuiet = false;
    const connection = openRaw(url, Buffer.concat([get('first'), post('{}'), get('third')]));
    await vi.waitUntil(() => asked.length === 1);
    const quiet = activity.whenQuiet(10).then(() => {
      isQuiet = true;
    });
    await delay(50);
    expect(asked).toEqual(['http://gateway/graphql?first']);
    first.give('1');
    await vi.waitUntil(() => asked.length === 2);
    await delay(50);
    expect(asked[1]).toBe('http://gateway/graphql?');
    expect({ count: asked.length, isQuiet }).toEqual({ count: 2, isQuiet: false });
    second.give('2');
    expect((await connection.answers(3)).map(({ body }) => body)).toEqual(['1', '2', '3']);
    await quiet;
    connection.socket.destroy();
  });

  it('do not begin if the connection ends before their turn, and are no work any more', async () => {
    const { url, server, asked, activity } = await start(untilAborted);
    openRaw(url, Buffer.concat([get('first'), get('second'), get('third')]));
    await vi.waitUntil(() => asked.length === 1);
    server.closeAllConnections();
    await activity.whenQuiet(20);
    expect(asked).toEqual(['http://gateway/graphql?first']);
  });

  it(
    connectionTest('more than 4,000 requests that wait behind others of their connections'),
    async () => {
      const { answer, give } = held();
      const { url, asked } = await start(() => answer);
      const flood = Buffer.concat([
        get(),
        ...Array<Buffer>(1_900).fill(rawRequest('GET /', proof)),
      ]);
      const patient = [openRaw(url, flood), openRaw(url, flood)];
      await vi.waitUntil(() => asked.length === 2);
      const last = openRaw(url, flood);
      await last.closed;
      expect(last.received()).toBe('');
      give('x');
      for (const { answers, socket } of patient) {
        expect(await answers(1_901)).toHaveLength(1_901);
        socket.destroy();
      }
      expect((await sendRaw(url, rawRequest('GET /', proof))).status).toBe(404);
    },
  );

  it('do not begin after one that ends the connection', async () => {
    const { url, asked } = await start(() => new Response('x'));
    const last = rawRequest('GET /graphql', { ...proof, Connection: 'close' });
    const connection = openRaw(url, Buffer.concat([last, get()]));
    await connection.closed;
    expect(await connection.answers(2)).toHaveLength(1);
    expect(asked).toHaveLength(1);
  });

  it(connectionTest('bytes that are no HTTP behind a request in progress'), async () => {
    const { answer, give } = held();
    const { url, asked } = await start(() => answer);
    const connection = openRaw(url, Buffer.concat([get(), Buffer.from('planted\r\n\r\n')]));
    await vi.waitUntil(() => asked.length === 1);
    give('whole');
    await connection.closed;
    expect(await connection.answers(2)).toMatchObject([
      { status: 200, body: 'whole' },
      { status: 400 },
    ]);
  });

  it('are answered before a tunnel behind them is refused', async () => {
    const { answer, give } = held();
    const { url, asked } = await start(() => answer);
    const tunnel = Buffer.from('CONNECT gateway:443 HTTP/1.1\r\nHost: gateway:443\r\n\r\n');
    const connection = openRaw(url, Buffer.concat([get(), tunnel]));
    await vi.waitUntil(() => asked.length === 1);
    give('whole');
    await connection.closed;
    expect((await connection.answers(2)).map(({ status }) => status)).toEqual([200, 405]);
  });

  it(connectionTest('a body that does not arrive in 30 s'), async () => {
    const { url, server, asked, reports } = await start(() => new Response('x'));
    Object.assign(server, { headersTimeout: 20, requestTimeout: 20 });
    const body = post('x'.repeat(1_000));
    const connection = openRaw(url, body.subarray(0, 500));
    const [answer] = await connection.answers(1);
    expect(answer?.status).toBe(408);
    expect(asked).toEqual([]);
    await connection.closed;
    expect(reports).toMatchObject([{ kind: 'none', outcome: 'BAD_REQUEST' }]);
  }, 20_000);
});

describe('a connection', () => {
  const stallMs = 100;

  it(connectionTest('a client that reads nothing of its answer for a minute'), async () => {
    const { url, server, activity } = await start(
      () => new Response('x'.repeat(50_000_000)),
      stallMs,
    );
    const ended = once(server, 'connection').then(([socket]) => once(socket, 'close'));
    const connection = openRaw(url, get());
    connection.socket.pause();
    await ended;
    await activity.whenQuiet(10);
  });

  it('that accepts its answer slowly gets it whole', async () => {
    const { url } = await start(() => new Response('x'.repeat(20_000_000)), stallMs);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(rawRequest('GET /graphql', { ...proof, Connection: 'close' }));
    let received = 0;
    for await (const chunk of socket) {
      received += chunk.length;
      // Three times as long as a connection may stand still, in all.
      await delay((3 * stallMs * chunk.length) / 20_000_000);
    }
    expect(received).toBeGreaterThan(20_000_000);
  });

  it('whose operation takes longer than that is answered', async () => {
    const { url } = await start(async () => {
      await delay(4 * stallMs);
      return new Response('late');
    }, stallMs);
    expect(await sendRaw(url, get())).toMatchObject({ status: 200, body: 'late' });
  });

  it('that reads no stream is closed', async () => {
    let isCancelled = false;
    const { url } = await start(() => {
      const stream = new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(1_000_000)),
        cancel: () => {
          isCancelled = true;
        },
      });
      return new Response(stream, { headers: { 'content-type': 'text/event-stream' } });
    }, stallMs);
    const connection = openRaw(url, get());
    connection.socket.pause();
    await vi.waitUntil(() => isCancelled, { timeout: 10_000 });
  });
});
