import { once } from 'node:events';
import { createYoga, type Plugin } from 'graphql-yoga';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { GatewayContext } from '../../src/graphql/context.ts';
import { createActivity, useActivity } from '../../src/server/activity.ts';
import { drainTimes } from '../../src/server/drain.ts';
import { drainCases, drainTest } from '../faults/drain-cases.ts';
import { startWorld, type World } from '../support/gateway.ts';
import { get, held, post, proof, startHttpServer, untilAborted } from '../support/http-server.ts';
import { openRaw, rawRequest, sendRaw } from '../support/raw-http.ts';

const json = { Host: 'gateway', 'Content-Type': 'application/json' };
const typename = '{"query":"{ __typename }"}';

/** One request for each way in which the gateway answers. */
const kinds: readonly [name: string, status: number, bytes: Buffer][] = [
  ['an operation', 200, rawRequest('POST /graphql', json, typename)],
  ['a document that is not valid', 200, rawRequest('POST /graphql', json, '{"query":"{ x }"}')],
  ['a body that is too large', 413, rawRequest('POST /graphql', json, 'x'.repeat(300_000))],
  [
    'an Accept header that nothing fits',
    406,
    rawRequest('GET /graphql', { ...proof, Accept: 'image/png' }),
  ],
  ['an expectation', 417, rawRequest('GET /health/live', { Host: 'gateway', Expect: 'more' })],
  ['another path', 404, rawRequest('GET /nowhere', proof)],
  ['the options of the server', 204, rawRequest('OPTIONS *', proof)],
  [
    'a preflight of another site',
    403,
    rawRequest('OPTIONS /graphql', { ...proof, Origin: 'https://a.example' }),
  ],
  ['the probe of life', 200, rawRequest('GET /health/live', proof)],
  ['the metrics', 200, rawRequest('GET /metrics', proof)],
  ['bytes that are no HTTP', 400, Buffer.from('nothing\r\n\r\n')],
  ['a tunnel', 405, rawRequest('CONNECT gateway:443', proof)],
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

  it.each(kinds)('the answer to %s ends its connection', async (_name, status, bytes) => {
    const connection = openRaw(world.url, bytes);
    const [answer] = await connection.answers(1);
    expect(answer?.status).toBe(status);
    expect(answer?.headers['connection']).toBe('close');
    await connection.closed;
  });

  it('the probe of readiness says so, and ends its connection', async () => {
    const ready = rawRequest('GET /health/ready', proof);
    const { status, headers } = await sendRaw(world.url, ready);
    expect({ status, connection: headers['connection'] }).toEqual({
      status: 503,
      connection: 'close',
    });
  });

  it('a stream ends its connection', async () => {
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

  it('an answer that was awaited at the signal ends its connection', async () => {
    const { answer, give } = held();
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

  it(
    drainTest('requests that wait behind another one of their connection at SIGTERM'),
    async () => {
      const { answer, give } = held();
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
    },
  );

  it('a request that comes behind another one after the signal does not keep the connection', async () => {
    const { answer, give } = held();
    const { url, server, asked, activity, drain } = await startHttpServer(() => answer);
    drain();
    const connection = openRaw(url, Buffer.concat([get('first'), get('second')]));
    await vi.waitUntil(() => asked.length === 1);
    give('x');
    await connection.closed;
    expect(await connection.answers(2)).toMatchObject([{ headers: { connection: 'close' } }]);
    expect(asked).toHaveLength(1);
    await activity.whenQuiet(20);
    server.close();
    await once(server, 'close');
  });
});

describe('nothing is waited for', () => {
  it(drainTest('a client that has pipelined requests and left'), async () => {
    const { url, asked, activity, drain } = await startHttpServer(untilAborted);
    const connections = Array.from({ length: 10 }, () =>
      openRaw(url, Buffer.concat([get('first'), get('second')])),
    );
    await vi.waitUntil(() => asked.length === connections.length);
    connections.forEach(({ socket }, index) => {
      if (index % 2 === 0) socket.destroy();
      else socket.resetAndDestroy();
    });
    drain();
    await activity.whenQuiet(20);
    expect(asked).toHaveLength(connections.length);
  });

  it(drainTest('a request of a connection that is gone'), async () => {
    const { url, server, asked, activity } = await startHttpServer(() => new Response('x'));
    // As when an earlier request of the same bytes had the connection cut off.
    server.prependListener('request', ({ socket }) => socket.destroy());
    const connections = [1, 2, 3].map(() => openRaw(url, Buffer.concat([get(), get()])));
    await Promise.all(connections.map(({ closed }) => closed));
    await activity.whenQuiet(20);
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
  ])(`${drainTest('an operation that a plugin ends with an exception')}: %s`, async (_name, plugin) => {
    const activity = createActivity();
    const operation = { end: () => {} };
    const yoga = createYoga<object, GatewayContext>({
      logging: false,
      context: () => ({ operation }) as unknown as GatewayContext,
      plugins: [plugin, useActivity(activity), plugin],
    });
    const { status } = await yoga.fetch('http://gateway/graphql?query={__typename}');
    expect(status).toBe(500);
    await activity.whenQuiet(0);
  });
});

it('the cases of the drain name its times', () => {
  const { acceptMs, longestMs } = drainTimes;
  const text = Object.values(drainCases).join();
  expect(text).toContain(`${acceptMs / 1000} s`);
  expect(text).toContain(`${longestMs / 1000} s`);
});
