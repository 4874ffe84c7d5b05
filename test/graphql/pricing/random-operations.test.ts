import { env, stdout } from 'node:process';
import fc from 'fast-check';
import { parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeTypeAndKey } from '../../../src/graphql/global-id.ts';
import { createPricing } from '../../../src/graphql/pricing/pricing.ts';
import { createSchema } from '../../../src/graphql/schema.ts';
import { platforms } from '../../../src/platforms/registry.ts';
import { knownValuesOf, randomOperations } from '../../server/limits/random-operations.ts';
import { defaultPriceBounds } from '../../support/gateway/default-price-bounds.ts';
import { startWorld, type World } from '../../support/gateway/gateway.ts';

/** `PRICED_OPERATIONS=3000 PRICED_SEED=7` runs more operations, or others, and prints how far the estimates are off. */
const { PRICED_OPERATIONS: asked, PRICED_SEED: seed = 1 } = env;

const schema = createSchema(platforms);

/** The limit of the gateway below uses the same function with the same bounds: the defaults of the configuration. */
const estimate = createPricing(schema, defaultPriceBounds);

let world: World;
let cursors: Readonly<Record<string, readonly string[]>> = {};

beforeAll(async () => {
  world = await startWorld(
    { tokens: 2_400, users: 1_300, policies: 60 },
    // No operation uses what an earlier one looked up. Dear operations run as well.
    { LOOKUP_TTL_MS: '0', MAX_UPSTREAM_CALLS: '250' },
  );
  const page = '(first: 60) { edges { cursor } }';
  const { data } = await world.ask(
    `{ enrollmentTokens${page} mdmPolicies${page} mdmUsers${page} }`,
  );
  cursors = Object.fromEntries(
    Object.entries<any>(data).map(([field, { edges }]) => [
      field,
      edges.map(({ cursor }: { readonly cursor: string }) => cursor),
    ]),
  );
});

afterAll(() => world.close());

/** Sends an operation, and compares its calls with the estimate. Returns the estimate and the number of calls. */
const compare = async (query: string, variables: Readonly<Record<string, unknown>> = {}) => {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  const { calls: estimated } = estimate({ document, operationName: null, variables });
  world.sandbox.clearRequests();
  await world.ask(query, { variables });
  const requests = world.sandbox.requests();
  // None is a repeated attempt: the API is at rest and answers each at once.
  for (const { status } of requests) expect([200, 201, 204, 400, 404, 422]).toContain(status);
  const made = requests.map(({ method, path }) => `${method} ${path}`);
  expect(made.length, made.join('\n')).toBeLessThanOrEqual(2 * estimated);
  return { estimated, made: made.length };
};

const describeRatios = (ratios: readonly number[]): string => {
  const sorted = ratios.toSorted((left, right) => left - right);
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)]?.toFixed(2);
  return `estimate / calls of ${sorted.length} operations: least ${at(0)}, median ${at(0.5)}, 95 % ${at(0.95)}, most ${at(1)}`;
};

/** Each made more than twice its estimate before these calls were priced, or saved. */
describe('the estimate includes', () => {
  const idOf = (typename: string, sourceId: string) =>
    encodeTypeAndKey(typename, `${world.sandbox.organizationId}:${sourceId}`);
  const unknown = '7'.repeat(24);

  it('all pages of users whose addresses contain a text that is no address', async () => {
    expect((await compare('{ mdmUser(email: "@example.com") { id } }')).made).toBe(3);
    const r = [
      {
        __typename: 'MdmUser',
        organizationId: world.sandbox.organizationId,
        email: '@example.com',
      },
    ];
    const query = 'query($r: [_Any!]!) { _entities(representations: $r) { __typename } }';
    expect((await compare(query, { r })).made).toBe(3);
  });

  it('the search for a revoked token that does not exist', async () => {
    const query = `mutation { revokeEnrollmentToken(input: { id: "${idOf('AppleEnrollmentToken', unknown)}" }) { userErrors { code } } }`;
    expect((await compare(query)).made).toBe(2 + 3);
  });

  it('the lookups that explain why a bulk create was refused', async () => {
    const known = String(world.sandbox.platform('windows').policies.all()[0]?.id);
    const policies = [known, unknown].map((id) => idOf('WindowsPolicy', id));
    const query = `mutation { bulkCreateWindowsEnrollmentTokens(input: { sendEmail: false, userEmails: ["ana@example.com"], policyAssignments: [${policies.map((id) => `{ policyId: "${id}", priority: 1 }`).join(' ')}] }) { userErrors { code } } }`;
    expect((await compare(query)).made).toBe(1 + 2);
  });

  it('nothing for reading to the end of the tokens that never expire: it takes one more call', async () => {
    const query =
      '{ enrollmentTokens(last: 3, orderBy: { field: EXPIRES_AT }) { nodes { id } pageInfo { hasPreviousPage } } }';
    expect((await compare(query)).made).toBeLessThanOrEqual(4);
  });
});

describe('any operation of the schema', () => {
  it('makes at most twice the estimated calls', { timeout: 3_600_000 }, async () => {
    const operations = randomOperations(schema, { ...knownValuesOf(world.sandbox), cursors });
    const ratios: number[] = [];
    const property = fc.asyncProperty(operations, async ({ query, variables }) => {
      const { estimated, made } = await compare(query, variables);
      if (made > 0) ratios.push(estimated / made);
    });
    const numRuns = Number(asked ?? 80);
    await fc.assert(property, { numRuns, seed: Number(seed), endOnFailure: true });
    expect(ratios.length).toBeGreaterThan(numRuns / 4);
    if (asked !== undefined) stdout.write(`${describeRatios(ratios)}\n`);
  });
});
