import { extendSchema, type GraphQLSchema, parse } from 'graphql';
import { NotFoundError } from '../../domain/errors.ts';
import type { GatewayContext } from '../context.ts';
import { representationsPrice } from '../pricing/key-prices.ts';
import { free, type PriceQuestion } from '../pricing/price.ts';
import { resolveOrganization } from '../queries/organization-argument.ts';
import type { SchemaParts } from '../schema-parts.ts';
import { type Entities, userTypeName } from '../types/entity.ts';
import { createRepresentationReader, type Representation } from './representation.ts';

/** The types and fields for routers, as the subgraph specification defines them. */
const routerTypes = (entityTypes: readonly string[]) => `
  "A representation of an entity: \`__typename\` and the fields of one of its keys."
  scalar _Any

  "The entities that a router can resolve by a key."
  union _Entity = ${entityTypes.join(' | ')}

  "The description of this subgraph."
  type _Service {
    "The schema with the directives of federation, without the fields for direct clients only."
    sdl: String
  }

  extend type Query {
    "For routers: the entities of these representations, in the same order. An entity that cannot be resolved is null and has an error. Entities of one list share upstream calls: its pages are read if they are fewer than the entities, and each entity that they do not show takes one call."
    _entities(representations: [_Any!]!): [_Entity]!
    "For routers and registries: the schema of this subgraph."
    _service: _Service!
  }
`;

interface EntitiesArguments {
  readonly representations: readonly unknown[];
}

/**
 * Loads the entity of a representation, with the name of its concrete type. Throws NotFoundError if there is none with the
 * id: another subgraph holds the id, so the object should exist. Null without an error if no user has the address: the
 * directory of a company also lists people without a managed device.
 */
const loadEntity = async (
  entities: Entities,
  context: GatewayContext,
  representation: Representation,
): Promise<object | null> => {
  if (representation.key === 'id') {
    const { reference } = representation;
    const entity = await entities.load(context, reference);
    if (entity !== null) return entity;
    throw new NotFoundError(
      `There is no ${reference.typename} with this id, or the credential may not see it.`,
    );
  }
  const { email } = representation;
  if (email === null) return null;
  const organizationId = await resolveOrganization(context, representation.organizationId);
  const user = await context.loaders.userByEmail.load({ organizationId, email });
  return user && { ...user, __typename: userTypeName };
};

/**
 * Adds the fields for routers to the executable schema. `sdl` is the answer of `_service`. A representation that cannot be
 * resolved is null and has one error.
 */
export const addRouterFields = (
  { builder, entities, platforms }: SchemaParts,
  sdl: string,
): GraphQLSchema => {
  const objectTypes = [
    userTypeName,
    ...platforms.flatMap(({ tokenType, policyType }) => [tokenType, policyType]),
  ].sort();
  const readRepresentation = createRepresentationReader(entities, platforms);
  const schema = extendSchema(builder.toSchema(), parse(routerTypes(objectTypes)), {
    assumeValid: true,
  });
  const { _entities: entitiesField, _service: service } = schema.getQueryType()?.getFields() ?? {};
  if (!entitiesField || !service) throw new TypeError('The schema was not extended.');

  entitiesField.extensions = {
    countIds: ({ representations }: EntitiesArguments) => representations.length,
    price: ({ args: { representations }, bounds }: PriceQuestion<EntitiesArguments>) =>
      representationsPrice(representations, readRepresentation, bounds),
  };
  entitiesField.resolve = (
    _root,
    { representations }: EntitiesArguments,
    context: GatewayContext,
  ) =>
    representations.map((representation, index) =>
      context.failures.run(() =>
        loadEntity(entities, context, readRepresentation(representation, index)),
      ),
    );
  service.extensions = { price: free };
  service.resolve = () => ({ sdl });
  return schema;
};
