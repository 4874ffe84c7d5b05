import { setImmediate as nextTurn } from 'node:timers/promises';
import { buildSchema } from 'graphql';
import { createYoga } from 'graphql-yoga';
import { expect, it } from 'vitest';
import { createOperationQueue } from '../../../src/server/execution/operation-queue.ts';
import { useReferenceExecution } from '../../../src/server/execution/reference-execution.ts';

it('each operation starts in an iteration of the event loop of its own, in the order of arrival', async () => {
  const { waitToStart } = createOperationQueue(30_000);
  const begun: string[] = [];
  const ask = async (name: string): Promise<void> => {
    await waitToStart();
    begun.push(name);
  };
  const asked = [ask('a'), ask('b')];
  expect(begun).toEqual([]);
  await nextTurn();
  expect(begun).toEqual(['a']);
  asked.push(ask('c'));
  await nextTurn();
  expect(begun).toEqual(['a', 'b']);
  await Promise.all(asked);
  expect(begun).toEqual(['a', 'b', 'c']);

  const late = ask('d');
  await nextTurn();
  expect(begun).toContain('d');
  await late;
});

it('an operation is refused if it has waited for more than a third of its time', async () => {
  let nowMs = 0;
  const { waitToStart, waitingCount } = createOperationQueue(30_000, () => nowMs);
  const early = Array.from({ length: 3 }, () => waitToStart());
  nowMs = 1;
  const last = Array.from({ length: 2 }, () => waitToStart());
  nowMs = 10_001;
  await nextTurn();
  expect(await Promise.all(early)).toEqual([false, false, false]);
  expect(await last[0]).toBe(true);
  expect(waitingCount()).toBe(1);
  nowMs = 60_000;
  expect(await last[1]).toBe(false);
  expect(waitingCount()).toBe(0);
  expect(await waitToStart()).toBe(true);
});

it('an event of a subscription is never refused, and gets every fourth turn while operations wait', async () => {
  let nowMs = 0;
  const { waitToStart, waitForEvent } = createOperationQueue(30_000, () => nowMs);
  const begun: string[] = [];
  const events = Array.from({ length: 3 }, async () => {
    await waitForEvent();
    begun.push('event');
  });
  const operations = Array.from({ length: 6 }, async () => {
    begun.push((await waitToStart()) ? 'operation' : 'refused');
  });
  for (let turn = 0; turn < 8; turn += 1) await nextTurn();
  await Promise.all(operations);
  expect(begun.slice(0, 7)).toEqual([
    ...['operation', 'operation', 'operation', 'event'],
    ...['operation', 'operation', 'operation'],
  ]);
  await Promise.all(events);

  const late = waitForEvent();
  nowMs = 60_000;
  await late;
});

it('an operation that starts too late is refused, and nothing of it is done', async () => {
  const server = createYoga({
    schema: buildSchema('type Query { asked: Int }'),
    plugins: [useReferenceExecution({ waitToStart: async () => false })],
  });
  const ask = (accept: string) =>
    server.fetch('http://gateway.example.com/graphql', {
      method: 'POST',
      headers: { accept, 'content-type': 'application/json' },
      body: '{"query":"{ asked }"}',
    });
  const refused = {
    errors: [
      {
        message: expect.stringContaining('Nothing was done'),
        extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 1 },
      },
    ],
  };
  for (const [accept, status] of [
    ['application/json', 200],
    ['application/graphql-response+json', 503],
  ] as const) {
    const response = await ask(accept);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual(refused);
  }
});
