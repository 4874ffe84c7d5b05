import fc from 'fast-check';
import { expect, it } from 'vitest';
import { brokenPromises, walks } from './walk.ts';

it('delivers every change while lists change between and during reads, and joins without a gap', async () => {
  await fc.assert(
    fc.asyncProperty(walks, async (walk) => {
      expect(await brokenPromises(walk)).toEqual([]);
    }),
    { numRuns: 12000 },
  );
}, 900_000);
