import { expect, test } from 'vitest';
import { runWalks } from './oracle/walks.ts';

// Half of the walks, so that both cores have some: npm run test:walks runs 100,000.
test('walks over lists that change before any read break no promise, seeds 0 to 999', async () => {
  const { walks, broken } = await runWalks(0, 1000);
  expect(broken).toEqual([]);
  expect(walks).toBe(1000);
}, 240_000);

test.each([
  9329, 14670, 18337, 54501, 60387, 70096, 74510, 114201, 160430,
])('walk %d, which broke a promise once, breaks none', async (seed) => {
  expect((await runWalks(seed, seed + 1)).broken).toEqual([]);
});
