import { setImmediate as nextIteration } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createMessageTurns } from '../../../src/server/websocket/message-turns.ts';
import { eventually } from '../../support/time/eventually.ts';

it('each iteration of the event loop handles one message, of one socket after another', async () => {
  const createQueue = createMessageTurns();
  const events: string[] = [];
  const log = (text: string) => () => {
    events.push(text);
  };
  const [first, second] = [createQueue(log('empty 1')), createQueue(log('empty 2'))];
  for (const text of ['1a', '1b', '1c']) first.add(log(text));
  for (const text of ['2a', '2b']) second.add(log(text));
  expect(events).toEqual([]);
  await nextIteration();
  expect(events).toEqual(['1a']);
  await nextIteration();
  expect(events).toEqual(['1a', '2a']);
  await eventually(() => expect(events.slice(2)).toEqual(['1b', 'empty 2', '2b', 'empty 1', '1c']));
});

it('messages that were dropped are not handled, and later ones are', async () => {
  const createQueue = createMessageTurns();
  const handled: string[] = [];
  const queue = createQueue(() => {});
  queue.add(() => handled.push('dropped'));
  queue.clear();
  await nextIteration();
  await nextIteration();
  queue.add(() => handled.push('later'));
  await eventually(() => expect(handled).toEqual(['later']));
});
