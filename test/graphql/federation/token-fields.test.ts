import {
  type GraphQLNamedType,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeTypeAndKey } from '../../../src/graphql/global-id.ts';
import { createSchema } from '../../../src/graphql/schema.ts';
import { platforms } from '../../../src/platforms/registry.ts';
import { startWorld, type World } from '../../support/gateway/gateway.ts';

const schema = createSchema(platforms);
const typeNames = { apple: 'AppleEnrollmentToken', windows: 'WindowsEnrollmentToken' } as const;
type PlatformName = keyof typeof typeNames;
const platformNames = ['apple', 'windows'] as const;

/** Every field of a type and of the objects below it, without connections and drawings. */
const everyField = (type: GraphQLNamedType, prefix = '', depth = 0): string => {
  if (isAbstractType(type)) {
    // Types of one interface have fields of one name and different types.
    const parts = schema
      .getPossibleTypes(type)
      .map((one) => `... on ${one.name} ${everyField(one, `${one.name}_`, depth)}`);
    return `{ ${parts.join(' ')} }`;
  }
  if (!isObjectType(type)) throw new TypeError(`${type.name} has no fields.`);
  const fields = Object.values(type.getFields()).flatMap((field) => {
    const inner = getNamedType(field.type);
    if (field.args.some(isRequiredArgument) || field.name === 'enrollmentQrCode') return [];
    if (!isCompositeType(inner)) return [`${prefix}${field.name}: ${field.name}`];
    if (inner.name.endsWith('Connection') || depth > 4) return [];
    return [`${prefix}${field.name}: ${field.name} ${everyField(inner, '', depth + 1)}`];
  });
  return `{ __typename ${fields.join(' ')} }`;
};

const queryOf = (platform: PlatformName): string => {
  const type = schema.getType(typeNames[platform]) ?? expect.unreachable();
  return `query ($representations: [_Any!]!) {
    _entities(representations: $representations) { ... on ${type.name} ${everyField(type)} }
  }`;
};

const widest = { MAX_ALIASES: '1000', MAX_TOKENS: '10000', MAX_DEPTH: '20' } as const;

const resolveEntities = async (world: World, platform: PlatformName, ids: readonly string[]) => {
  const typename = typeNames[platform];
  const representations = ids.map((id) => ({
    __typename: typename,
    id: encodeTypeAndKey(typename, `${world.sandbox.organizationId}:${id}`),
  }));
  const { data, errors } = await world.ask(queryOf(platform), { variables: { representations } });
  const codes = errors.map(({ extensions }) => extensions['code']);
  return { entities: data._entities as readonly unknown[], codes };
};

let world: World;
let hiding: World;
beforeAll(async () => {
  world = await startWorld({ tokens: 1_600 }, widest);
  hiding = await startWorld({ tokens: 200, hidesDeleted: true }, widest);
});
afterAll(async () => {
  await world.close();
  await hiding.close();
});

describe.each(platformNames)('a token of %s', (platform) => {
  const tokensOf = ({ sandbox }: World) => sandbox.platform(platform).tokens.all();

  it('has the same fields alone and in a batch, whatever its state and its oddities', async () => {
    const tokens = tokensOf(world).filter(
      ({ state }, index) =>
        index % 41 < 2 || index % 67 > 64 || (state === 'DELETED' && index < 100),
    );
    const states = new Set(tokens.map(({ state }) => state));
    expect(states).toEqual(new Set(['PENDING', 'DONE', 'EXPIRED', 'DELETED', 'ARCHIVED']));
    world.sandbox.clearRequests();
    const batch = await resolveEntities(
      world,
      platform,
      tokens.map(({ id }) => id),
    );
    const ofToken = world.sandbox
      .requests()
      .filter(({ operation }) => operation?.includes('enrollmentToken'));
    const revoked = tokens.filter(({ state }) => state === 'DELETED').length;
    expect(ofToken).toHaveLength(2 + revoked);
    expect(batch.codes).toEqual([]);
    for (const [index, { id }] of tokens.entries()) {
      const alone = await resolveEntities(world, platform, [id]);
      expect(alone.codes).toEqual([]);
      expect(alone.entities).toEqual([batch.entities[index]]);
      expect(batch.entities[index]).toMatchObject({ sourceId: id });
    }
  });

  it('is null alone and in a batch if it is revoked and the API does not get revoked ones', async () => {
    const all = tokensOf(hiding);
    const revoked = all.find(({ state }) => state === 'DELETED') ?? expect.unreachable();
    const others = all.filter(({ state }) => state !== 'DELETED').slice(0, 9);
    const batch = await resolveEntities(
      hiding,
      platform,
      [revoked, ...others].map(({ id }) => id),
    );
    expect(batch.entities[0]).toBeNull();
    expect(batch.entities.slice(1)).toMatchObject(others.map(({ id }) => ({ sourceId: id })));
    expect(batch.codes).toEqual(['NOT_FOUND']);
    expect(await resolveEntities(hiding, platform, [revoked.id])).toEqual({
      entities: [null],
      codes: ['NOT_FOUND'],
    });
  });
});
