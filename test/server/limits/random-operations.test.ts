import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSchema } from '../../../src/graphql/schema.ts';
import { platforms } from '../../../src/platforms/registry.ts';
import { startWorld, type World } from '../../support/gateway/gateway.ts';
import { knownValuesOf, randomOperations } from './random-operations.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld({ tokens: 600, users: 120 }, { LOOKUP_TTL_MS: '0' });
});

afterAll(() => world.close());

describe('any operation of the schema', () => {
  it('makes at most the allowed calls, causes no unexpected error, and has a short answer', async () => {
    const operations = randomOperations(createSchema(platforms), knownValuesOf(world.sandbox));
    let executed = 0;
    await fc.assert(
      fc.asyncProperty(operations, async ({ query, variables }) => {
        world.sandbox.clearRequests();
        const { data, errors } = await world.ask(query, { variables });
        // Finding out the result of a write may take ten more.
        const most = query.startsWith('mutation') ? 110 : 100;
        expect(world.calls().length).toBeLessThanOrEqual(most);
        for (const { extensions } of errors) {
          expect(extensions['code']).not.toBe('INTERNAL_SERVER_ERROR');
        }
        expect(JSON.stringify(errors).length).toBeLessThan(1_000_000);
        if (data !== null) executed += 1;
      }),
      { numRuns: 60, endOnFailure: true },
    );
    expect(executed).toBeGreaterThan(10);
  });
});
