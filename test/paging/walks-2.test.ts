import { expect, test } from 'vitest';
import { runWalks } from './oracle/walks.ts';

// Half of the walks, so that both cores have some: npm run test:walks runs 100,000.
test('walks over lists that change before any read break no promise, seeds 1000 to 1999', async () => {
  const { walks, broken } = await runWalks(1000, 2000);
  expect(broken).toEqual([]);
  expect(walks).toBe(1000);
}, 240_000);
