import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeTypeAndKey } from '../../../src/graphql/global-id.ts';
import type { Document } from '../../../src/sandbox/json.ts';
import {
  type Gateway,
  type GraphQLAnswer,
  startGateway,
  startWorld,
  type World,
} from '../../support/gateway/gateway.ts';
import { fetchSamples } from '../../support/gateway/metrics.ts';
import { repeat } from '../../support/repeat.ts';
import { createGate } from '../../support/time/manual-clock.ts';
import { takeOperations, takeRequests } from '../../support/upstream/upstream-calls.ts';

const typeNames = { apple: 'AppleEnrollmentToken', windows: 'WindowsEnrollmentToken' } as const;
type PlatformName = keyof typeof typeNames;
const platformNames = ['apple', 'windows'] as const;

let world: World;

// The default data: 2,500 tokens of each platform, of which about 2,300 are not revoked.
beforeAll(async () => {
  world = await startWorld({ tokens: 5_000 });
});
afterAll(() => world.close());
beforeEach(() => world.sandbox.clearRequests());

const storedTokens = (platform: PlatformName): readonly Document[] =>
  world.sandbox.platform(platform).tokens.all();

const isListed = ({ state }: Document): boolean => state !== 'DELETED';

const referTo = (platform: PlatformName, { id }: Pick<Document, 'id'>) => ({
  __typename: typeNames[platform],
  id: encodeTypeAndKey(typeNames[platform], `${world.sandbox.organizationId}:${id}`),
});

type Representation = ReturnType<typeof referTo>;

/** Representations of tokens that are spread evenly over the list of a platform. */
const spread = (platform: PlatformName, count: number): Representation[] => {
  const listed = storedTokens(platform).filter(isListed);
  return repeat(count, (index) =>
    referTo(platform, listed[Math.floor((index * listed.length) / count)] ?? expect.unreachable()),
  );
};

const queryOf = (selection: string): string =>
  `query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename ${selection} } }`;

const idsOf = Object.values(typeNames)
  .map((name) => `... on ${name} { id state }`)
  .join(' ');

const resolveEntities = async (
  representations: readonly Representation[],
  query = queryOf(idsOf),
  { ask }: Gateway = world,
): Promise<GraphQLAnswer & { readonly entities: any }> => {
  const answer = await ask(query, {
    variables: { representations },
    headers: { 'x-explain': '1' },
  });
  return { ...answer, entities: answer.data?._entities };
};

const expectFound = (
  { entities, errors }: Awaited<ReturnType<typeof resolveEntities>>,
  representations: readonly Representation[],
): void => {
  expect(errors).toEqual([]);
  expect(entities).toMatchObject(representations);
};

const listOf = (platform: PlatformName) => `mdm.${platform}.enrollmentToken.list`;
const getOf = (platform: PlatformName) => `mdm.${platform}.enrollmentToken.get`;

describe('a batch of tokens', () => {
  const hundredOfSixty = () => {
    const sixty = spread('windows', 60);
    return [...sixty, ...sixty.slice(0, 40)];
  };

  it('costs five calls for 100 representations of 60 tokens, and five again, within the default quota', async () => {
    const { baseUrl, sandbox } = world;
    const gateway = await startGateway(
      { baseUrl, organization: sandbox.organizationId, apiKey: sandbox.apiKey },
      { UPSTREAM_REQUESTS_PER_HOUR: '10000', UPSTREAM_BURST: '100' },
    );
    const representations = hundredOfSixty();
    for (let round = 0; round < 10; round += 1) {
      const answer = await resolveEntities(representations, queryOf(idsOf), gateway);
      expectFound(answer, representations);
      expect(takeOperations(world.sandbox)).toEqual(repeat(5, () => listOf('windows')));
      expect(answer.extensions.upstream.saved).toMatchObject({ loader: 40, plan: 55, cache: 0 });
      expect(answer.extensions.upstream.calls).toHaveLength(5);
      for (const { cause } of answer.extensions.upstream.calls) expect(cause).toBe('lookup');
    }
    await gateway.close();
  });

  it('costs ten calls for a hundred tokens of both platforms', async () => {
    const ofBoth = platformNames.map((platform) => spread(platform, 50));
    const representations = repeat(100, (index) => ofBoth[index % 2]?.[Math.floor(index / 2)]);
    const given = representations.map((one) => one ?? expect.unreachable());
    expectFound(await resolveEntities(given), given);
    expect(takeOperations(world.sandbox)).toEqual(
      platformNames.flatMap((platform) => repeat(5, () => listOf(platform))),
    );
  });

  it('costs as much as one if two operations read it at the same time', async () => {
    const representations = hundredOfSixty();
    const gate = createGate();
    const release = world.sandbox.onRequest(() => gate.opened);
    const joined = async (): Promise<number> => {
      const samples = await fetchSamples(world.url, 'gateway_upstream_calls_saved_total');
      return samples.find(({ labels }) => Object.values(labels).includes('inFlight'))?.value ?? 0;
    };
    const joinedBefore = await joined();
    // Another selection, since equal queries would be run once.
    const reads = [queryOf(idsOf), queryOf(`${idsOf} again: __typename`)].map((query) =>
      resolveEntities(representations, query),
    );
    await vi.waitFor(async () => expect(await joined()).toBeGreaterThan(joinedBefore), {
      timeout: 20_000,
    });
    gate.open();
    for (const answer of await Promise.all(reads)) expectFound(answer, representations);
    release();
    expect(takeOperations(world.sandbox)).toEqual(repeat(5, () => listOf('windows')));
  });

  it('costs the same over several fields', async () => {
    const ids = spread('apple', 60).map(({ id }) => id);
    const { data, errors } = await world.ask(
      `query ($ids: [ID!]!, $id: ID!, $representations: [_Any!]!) {
        nodes(ids: $ids) { id }
        node(id: $id) { id }
        enrollmentToken(id: $id) { id }
        ${queryOf(idsOf).split('{').slice(1).join('{').slice(0, -1)}
      }`,
      { variables: { ids, id: ids[7], representations: spread('apple', 60) } },
    );
    expect(errors).toEqual([]);
    expect(data.nodes).toEqual(ids.map((id) => ({ id })));
    expect([data.node, data.enrollmentToken]).toEqual([{ id: ids[7] }, { id: ids[7] }]);
    expect(takeOperations(world.sandbox)).toEqual(repeat(5, () => listOf('apple')));
  });

  it('does not read the list for one token', async () => {
    const representations = spread('windows', 1);
    expectFound(await resolveEntities(representations), representations);
    expect(takeOperations(world.sandbox)).toEqual([getOf('windows')]);
  });

  it('asks lists without revoked tokens, and asks for each revoked token by its id', async () => {
    const revoked = storedTokens('apple')
      .filter((token) => !isListed(token))
      .slice(0, 3)
      .map((token) => referTo('apple', token));
    const representations = [...spread('apple', 20), ...revoked];
    const answer = await resolveEntities(representations);
    expectFound(answer, representations);
    expect(answer.entities.slice(20)).toMatchObject(repeat(3, () => ({ state: 'DELETED' })));
    const requests = takeRequests(world.sandbox);
    const listings = requests.filter(({ operation }) => operation === listOf('apple'));
    expect(requests).toHaveLength(5 + 3);
    expect(listings.map(({ query }) => query['show-deleted'])).toEqual(repeat(5, () => undefined));
  });

  it('keeps the order, and gives each token that does not exist null and an error', async () => {
    const found = spread('windows', 20);
    const unknown = repeat(2, (index) => referTo('windows', { id: `${index}`.padStart(24, 'f') }));
    const representations = [unknown[0], ...found, unknown[1]].map(
      (one) => one ?? expect.unreachable(),
    );
    const { entities, errors } = await resolveEntities(representations);
    expect(entities).toMatchObject([null, ...found, null]);
    expect(errors.map(({ path }) => path?.[1]).toSorted()).toEqual([0, 21]);
    for (const { extensions } of errors) expect(extensions['code']).toBe('NOT_FOUND');
  });
});

describe('the platforms of a batch', () => {
  const ofBoth = () => [...spread('apple', 20), ...spread('windows', 20)];

  it('do not affect each other if the caller may read one only', async () => {
    const key = world.sandbox.addKey({ permissions: ['mdm.windows.*'] });
    const { data, errors } = await world.ask(queryOf(idsOf), {
      variables: { representations: ofBoth() },
      authorization: `Bearer ${key}`,
    });
    expect(data._entities).toMatchObject([...repeat(20, () => null), ...spread('windows', 20)]);
    expect(errors).toHaveLength(20);
    for (const { extensions } of errors) expect(extensions['code']).toBe('FORBIDDEN');
  });

  it('do not affect each other if one is down', async () => {
    const fault = world.sandbox.faults.add({
      kind: 'status',
      status: 503,
      match: { platform: 'apple' },
    });
    const { entities, errors } = await resolveEntities(ofBoth());
    fault.remove();
    expect(entities).toMatchObject([...repeat(20, () => null), ...spread('windows', 20)]);
    expect(errors).toHaveLength(20);
    for (const { extensions } of errors) expect(extensions['code']).toBe('UPSTREAM_UNAVAILABLE');
  });
});
