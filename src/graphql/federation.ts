import type { GraphQLSchema } from 'graphql';
import { InputRejectedError, NotFoundError } from '../tokens/errors.ts';
import type { MdmUser } from '../tokens/mdm-user.ts';
import type { Policy } from '../tokens/policy.ts';
import type { EnrollmentToken } from '../tokens/token.ts';
import type { Builder, InterfaceType, ObjectType } from './builder.ts';
import type { GatewayContext } from './context.ts';
import { type EntityReference, loadPolicy, loadToken, loadUser, userTypeName } from './entity.ts';
import { resolveOrganization } from './organization-argument.ts';
import type { SchemaParts } from './schema-parts.ts';

const linkUrl = 'https://specs.apollo.dev/federation/v2.6';

const byId = (builder: Builder) => builder.selection<{ id: string }>('id');

/** An id that another subgraph sent as one of this type's; InputRejectedError where it is of another. */
const referenceOf = <Kind extends EntityReference['kind']>(
  { entities }: SchemaParts,
  kind: Kind,
  id: string,
  typename: string | null,
): EntityReference & { readonly kind: Kind } => {
  const reference = entities.decodeKind(kind, id, ['representations', 'id']);
  if (typename === null || reference.typename === typename) return reference;
  const message = `The id is of a ${reference.typename}, and the representation says ${typename}.`;
  throw new InputRejectedError([{ path: ['representations', 'id'], message }]);
};

/** An id that another subgraph holds is a claim that the thing exists: NotFoundError where it does not. */
const found = async <Item>(
  loading: Promise<Item | null>,
  { typename }: EntityReference,
): Promise<Item> => {
  const item = await loading;
  if (item !== null) return item;
  throw new NotFoundError(
    `There is no ${typename} with this id (any more), or the credential may not see it.`,
  );
};

/** Makes a token type an entity; a null name stands for the interface, which answers with the concrete type. */
export const defineTokenEntity = (
  parts: SchemaParts,
  type: ObjectType<EnrollmentToken> | InterfaceType<EnrollmentToken>,
  typename: string | null,
): void =>
  parts.builder.asEntity(type, {
    key: byId(parts.builder),
    resolveReference: ({ id }, context) => {
      const reference = referenceOf(parts, 'token', id, typename);
      return found(loadToken(context, reference), reference);
    },
  });

/** Makes a policy type an entity, as defineTokenEntity does a token type. */
export const definePolicyEntity = (
  parts: SchemaParts,
  type: ObjectType<Policy> | InterfaceType<Policy>,
  typename: string | null,
): void =>
  parts.builder.asEntity(type, {
    key: byId(parts.builder),
    resolveReference: ({ id }, context) => {
      const reference = referenceOf(parts, 'policy', id, typename);
      return found(loadPolicy(context, reference), reference);
    },
  });

type UserKey =
  | { readonly id: string }
  | { readonly organizationId: string; readonly email: string };

/** Null, without an error, for an address that no user has: a company knows people who are not managed. */
const findUser = async (
  parts: SchemaParts,
  context: GatewayContext,
  key: UserKey,
): Promise<MdmUser | null> => {
  if ('id' in key) {
    const reference = referenceOf(parts, 'user', key.id, null);
    return found(loadUser(context, reference), reference);
  }
  const organizationId = await resolveOrganization(context, key.organizationId);
  return context.loaders.userByEmail.load({ organizationId, email: key.email.trim() });
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

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** InputRejectedError for a representation of no entity of this subgraph, or without one of its keys. */
const checkRepresentation = (
  representation: unknown,
  index: number,
  entityTypes: ReadonlySet<string>,
): void => {
  const given = isRecord(representation) ? representation : {};
  const { __typename: typename, id, organizationId, email } = given;
  const fault = (message: string) =>
    new InputRejectedError([{ path: ['representations', String(index)], message }]);
  if (typeof typename !== 'string' || !entityTypes.has(typename)) {
    throw fault(`${String(typename)} is no entity that this subgraph resolves.`);
  }
  const hasEmailKey =
    typename === userTypeName && typeof organizationId === 'string' && typeof email === 'string';
  if (typeof id !== 'string' && !hasEmailKey) {
    throw fault(`A representation of ${typename} needs the fields of one of its keys.`);
  }
};

/**
 * The schema with what routers ask for. `_service` answers with `printSubgraph`, called when it is asked for first, not with the schema's own: node and
 * nodes are in the one and not in the other. One representation that cannot be resolved is one null with one error.
 */
export const toSubgraph = (
  { builder, refs, platforms }: SchemaParts,
  printSubgraph: (() => string) | null,
): GraphQLSchema => {
  const entityTypes = new Set([
    refs.token.name,
    refs.policy.name,
    userTypeName,
    ...platforms.flatMap(({ tokenType, policyType }) => [tokenType, policyType]),
  ]);
  const schema = builder.toSubGraphSchema({ linkUrl });
  const fields = schema.getQueryType()?.getFields() ?? {};
  const { _entities: entities, _service: service } = fields;
  const resolveAll = entities?.resolve;
  if (!entities || !resolveAll || !service) throw new TypeError('The schema has no entities.');
  entities.resolve = (
    source,
    { representations }: { readonly representations: readonly unknown[] },
    context,
    info,
  ) =>
    representations.map(async (representation, index) => {
      checkRepresentation(representation, index, entityTypes);
      const answer: unknown = resolveAll(
        source,
        { representations: [representation] },
        context,
        info,
      );
      const found: readonly unknown[] = Array.isArray(answer) ? answer : [];
      return found[0] ?? null;
    });
  if (printSubgraph !== null) {
    let sdl: string | null = null;
    service.resolve = () => {
      sdl ??= printSubgraph();
      return { sdl };
    };
  }
  return schema;
};
