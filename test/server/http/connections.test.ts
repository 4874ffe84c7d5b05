import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { connectionTest } from '../../faults/cases/connection-cases.ts';
import {
  createHeldAnswer,
  get,
  hostHeader,
  post,
  startHttpServer,
  untilAborted,
} from '../../support/http/http-server.ts';
import { openRaw, rawRequest, sendRaw } from '../../support/http/raw-http.ts';

describe('requests of one connection', () => {
  it('run one after another, and count as pending work while they wait', async () => {
    const first = createHeldAnswer();
    const second = createHeldAnswer();
    const { url, asked, pendingWork } = await startHttpServer(({ url: asks, method }) => {
      if (asks.endsWith('first')) return first.answer;
      return method === 'POST' ? second.answer : new Response('3');
    });
    let isIdle = false;
    const connection = openRaw(url, Buffer.concat([get('first'), post('{}'), get('third')]));
    await vi.waitUntil(() => asked.length === 1, { timeout: 20_000 });
    const idle = pendingWork.whenIdle(10).then(() => {
      isIdle = true;
    });
    await delay(50);
    expect(asked).toEqual(['http://gateway/graphql?first']);
    first.give('1');
    await vi.waitUntil(() => asked.length === 2, { timeout: 20_000 });
    await delay(50);
    expect(asked[1]).toBe('http://gateway/graphql?');
    expect({ count: asked.length, isIdle }).toEqual({ count: 2, isIdle: false });
    second.give('2');
    expect((await connection.answers(3)).map(({ body }) => body)).toEqual(['1', '2', '3']);
    await idle;
    connection.socket.destroy();
  });

  it('do not run if the connection is closed before their turn, and are no longer pending work', async () => {
    const { url, server, asked, pendingWork } = await startHttpServer(untilAborted);
    openRaw(url, Buffer.concat([get('first'), get('second'), get('third')]));
    await vi.waitUntil(() => asked.length === 1, { timeout: 20_000 });
    server.closeAllConnections();
    await pendingWork.whenIdle(20);
    expect(asked).toEqual(['http://gateway/graphql?first']);
  });

  it(connectionTest('more than 4,000 pipelined requests that wait for their turn'), async () => {
    const { answer, give } = createHeldAnswer();
    const { url, asked } = await startHttpServer(() => answer);
    const flood = Buffer.concat([
      get(),
      ...Array<Buffer>(1_900).fill(rawRequest('GET /', hostHeader)),
    ]);
    const patient = [openRaw(url, flood), openRaw(url, flood)];
    await vi.waitUntil(() => asked.length === 2, { timeout: 20_000 });
    const last = openRaw(url, flood);
    await last.closed;
    expect(last.received()).toBe('');
    give('x');
    for (const { answers, socket } of patient) {
      expect(await answers(1_901)).toHaveLength(1_901);
      socket.destroy();
    }
    expect((await sendRaw(url, rawRequest('GET /', hostHeader))).status).toBe(404);
  });

  it('do not run after a request that closes the connection', async () => {
    const { url, asked } = await startHttpServer(() => new Response('x'));
    const last = rawRequest('GET /graphql', { ...hostHeader, Connection: 'close' });
    const connection = openRaw(url, Buffer.concat([last, get()]));
    await connection.closed;
    expect(await connection.answers(2)).toHaveLength(1);
    expect(asked).toHaveLength(1);
  });

  it(connectionTest('bytes that are not HTTP after a request in progress'), async () => {
    const { answer, give } = createHeldAnswer();
    const { url, asked } = await startHttpServer(() => answer);
    const connection = openRaw(url, Buffer.concat([get(), Buffer.from('planted\r\n\r\n')]));
    await vi.waitUntil(() => asked.length === 1, { timeout: 20_000 });
    give('whole');
    await connection.closed;
    expect(await connection.answers(2)).toMatchObject([
      { status: 200, body: 'whole' },
      { status: 400 },
    ]);
  });

  it('are answered before a CONNECT request after them is refused', async () => {
    const { answer, give } = createHeldAnswer();
    const { url, asked } = await startHttpServer(() => answer);
    const connectRequest = Buffer.from('CONNECT gateway:443 HTTP/1.1\r\nHost: gateway:443\r\n\r\n');
    const connection = openRaw(url, Buffer.concat([get(), connectRequest]));
    await vi.waitUntil(() => asked.length === 1, { timeout: 20_000 });
    give('whole');
    await connection.closed;
    expect((await connection.answers(2)).map(({ status }) => status)).toEqual([200, 405]);
  });

  it(connectionTest('a body that does not arrive in 30 s'), async () => {
    const { url, server, asked, reports } = await startHttpServer(() => new Response('x'));
    Object.assign(server, { headersTimeout: 20, requestTimeout: 20 });
    const body = post('x'.repeat(1_000));
    const unused = openRaw(url);
    const connection = openRaw(url, body.subarray(0, 500));
    const [answer] = await connection.answers(1);
    expect(answer?.status).toBe(408);
    expect(asked).toEqual([]);
    await Promise.all([connection.closed, unused.closed]);
    expect(reports).toMatchObject([{ kind: 'none', outcome: 'BAD_REQUEST' }]);
    expect(unused.received()).toBe('');
  }, 20_000);
});

describe('a connection', () => {
  const stallMs = 100;

  it(connectionTest('a client that does not read its answer for a minute'), async () => {
    const { url, server, pendingWork } = await startHttpServer(
      () => new Response('x'.repeat(50_000_000)),
      stallMs,
    );
    const ended = once(server, 'connection').then(([socket]) => once(socket, 'close'));
    const connection = openRaw(url, get());
    connection.socket.pause();
    await ended;
    await pendingWork.whenIdle(10);
  });

  it('whose client reads slowly gets the complete answer', async () => {
    // Long enough for a busy machine.
    const longStallMs = 1_000;
    const { url } = await startHttpServer(() => new Response('x'.repeat(20_000_000)), longStallMs);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(rawRequest('GET /graphql', { ...hostHeader, Connection: 'close' }));
    let received = 0;
    for await (const chunk of socket) {
      received += chunk.length;
      // Reading takes three times the stall limit in total.
      await delay((3 * longStallMs * chunk.length) / 20_000_000);
    }
    expect(received).toBeGreaterThan(20_000_000);
  });

  it('whose operation takes longer than the stall limit is answered', async () => {
    const { url } = await startHttpServer(async () => {
      await delay(4 * stallMs);
      return new Response('late');
    }, stallMs);
    expect(await sendRaw(url, get())).toMatchObject({ status: 200, body: 'late' });
  });

  it('whose client does not read a stream is closed', async () => {
    let isCancelled = false;
    const { url } = await startHttpServer(() => {
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
