import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeTypeAndKey } from '../../../src/graphql/global-id.ts';
import { startWorld, type World } from '../../support/gateway/gateway.ts';
import { repeat } from '../../support/repeat.ts';
import { idTest } from './cost-cases.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld({ tokens: 20, users: 300 });
});

afterAll(() => world.close());

beforeEach(() => world.sandbox.clearRequests());

const refusal = (ids: number) => [
  {
    message: expect.stringContaining(`names ${ids} ids, representations and addresses`),
    extensions: { code: 'COST_LIMIT_EXCEEDED', ids, maxIds: 1_000 },
  },
];

describe('the ids of one operation', () => {
  it(idTest('30 aliases of `_entities` with 8,000 representations each'), async () => {
    const aliases = repeat(
      30,
      (index) => `a${index}: _entities(representations: $r) { __typename }`,
    );
    const r = repeat(8_000, () => ({ __typename: 'x' }));
    const { status, data, errors } = await world.ask(
      `query($r: [_Any!]!) { ${aliases.join(' ')} }`,
      { variables: { r }, authorization: null },
    );
    expect(status).toBe(200);
    expect(data).toBeNull();
    expect(errors).toMatchObject(refusal(240_000));
    expect(world.calls()).toEqual([]);
  });

  it(idTest('1,001 ids over `nodes` and `_entities`'), async () => {
    const nodes = 'query($ids: [ID!]!) { nodes(ids: $ids) { id } more: nodes(ids: ["x"]) { id } }';
    const { errors } = await world.ask(nodes, { variables: { ids: repeat(1_000, () => 'x') } });
    expect(errors).toMatchObject(refusal(1_001));
    const mixed =
      'query($ids: [ID!]!, $r: [_Any!]!) { nodes(ids: $ids) { id } ...F } fragment F on Query { _entities(representations: $r) { __typename } }';
    const variables = { ids: repeat(501, () => 'x'), r: repeat(500, () => ({ __typename: 'x' })) };
    expect((await world.ask(mixed, { variables })).errors).toMatchObject(refusal(1_001));
  });

  it("can be a router's batch of 500 employees", async () => {
    const users = world.sandbox.organization.users.all();
    const r = repeat(500, (index) => ({
      __typename: 'MdmUser',
      organizationId: world.sandbox.organizationId,
      email: users[index % users.length]?.['email'],
    }));
    const query =
      'query($r: [_Any!]!) { _entities(representations: $r) { ... on MdmUser { email } } }';
    const { data, errors } = await world.ask(query, { variables: { r } });
    expect(errors).toEqual([]);
    expect(data._entities.map(({ email }: { email: string }) => email)).toEqual(
      r.map(({ email }) => email),
    );
    expect(world.calls().length).toBeLessThanOrEqual(2);
  });

  it('can be employees of whom most are not users; the calls are those that read the list', async () => {
    const users = world.sandbox.organization.users.all();
    const r = repeat(500, (index) => ({
      __typename: 'MdmUser',
      organizationId: world.sandbox.organizationId,
      email:
        index % 5 === 0 ? users[index % users.length]?.['email'] : `stranger-${index}@example.com`,
    }));
    const query =
      'query($r: [_Any!]!) { _entities(representations: $r) { ... on MdmUser { email } } }';
    const { data, errors } = await world.ask(query, { variables: { r } });
    expect(errors).toEqual([]);
    expect(data._entities.filter((entity: unknown) => entity !== null)).toHaveLength(100);
    expect(world.calls().length).toBeLessThanOrEqual(2);
  });

  it('cause at most a hundred errors, with the number of the others', async () => {
    const hex = (index: number) => index.toString(16).padStart(24, '0');
    const { organizationId } = world.sandbox;
    const r = [
      ...repeat(300, () => ({ __typename: 'x' })),
      ...repeat(40, (index) => ({
        __typename: 'MdmUser',
        id: encodeTypeAndKey('MdmUser', `${organizationId}:${hex(index)}`),
      })),
    ];
    const query = 'query($r: [_Any!]!) { _entities(representations: $r) { __typename } }';
    const { data, errors } = await world.ask(query, { variables: { r } });
    expect(data._entities).toEqual(repeat(340, () => null));
    expect(errors).toHaveLength(101);
    expect(errors.at(-1)).toMatchObject({
      message: expect.stringContaining('240 more errors'),
      extensions: { omittedErrors: 240 },
    });
  });

  it(idTest('900 malformed ids'), async () => {
    const ids = repeat(900, (index) => `junk-${index}-${'x'.repeat(100)}`);
    const { errors } = await world.ask('query($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      variables: { ids },
    });
    expect(errors).toHaveLength(1);
    expect(errors[0]?.extensions['faults']).toHaveLength(10);
    expect(errors[0]?.message).toContain('There are 890 more faults.');
    expect(JSON.stringify(errors)).not.toContain('junk');
    expect(JSON.stringify(errors).length).toBeLessThan(5_000);
  });

  it(idTest('ids of 150 organizations, or e-mail addresses in 100 slugs'), async () => {
    const hex = (index: number) => index.toString(16).padStart(24, '0');
    const ids = repeat(150, (index) => encodeTypeAndKey('MdmUser', `${hex(index)}:${hex(1)}`));
    const nodes = await world.ask('query($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      variables: { ids },
    });
    expect(nodes.errors).toMatchObject([
      { extensions: { code: 'COST_LIMIT_EXCEEDED', estimatedCalls: 150 } },
    ]);
    const r = repeat(100, (index) => ({
      __typename: 'MdmUser',
      organizationId: `slug-${index}`,
      email: 'ana@example.com',
    }));
    const query = 'query($r: [_Any!]!) { _entities(representations: $r) { __typename } }';
    const entities = await world.ask(query, { variables: { r } });
    expect(entities.errors).toMatchObject([
      { extensions: { code: 'COST_LIMIT_EXCEEDED', estimatedCalls: 200 } },
    ]);
    expect(world.calls()).toEqual([]);
  });
});
