import {
  extendSchema,
  type GraphQLNamedType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  graphqlSync,
  parse,
} from 'graphql';
import type { GatewayContext } from '../context.ts';
import { representationsPrice } from '../pricing/key-prices.ts';
import { free, type PriceQuestion } from '../pricing/price.ts';
import { isRecord, record } from '../records.ts';
import type { SchemaParts } from '../schema-parts.ts';
import { userTypeName } from '../types/entity.ts';
import { createRepresentationReader } from './representation.ts';

const linkUrl = 'https://specs.apollo.dev/federation/v2.6';

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
    "For routers: the entities of these representations, in the same order. An entity that cannot be resolved is null and has an error."
    _entities(representations: [_Any!]!): [_Entity]!
    "For routers and registries: the schema of this subgraph."
    _service: _Service!
  }
`;

interface EntitiesArguments {
  readonly representations: readonly unknown[];
}

type ResolveReference = (
  representation: unknown,
  context: GatewayContext,
  info: GraphQLResolveInfo,
) => unknown;

const isResolveReference = (value: unknown): value is ResolveReference =>
  typeof value === 'function';

/** The function that the builder's asEntity stored in a type's extensions. */
const findResolveReference = ({ extensions }: GraphQLNamedType): ResolveReference | undefined => {
  const { resolveReference } = record(record(extensions['apollo'])['subgraph']);
  return isResolveReference(resolveReference) ? resolveReference : undefined;
};

/**
 * Adds the fields for routers to the executable schema. The federation plugin's own `toSubGraphSchema` prints the schema at
 * once, which takes a quarter of the start-up, and includes node and nodes. Here `printSubgraph` is called on the first query
 * of `_service`. A representation that cannot be resolved is null and has one error.
 */
export const addRouterFields = (
  { builder, entities, platforms }: SchemaParts,
  printSubgraph: () => string,
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
    info,
  ) =>
    representations.map((representation, index) =>
      context.failures.run(() => {
        const { typename, ...read } = readRepresentation(representation, index);
        const type = info.schema.getType(typename);
        // Passes only the fields of the key: the other fields of a representation are not validated.
        const key =
          read.key === 'id'
            ? { id: read.id }
            : { organizationId: read.organizationId, email: read.email };
        return (
          type && findResolveReference(type)?.({ __typename: typename, ...key }, context, info)
        );
      }),
    );

  let sdl: string | null = null;
  service.extensions = { price: free };
  service.resolve = () => {
    sdl ??= printSubgraph();
    return { sdl };
  };
  return schema;
};

/** Prints the schema with the directives of federation. It takes some hundred milliseconds. */
export const printSubgraph = ({ builder }: SchemaParts): string => {
  const { data } = graphqlSync({
    schema: builder.toSubGraphSchema({ linkUrl }),
    source: '{ _service { sdl } }',
  });
  const service: unknown = data?.['_service'];
  if (!isRecord(service) || typeof service['sdl'] !== 'string') {
    throw new TypeError('The schema cannot be printed.');
  }
  return service['sdl'];
};
