import { describe, expect, it, vi } from 'vitest';
import { connectionTest } from '../../faults/cases/connection-cases.ts';
import { get, post, startHttpServer, untilAborted } from '../../support/http/http-server.ts';
import { openRaw, rawRequest, sendRaw } from '../../support/http/raw-http.ts';

const secret = 'planted secret';

const failing = (): Response => {
  throw new Error(secret);
};

const failWithText: (resolve: unknown, reject: (cause: unknown) => void) => void = (_, reject) =>
  reject(secret);

const badStream = () =>
  new Response(
    new ReadableStream({
      start: (controller) => controller.error(new Error(secret)),
    }),
  );

it('a page of an allowed origin can read the request id and the retry time of an overload', async () => {
  const origin = 'https://console.example';
  const { url, asked } = await startHttpServer(untilAborted, undefined, [origin]);
  const scrape = rawRequest('GET /metrics', { Host: 'gateway', Origin: origin });
  const scrapes = Array.from({ length: 20 }, () => openRaw(url, scrape));
  await vi.waitUntil(() => asked.length === scrapes.length);
  const { status, headers } = await sendRaw(url, scrape);
  expect(status).toBe(503);
  expect(headers).toMatchObject({ 'retry-after': '1', 'access-control-allow-origin': origin });
  expect(headers['access-control-expose-headers']?.split(', ').toSorted()).toEqual([
    'accept-encoding',
    'allow',
    'retry-after',
    'www-authenticate',
    'x-request-id',
  ]);
  for (const { socket } of scrapes) socket.destroy();
});

describe(connectionTest('an unexpected exception'), () => {
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
    const { url, failures, reports } = await startHttpServer(handle);
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

  it('in the middle of a stream ends the connection, and is reported once', async () => {
    const { url, failures } = await startHttpServer(() => {
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
  it(connectionTest('an upload that its client aborts'), async () => {
    const { url, asked, failures, pendingWork } = await startHttpServer(() => new Response('x'));
    const body = post('x'.repeat(1_000));
    const connection = openRaw(url, body.subarray(0, body.length - 1));
    await vi.waitUntil(() => connection.socket.bytesWritten > 1_000);
    connection.socket.destroy();
    await pendingWork.whenIdle(20);
    expect({ asked, failures }).toEqual({ asked: [], failures: [] });
  });

  it('before its answer ends its operation, which is not a failure either', async () => {
    const signals: AbortSignal[] = [];
    const { url, asked, failures, pendingWork } = await startHttpServer((request) => {
      signals.push(request.signal);
      return untilAborted(request);
    });
    const connection = openRaw(url, get());
    await vi.waitUntil(() => asked.length === 1);
    connection.socket.destroy();
    await pendingWork.whenIdle(20);
    expect(signals.map(({ reason }) => reason)).toMatchObject([{ name: 'AbortError' }]);
    expect(failures).toEqual([]);
  });
});
