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

/** `__typename` tells a router what stands behind an interface, and the schema which of its entities it is. */
type Named<Item> = Item & { readonly __typename: string };

/** An id that another subgraph holds is a claim that the thing exists: NotFoundError where it does not. */
const found = async <Item>(
  loading: Promise<Item | null>,
  { typename }: EntityReference,
): Promise<Named<Item>> => {
  const item = await loading;
  if (item !== null) return { ...item, __typename: typename };
  throw new NotFoundError(
    `There is no ${typename} with this id (any more), or the credential may not see it.`,
  );
};

/** Makes a token type, or the interface of them all, an entity; the interface answers with the concrete type. */
export const defineTokenEntity = (
  { builder, entities }: SchemaParts,
  type: ObjectType<EnrollmentToken> | InterfaceType<EnrollmentToken>,
): void =>
  builder.asEntity(type, {
    key: byId(builder),
    resolveReference: ({ id }, context) => {
      const reference = entities.decodeKind('token', id, idPath);
      return found(loadToken(context, reference), reference);
    },
  });

/** Makes a policy type an entity, as defineTokenEntity does a token type. */
export const definePolicyEntity = (
  { builder, entities }: SchemaParts,
  type: ObjectType<Policy> | InterfaceType<Policy>,
): void =>
  builder.asEntity(type, {
    key: byId(builder),
    resolveReference: ({ id }, context) => {
      const reference = entities.decodeKind('policy', id, idPath);
      return found(loadPolicy(context, reference), reference);
    },
  });

type UserKey =
  | { readonly id: string }
  | { readonly organizationId: string; readonly email: string | null };

/** Null, without an error, for an address that no user has: a company knows people who are not managed. */
const findUser = async (
  { entities }: SchemaParts,
  context: GatewayContext,
  key: UserKey,
): Promise<Named<MdmUser> | null> => {
  if ('id' in key) {
    const reference = entities.decodeKind('user', key.id, idPath);
    return found(loadUser(context, reference), reference);
  }
  if (key.email === null) return null;
  const organizationId = await resolveOrganization(context, key.organizationId);
  const user = await context.loaders.userByEmail.load({ organizationId, email: key.email });
  return user && { ...user, __typename: userTypeName };
};

/** Makes MdmUser an entity by its id, and by what a company's employee knows: organization and e-mail address. */
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

/** As the subgraph specification has it. */
const routerTypes = (entityTypes: readonly string[]) => `
  "A representation of an entity: \`__typename\` and the fields of one of its keys."
  scalar _Any

  "What a router can ask for by its key."
  union _Entity = ${entityTypes.join(' | ')}

  "What this subgraph says of itself."
  type _Service {
    "Its schema, with the directives of federation, and without what only direct clients see."
    sdl: String
  }

  extend type Query {
    "For routers: the entities of these representations, in their order; null, with an error of its own, for one that cannot be resolved."
    _entities(representations: [_Any!]!): [_Entity]!
    "For routers and registries."
    _service: _Service!
  }
`;

type ResolveReference = (
  representation: unknown,
  context: GatewayContext,
  info: GraphQLResolveInfo,
) => unknown;

/** Where asEntity keeps it. */
const resolveReferenceOf = ({ extensions }: GraphQLNamedType): ResolveReference | undefined => {
  const { apollo } = extensions as { apollo?: { subgraph?: { resolveReference?: unknown } } };
  const resolve = apollo?.subgraph?.resolveReference;
  return typeof resolve === 'function' ? (resolve as ResolveReference) : undefined;
};

/**
 * Adds what routers ask for to the schema that runs. The builder's own way to do so prints the schema on the spot, which
 * takes a quarter of the start-up, and prints the one with node and nodes: `printSubgraph` is called when `_service` is
 * asked for first. One representation that cannot be resolved is one null with one error.
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
        // Only the fields of the key that was read: nothing else that a stranger sends goes any further.
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

/** What routers and registries see of the parts, with the directives of federation; takes a few hundred milliseconds. */
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
