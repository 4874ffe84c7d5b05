import { InputRejectedError, NotFoundError } from '../../domain/errors.ts';
import { type MdmUser, toMdmUserId } from '../../domain/mdm-user.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import { type PlatformKey, toPlatformKey } from '../../domain/platform-key.ts';
import { type Policy, toPolicyId } from '../../domain/policy.ts';
import { type EnrollmentToken, toTokenId } from '../../domain/token.ts';
import type { GatewayContext } from '../context.ts';
import { decodeGlobalId, type GlobalId } from '../global-id.ts';

export const userTypeName = 'MdmUser';
export const tokenInterfaceName = 'EnrollmentToken';
export const policyInterfaceName = 'MdmPolicy';

/** A platform and the names of its object types. */
export interface PlatformTypeNames {
  readonly key: string;
  /** The object type that implements EnrollmentToken. */
  readonly tokenType: string;
  /** The object type that implements MdmPolicy. */
  readonly policyType: string;
}

type EntityType =
  | { readonly kind: 'token'; readonly platform: PlatformKey }
  | { readonly kind: 'policy'; readonly platform: PlatformKey }
  | { readonly kind: 'user'; readonly platform: null };

/** The object that a global id names. */
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
 * Loads an object; null if it does not exist. Checks first that the gateway serves the organization, because a cache may
 * hold objects of others. The check takes no upstream call, as the organization is given by its id.
 */
const loadOrNull = async <Item>(
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

/** An object with its type's name: for a field of type Node, GraphQL cannot tell the type otherwise. */
type Entity = (EnrollmentToken | Policy | MdmUser) & { readonly __typename: string };

type ReferenceTo<Kind extends EntityReference['kind']> = EntityReference & { readonly kind: Kind };

/** Reads global ids, and the objects that they name. */
export interface Entities {
  /** Throws InputRejectedError if the id is malformed or its type is not in this schema. */
  decode(value: string, path: readonly string[]): EntityReference;
  /** Like `decode`. Throws InputRejectedError also if the id is of another kind. */
  decodeKind<Kind extends EntityReference['kind']>(
    kind: Kind,
    value: string,
    path: readonly string[],
  ): ReferenceTo<Kind>;
  /** Loads an object; null if it does not exist. Through the loaders, which share upstream calls. */
  load(context: GatewayContext, reference: EntityReference): Promise<Entity | null>;
}

/** Loads a token; null if it does not exist. Through the loaders, which share upstream calls. */
export const loadToken = (
  context: GatewayContext,
  { platform, organizationId, sourceId }: ReferenceTo<'token'>,
): Promise<EnrollmentToken | null> =>
  loadOrNull(context, organizationId, () =>
    context.loaders.token.load({ platform, organizationId, id: toTokenId(sourceId) }),
  );

/** Loads a policy; null if it does not exist. Through the loaders, which share upstream calls. */
const loadPolicy = (
  context: GatewayContext,
  { platform, organizationId, sourceId }: ReferenceTo<'policy'>,
): Promise<Policy | null> =>
  loadOrNull(context, organizationId, () =>
    context.loaders.policy.load({ platform, organizationId, id: toPolicyId(sourceId) }),
  );

/** Loads a user; null if it does not exist. Through the loaders, which share upstream calls. */
const loadUser = (
  context: GatewayContext,
  { organizationId, sourceId }: ReferenceTo<'user'>,
): Promise<MdmUser | null> =>
  loadOrNull(context, organizationId, () =>
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
): reference is ReferenceTo<Kind> => reference.kind === kind;

/** Creates the reader of global ids: of MdmUser, and of the tokens and policies of the given platforms. */
export const createEntities = (platforms: readonly PlatformTypeNames[]): Entities => {
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
