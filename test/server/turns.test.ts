import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createTurns } from '../../src/server/turns.ts';

it('each who asks gets a turn of the event loop of its own, in the order of asking', async () => {
  const turn = createTurns();
  const begun: string[] = [];
  const ask = async (name: string): Promise<void> => {
    await turn();
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
