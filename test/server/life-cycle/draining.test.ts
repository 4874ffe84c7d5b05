import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createYoga, type Plugin } from 'graphql-yoga';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { GatewayContext } from '../../../src/graphql/context.ts';
import { defaultStallMs, httpTimes } from '../../../src/server/http/server.ts';
import { drainServer, drainTimes } from '../../../src/server/life-cycle/drain.ts';
import { createPendingWork, usePendingWork } from '../../../src/server/life-cycle/pending-work.ts';
import { drainCases, drainTest } from '../../faults/cases/drain-cases.ts';
import { startWorld, type World } from '../../support/gateway/gateway.ts';
import {
  createHeldAnswer,
  get,
  hostHeader,
  post,
  startHttpServer,
  untilAborted,
} from '../../support/http/http-server.ts';
import { openRaw, rawRequest, sendRaw } from '../../support/http/raw-http.ts';
import { settled } from '../../support/time/manual-clock.ts';

const json = { Host: 'gateway', 'Content-Type': 'application/json' };
const typename = '{"query":"{ __typename }"}';

/** One request for each way in which the gateway answers. */
const kinds: readonly [name: string, status: number, bytes: Buffer][] = [
  ['an operation', 200, rawRequest('POST /graphql', json, typename)],
  ['a document that is not valid', 200, rawRequest('POST /graphql', json, '{"query":"{ x }"}')],
  ['a body that is too large', 413, rawRequest('POST /graphql', json, 'x'.repeat(300_000))],
  [
    'a request that accepts only PNG',
    406,
    rawRequest('GET /graphql', { ...hostHeader, Accept: 'image/png' }),
  ],
  [
    'an Expect header that is not supported',
    417,
    rawRequest('GET /health/live', { Host: 'gateway', Expect: 'more' }),
  ],
  ['an unknown path', 404, rawRequest('GET /nowhere', hostHeader)],
  ['a request with `OPTIONS *`', 204, rawRequest('OPTIONS *', hostHeader)],
  [
    'a preflight from another site',
    204,
    rawRequest('OPTIONS /graphql', { ...hostHeader, Origin: 'https://a.example' }),
  ],
  ['a liveness probe', 200, rawRequest('GET /health/live', hostHeader)],
  ['a request for the metrics', 200, rawRequest('GET /metrics', hostHeader)],
  ['bytes that are not HTTP', 400, Buffer.from('nothing\r\n\r\n')],
  ['a CONNECT request', 405, rawRequest('CONNECT gateway:443', hostHeader)],
];

describe('while the process drains', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld({ tokens: 5 });
    expect((await sendRaw(world.url, kinds[0]?.[2] ?? '')).headers['connection']).toBe(
      'keep-alive',
    );
    world.app.drain();
  });
  afterAll(() => world.close());

  it.each(kinds)('the answer to %s closes its connection', async (_name, status, bytes) => {
    const connection = openRaw(world.url, bytes);
    const [answer] = await connection.answers(1);
    expect(answer?.status).toBe(status);
    expect(answer?.headers['connection']).toBe('close');
    await connection.closed;
  });

  it('a readiness probe is answered with 503, and its connection is closed', async () => {
    const ready = rawRequest('GET /health/ready', hostHeader);
    const { status, headers } = await sendRaw(world.url, ready);
    expect({ status, connection: headers['connection'] }).toEqual({
      status: 503,
      connection: 'close',
    });
  });

  it('a stream closes its connection when it ends', async () => {
    const { url, drain } = await startHttpServer(
      () =>
        new Response(new Blob([':\n\n']).stream(), {
          headers: { 'content-type': 'text/event-stream' },
        }),
    );
    drain();
    const connection = openRaw(url, get());
    const [answer] = await connection.answers(1);
    expect(answer).toMatchObject({ status: 200, body: ':\n\n', headers: { connection: 'close' } });
    await connection.closed;
  });

  it('the answer to a request that was in progress at the signal closes its connection', async () => {
    const { answer, give } = createHeldAnswer();
    const { url, asked, drain } = await startHttpServer(() => answer);
    const connection = openRaw(url, get());
    await vi.waitUntil(() => asked.length === 1);
    drain();
    give('whole');
    expect(await connection.answers(1)).toMatchObject([
      { body: 'whole', headers: { connection: 'close' } },
    ]);
    await connection.closed;
  });

  it(drainTest('pipelined requests that wait for their turn at SIGTERM'), async () => {
    const { answer, give } = createHeldAnswer();
    const { url, asked, drain } = await startHttpServer(({ url: asks }) =>
      asks.endsWith('first') ? answer : new Response('x'),
    );
    const connection = openRaw(url, Buffer.concat([get('first'), get('second'), post('{}')]));
    await vi.waitUntil(() => asked.length === 1);
    drain();
    give('x');
    await connection.closed;
    const answers = await connection.answers(3);
    expect(answers.map(({ headers }) => headers['connection'])).toEqual([
      'keep-alive',
      'keep-alive',
      'close',
    ]);
  });

  it('the second of two requests that are pipelined after the signal is not answered', async () => {
    const { answer, give } = createHeldAnswer();
    const { url, server, asked, pendingWork, drain } = await startHttpServer(() => answer);
    drain();
    const connection = openRaw(url, Buffer.concat([get('first'), get('second')]));
    await vi.waitUntil(() => asked.length === 1);
    give('x');
    await connection.closed;
    expect(await connection.answers(2)).toMatchObject([{ headers: { connection: 'close' } }]);
    expect(asked).toHaveLength(1);
    await pendingWork.whenIdle(20);
    server.close();
    await once(server, 'close');
  });
});

describe('work that does not delay the shutdown', () => {
  it(drainTest('a client that pipelines requests and disconnects'), async () => {
    const { url, asked, pendingWork, drain } = await startHttpServer(untilAborted);
    const connections = Array.from({ length: 10 }, () =>
      openRaw(url, Buffer.concat([get('first'), get('second')])),
    );
    await vi.waitUntil(() => asked.length === connections.length);
    connections.forEach(({ socket }, index) => {
      if (index % 2 === 0) socket.destroy();
      else socket.resetAndDestroy();
    });
    drain();
    await pendingWork.whenIdle(20);
    expect(asked).toHaveLength(connections.length);
  });

  it(drainTest('a request whose connection is closed'), async () => {
    const { url, server, asked, pendingWork } = await startHttpServer(() => new Response('x'));
    // An earlier request on the same connection can close it too.
    server.prependListener('request', ({ socket }) => socket.destroy());
    const connections = [1, 2, 3].map(() => openRaw(url, Buffer.concat([get(), get()])));
    await Promise.all(connections.map(({ closed }) => closed));
    await pendingWork.whenIdle(20);
    expect(asked).toEqual([]);
  });

  it.each<[string, Plugin<GatewayContext>]>([
    [
      'before the execution',
      {
        onExecute: () => {
          throw new Error('of a plugin');
        },
      },
    ],
    [
      'as the execution',
      {
        onExecute: ({ setExecuteFn }) =>
          setExecuteFn(() => {
            throw new Error('of a plugin');
          }),
      },
    ],
    [
      'in the execution, later',
      { onExecute: ({ setExecuteFn }) => setExecuteFn(() => Promise.reject(new Error('later'))) },
    ],
    [
      'after the execution',
      {
        onExecute: () => ({
          onExecuteDone: () => {
            throw new Error('of a plugin');
          },
        }),
      },
    ],
  ])(`${drainTest('an operation in which a plugin throws')}: %s`, async (_name, plugin) => {
    const pendingWork = createPendingWork();
    const operation = { end: () => {} };
    const yoga = createYoga<object, GatewayContext>({
      logging: false,
      context: () => ({ operation }) as unknown as GatewayContext,
      plugins: [plugin, usePendingWork(pendingWork), plugin],
    });
    const { status } = await yoga.fetch('http://gateway/graphql?query={__typename}');
    expect(status).toBe(500);
    await pendingWork.whenIdle(0);
  });
});

describe('a request that arrives while the process waits until it is idle', () => {
  const idleMs = 100;

  it('delays the end until it is answered', async () => {
    const pendingWork = createPendingWork();
    let isIdle = false;
    const idle = pendingWork.whenIdle(idleMs).then(() => {
      isIdle = true;
    });
    await settled();
    const end = pendingWork.begin();
    await delay(2 * idleMs);
    expect(isIdle).toBe(false);
    end();
    await idle;
  });

  it('restarts the idle time when it is answered, even if the answer is immediate', async () => {
    const pendingWork = createPendingWork();
    let isIdle = false;
    const idle = pendingWork.whenIdle(idleMs).then(() => {
      isIdle = true;
    });
    await settled();
    pendingWork.begin()();
    // The first idle time is over by then, but not the second.
    await delay(1.5 * idleMs);
    expect(isIdle).toBe(false);
    await idle;
  });

  it('delays the end if it begins just after the last one has ended', async () => {
    const pendingWork = createPendingWork();
    const endFirst = pendingWork.begin();
    let isIdle = false;
    const idle = pendingWork.whenIdle(20).then(() => {
      isIdle = true;
    });
    await settled();
    endFirst();
    const end = pendingWork.begin();
    await delay(60);
    expect(isIdle).toBe(false);
    end();
    await idle;
  });

  it('is counted once, even if it ends twice', async () => {
    const pendingWork = createPendingWork();
    const [end] = [pendingWork.begin(), pendingWork.begin()];
    end?.();
    end?.();
    let isIdle = false;
    void pendingWork.whenIdle(0).then(() => {
      isIdle = true;
    });
    await delay(20);
    expect(isIdle).toBe(false);
  });

  it('is answered on a connection that was opened after the signal', async () => {
    const { answer, give } = createHeldAnswer();
    const { url, server, asked, pendingWork, drain } = await startHttpServer(() => answer);
    const before = openRaw(url, get());
    await vi.waitUntil(() => asked.length === 1);
    drain();
    let isOver = false;
    const over = drainServer(server, pendingWork.whenIdle).then(() => {
      isOver = true;
    });
    const later = openRaw(url, get());
    await vi.waitUntil(() => asked.length === 2);
    expect(isOver).toBe(false);
    give('x');
    for (const connection of [before, later]) {
      expect(await connection.answers(1)).toMatchObject([{ headers: { connection: 'close' } }]);
    }
    await over;
    const late = openRaw(url, get());
    await late.closed;
    expect(late.received()).toBe('');
  });
});

describe('the times of the shutdown', () => {
  const operating = readFileSync(new URL('../../../docs/operating.md', import.meta.url), 'utf8');
  const { acceptMs, maxMs, idleMs } = drainTimes;
  const { headersTimeout, requestTimeout } = httpTimes;
  const seconds = (ms: number): string => `${ms / 1000} s`;

  it.each([
    `none has come for ${seconds(idleMs)} |`,
    `| after ${seconds(acceptMs)} | the port is closed`,
    `| after ${seconds(maxMs)} | the process ends`,
    `headers must arrive in ${seconds(headersTimeout)} and requests in ${seconds(requestTimeout)}`,
  ])('are documented for operators: %s', (text) => {
    expect(operating).toContain(text);
  });

  it('add up to less than 25 s', () => {
    expect(maxMs + drainTimes.closeMs).toBeLessThan(25_000);
  });

  it('are set on the HTTP server', async () => {
    const { server } = await startHttpServer(() => new Response('x'));
    const { keepAliveTimeout } = httpTimes;
    expect(server).toMatchObject({ headersTimeout, requestTimeout, keepAliveTimeout });
    expect(server.timeout).toBe(defaultStallMs);
    expect(operating).toContain('accepts none of its answer for a minute is closed');
    expect(defaultStallMs).toBe(60_000);
    // The balancer must close an idle connection first. Its default is at most a minute.
    expect(keepAliveTimeout).toBeGreaterThan(60_000);
  });

  it('are in the names of the drain cases', () => {
    const text = Object.values(drainCases).join();
    expect(text).toContain(seconds(acceptMs));
    expect(text).toContain(seconds(maxMs));
  });
});
