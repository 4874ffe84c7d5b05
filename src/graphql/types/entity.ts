import { InputRejectedError, NotFoundError } from '../../domain/errors.ts';
import { type MdmUser, toMdmUserId } from '../../domain/mdm-user.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import { type PlatformKey, toPlatformKey } from '../../domain/platform-key.ts';
import { type Policy, toPolicyId } from '../../domain/policy.ts';
import { type EnrollmentToken, toTokenId } from '../../domain/token.ts';
import type { GatewayContext } from '../context.ts';
import { decodeGlobalId, type GlobalId } from '../global-id.ts';
import type { PlatformTypes } from '../schema-parts.ts';

export const userTypeName = 'MdmUser';
export const tokenInterfaceName = 'EnrollmentToken';
export const policyInterfaceName = 'MdmPolicy';

type EntityType =
  | { readonly kind: 'token'; readonly platform: PlatformKey }
  | { readonly kind: 'policy'; readonly platform: PlatformKey }
  | { readonly kind: 'user'; readonly platform: null };

/** Something a global id points at. */
export type EntityReference = EntityType & {
  readonly typename: string;
  readonly organizationId: OrganizationId;
  readonly sourceId: string;
};

const kindNames = {
  token: 'an EnrollmentToken',
  policy: 'an MdmPolicy',
  user: 'an MdmUser',
} as const;

/**
 * Null for what is not there (any more), the error for everything else; also where the gateway does not serve the
 * organization, even if a cache knows the object. An organization's id passes that question without a call.
 */
const orNull = async <Item>(
  { organizations, operation }: GatewayContext,
  organizationId: OrganizationId,
  load: () => Promise<Item>,
): Promise<Item | null> => {
  await organizations.resolve(operation, organizationId);
  try {
    return await load();
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
};

/** `__typename` tells types apart where the schema knows no more than that it is a Node. */
type Entity = (EnrollmentToken | Policy | MdmUser) & { readonly __typename: string };

/** The types that have a global id, and how each is read again. */
export interface Entities {
  /** InputRejectedError where the id is malformed or of no type of this schema. */
  decode(value: string, path: readonly string[]): EntityReference;
  /** InputRejectedError, too, where the id is of another kind. */
  decodeKind<Kind extends EntityReference['kind']>(
    kind: Kind,
    value: string,
    path: readonly string[],
  ): EntityReference & { readonly kind: Kind };
  /** At most one upstream call, through the loaders; null where it is gone. */
  load(context: GatewayContext, reference: EntityReference): Promise<Entity | null>;
}

type ReferenceTo<Kind extends EntityReference['kind']> = EntityReference & { readonly kind: Kind };

/** One token; null where it is gone. At most one upstream call, through the loaders. */
export const loadToken = (
  context: GatewayContext,
  { platform, organizationId, sourceId }: ReferenceTo<'token'>,
): Promise<EnrollmentToken | null> =>
  orNull(context, organizationId, () =>
    context.loaders.token.load({ platform, organizationId, id: toTokenId(sourceId) }),
  );

/** One policy, in the same way. */
export const loadPolicy = (
  context: GatewayContext,
  { platform, organizationId, sourceId }: ReferenceTo<'policy'>,
): Promise<Policy | null> =>
  orNull(context, organizationId, () =>
    context.loaders.policy.load({ platform, organizationId, id: toPolicyId(sourceId) }),
  );

/** One user, in the same way. */
export const loadUser = (
  context: GatewayContext,
  { organizationId, sourceId }: ReferenceTo<'user'>,
): Promise<MdmUser | null> =>
  orNull(context, organizationId, () =>
    context.loaders.user.load({ organizationId, id: toMdmUserId(sourceId) }),
  );

const loadObject = (
  context: GatewayContext,
  reference: EntityReference,
): Promise<EnrollmentToken | Policy | MdmUser | null> => {
  switch (reference.kind) {
    case 'token':
      return loadToken(context, reference);
    case 'policy':
      return loadPolicy(context, reference);
    case 'user':
      return loadUser(context, reference);
    default:
      return reference satisfies never;
  }
};

const loadEntity = async (
  context: GatewayContext,
  reference: EntityReference,
): Promise<Entity | null> => {
  const object = await loadObject(context, reference);
  return object && { ...object, __typename: reference.typename };
};

const isOfKind = <Kind extends EntityReference['kind']>(
  reference: EntityReference,
  kind: Kind,
): reference is EntityReference & { readonly kind: Kind } => reference.kind === kind;

/** Knows the entities of the given platforms, and the users they share. */
export const createEntities = (platforms: readonly PlatformTypes[]): Entities => {
  const types = new Map<string, EntityType>([[userTypeName, { kind: 'user', platform: null }]]);
  for (const { key, tokenType, policyType } of platforms) {
    types.set(tokenType, { kind: 'token', platform: toPlatformKey(key) });
    types.set(policyType, { kind: 'policy', platform: toPlatformKey(key) });
  }

  const decode = (value: string, path: readonly string[]): EntityReference => {
    const id: GlobalId = decodeGlobalId(value, path);
    const type = types.get(id.typename);
    if (!type) {
      const message = `${path.join('.')} is the id of a type that this gateway does not serve.`;
      throw new InputRejectedError([{ path, message }]);
    }
    return { ...id, ...type };
  };

  return {
    decode,
    decodeKind: (kind, value, path) => {
      const reference = decode(value, path);
      if (isOfKind(reference, kind)) return reference;
      const message = `${path.join('.')} is the id of ${kindNames[reference.kind]} (${reference.typename}); ${kindNames[kind]} id is needed here.`;
      throw new InputRejectedError([{ path, message }]);
    },
    load: loadEntity,
  };
};
