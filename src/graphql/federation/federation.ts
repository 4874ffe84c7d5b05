import { NotFoundError } from '../../domain/errors.ts';
import type { MdmUser } from '../../domain/mdm-user.ts';
import type { Policy } from '../../domain/policy.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { Builder, InterfaceType, ObjectType } from '../builder.ts';
import type { GatewayContext } from '../context.ts';
import { resolveOrganization } from '../queries/organization-argument.ts';
import type { SchemaParts } from '../schema-parts.ts';
import {
  type EntityReference,
  loadPolicy,
  loadToken,
  loadUser,
  userTypeName,
} from '../types/entity.ts';

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
    `There is no ${typename} with this id, or the credential may not see it.`,
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
