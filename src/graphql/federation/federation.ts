import {
  extendSchema,
  type GraphQLNamedType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  graphqlSync,
  parse,
} from 'graphql';
import { NotFoundError } from '../../domain/errors.ts';
import type { MdmUser } from '../../domain/mdm-user.ts';
import type { Policy } from '../../domain/policy.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { Builder, InterfaceType, ObjectType } from '../builder.ts';
import type { GatewayContext } from '../context.ts';
import { resolveOrganization } from '../queries/organization-argument.ts';
import { isRecord } from '../records.ts';
import type { SchemaParts } from '../schema-parts.ts';
import {
  type EntityReference,
  loadPolicy,
  loadToken,
  loadUser,
  userTypeName,
} from '../types/entity.ts';
import { createRepresentationReader } from './representation.ts';

const linkUrl = 'https://specs.apollo.dev/federation/v2.6';

const idPath = ['representations', 'id'] as const;

const byId = (builder: Builder) => builder.selection<{ id: string }>('id');

/** An object with its type's name: routers need it for interfaces, and the schema for the union of entities. */
type Named<Item> = Item & { readonly __typename: string };

/** Throws NotFoundError if the object is null: another subgraph holds its id, so it should exist. */
const requireFound = async <Item>(
  loading: Promise<Item | null>,
  { typename }: EntityReference,
): Promise<Named<Item>> => {
  const item = await loading;
  if (item !== null) return { ...item, __typename: typename };
  throw new NotFoundError(
    `There is no ${typename} with this id (any more), or the credential may not see it.`,
  );
};

/** Makes a token type, or the interface EnrollmentToken, an entity. The interface resolves to the concrete type. */
export const defineTokenEntity = (
  { builder, entities }: SchemaParts,
  type: ObjectType<EnrollmentToken> | InterfaceType<EnrollmentToken>,
): void =>
  builder.asEntity(type, {
    key: byId(builder),
    resolveReference: ({ id }, context) => {
      const reference = entities.decodeKind('token', id, idPath);
      return requireFound(loadToken(context, reference), reference);
    },
  });

/** Makes a policy type, or the interface MdmPolicy, an entity. The interface resolves to the concrete type. */
export const definePolicyEntity = (
  { builder, entities }: SchemaParts,
  type: ObjectType<Policy> | InterfaceType<Policy>,
): void =>
  builder.asEntity(type, {
    key: byId(builder),
    resolveReference: ({ id }, context) => {
      const reference = entities.decodeKind('policy', id, idPath);
      return requireFound(loadPolicy(context, reference), reference);
    },
  });

type UserKey =
  | { readonly id: string }
  | { readonly organizationId: string; readonly email: string | null };

/** Null without an error if no user has the address: the directory of a company also lists people without a managed device. */
const findUser = async (
  { entities }: SchemaParts,
  context: GatewayContext,
  key: UserKey,
): Promise<Named<MdmUser> | null> => {
  if ('id' in key) {
    const reference = entities.decodeKind('user', key.id, idPath);
    return requireFound(loadUser(context, reference), reference);
  }
  if (key.email === null) return null;
  const organizationId = await resolveOrganization(context, key.organizationId);
  const user = await context.loaders.userByEmail.load({ organizationId, email: key.email });
  return user && { ...user, __typename: userTypeName };
};

/** Makes MdmUser an entity with two keys: its id, and its organization and e-mail address, which other subgraphs know. */
export const defineUserEntity = (parts: SchemaParts): void => {
  const { builder, refs } = parts;
  builder.asEntity(refs.user, {
    key: [
      byId(builder),
      builder.selection<{ organizationId: string; email: string }>('organizationId email'),
    ],
    resolveReference: (key: UserKey, context) => findUser(parts, context, key),
  });
};

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

type ResolveReference = (
  representation: unknown,
  context: GatewayContext,
  info: GraphQLResolveInfo,
) => unknown;

/** The function that the builder's asEntity stored in a type's extensions. */
const resolveReferenceOf = ({ extensions }: GraphQLNamedType): ResolveReference | undefined => {
  const { apollo } = extensions as { apollo?: { subgraph?: { resolveReference?: unknown } } };
  const resolve = apollo?.subgraph?.resolveReference;
  return typeof resolve === 'function' ? (resolve as ResolveReference) : undefined;
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

  entitiesField.resolve = (
    _root,
    { representations }: { readonly representations: readonly unknown[] },
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
        return type && resolveReferenceOf(type)?.({ __typename: typename, ...key }, context, info);
      }),
    );

  let sdl: string | null = null;
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
