import { InputRejectedError, NotFoundError } from '../../domain/errors.ts';
import { type MdmUser, toMdmUserId } from '../../domain/mdm-user.ts';
import { isEntityId, type OrganizationId } from '../../domain/organization.ts';
import { type PlatformKey, toPlatformKey } from '../../domain/platform-key.ts';
import { type Policy, toPolicyId } from '../../domain/policy.ts';
import { type EnrollmentToken, toTokenId } from '../../domain/token.ts';
import type { TokenKey } from '../../lookups/loaders.ts';
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

type Kind = EntityReference['kind'];

const kindNames = {
  token: 'an EnrollmentToken',
  policy: 'an MdmPolicy',
  user: 'an MdmUser',
} as const;

/** What a caller with an id of the REST API gives instead, where only ids of this gateway are accepted. */
const insteadOfSourceId = {
  token: 'Give the id that enrollmentToken(id:, platform:) returns.',
  policy: 'Give the id that mdmPolicies returns.',
  user: 'Give the id that mdmUsers or mdmUser returns.',
} as const;

/** The advice where both kinds of ids are accepted. */
const eitherId =
  'use an id that it returned, or an id of the REST API, which is exactly 24 hexadecimal digits';

/** The platform is not known, and the argument or field that would tell it. */
export interface MissingPlatform {
  readonly toAdd: string;
}

/** An object that is named by an id of this gateway or of the REST API. */
export interface PlacedReference<Platform extends PlatformKey | null = PlatformKey | null> {
  readonly platform: Platform;
  /** Null if the id is of the REST API: it belongs to the organization of the field. */
  readonly organizationId: OrganizationId | null;
  readonly sourceId: string;
}

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

type ReferenceTo<Wanted extends Kind> = EntityReference & { readonly kind: Wanted };

/** Reads ids, and the objects that they name. */
export interface Entities {
  /** Throws InputRejectedError if the id is malformed or its type is not in this schema, or if it is of the REST API. */
  decode(value: string, path: readonly string[]): EntityReference;
  /** Like `decode`. Throws InputRejectedError also if the id is of another kind. */
  decodeKind<Wanted extends Kind>(
    kind: Wanted,
    value: string,
    path: readonly string[],
  ): ReferenceTo<Wanted>;
  /**
   * Like `decodeKind`. Accepts also an id of the REST API, if the platform is known. Null: the object needs none, because
   * it is a user, or because the connection of one policy needs only its id.
   */
  decodeInPlace<Wanted extends Kind, Platform extends PlatformKey | null>(
    kind: Wanted,
    value: string,
    path: readonly string[],
    platform: Platform | MissingPlatform,
  ): ReferenceTo<Wanted> | PlacedReference<Platform>;
  /** Loads an object; null if it does not exist. Through the loaders, which share upstream calls. */
  load(context: GatewayContext, reference: EntityReference): Promise<Entity | null>;
}

/** Loads a token; null if it does not exist. Through the loaders, which share upstream calls. */
export const loadToken = (
  context: GatewayContext,
  key: TokenKey,
): Promise<EnrollmentToken | null> =>
  loadOrNull(context, key.organizationId, () => context.loaders.token.load(key));

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
      return loadToken(context, { ...reference, id: toTokenId(reference.sourceId) });
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

const isOfKind = <Wanted extends Kind>(
  reference: EntityReference,
  kind: Wanted,
): reference is ReferenceTo<Wanted> => reference.kind === kind;

const isMissing = (platform: PlatformKey | MissingPlatform | null): platform is MissingPlatform =>
  typeof platform === 'object' && platform !== null;

const fault = (path: readonly string[], message: string): InputRejectedError =>
  new InputRejectedError([{ path, message: `${path.join('.')} ${message}` }]);

/** Creates the reader of ids: of MdmUser, and of the tokens and policies of the given platforms. */
export const createEntities = (platforms: readonly PlatformTypeNames[]): Entities => {
  const types = new Map<string, EntityType>([[userTypeName, { kind: 'user', platform: null }]]);
  for (const { key, tokenType, policyType } of platforms) {
    types.set(tokenType, { kind: 'token', platform: toPlatformKey(key) });
    types.set(policyType, { kind: 'policy', platform: toPlatformKey(key) });
  }

  const decode = (value: string, path: readonly string[], advice?: string): EntityReference => {
    const id: GlobalId = decodeGlobalId(value, path, advice);
    const type = types.get(id.typename);
    if (!type) throw fault(path, 'is the id of a type that this gateway does not serve.');
    return { ...id, sourceId: id.sourceId.toLowerCase(), ...type };
  };

  const decodeKind = <Wanted extends Kind>(
    kind: Wanted,
    value: string,
    path: readonly string[],
    advice?: string,
  ): ReferenceTo<Wanted> => {
    const reference = decode(value, path, advice);
    if (isOfKind(reference, kind)) return reference;
    const { typename } = reference;
    const given = kindNames[reference.kind];
    const name = given.endsWith(typename) ? given : `${given} (${typename})`;
    throw fault(path, `is the id of ${name}; ${kindNames[kind]} id is needed here.`);
  };

  const refuseSourceId = (value: string, path: readonly string[], advice: string): void => {
    if (isEntityId(value)) {
      throw fault(path, `is an id of the REST API, which is not accepted here. ${advice}`);
    }
  };

  return {
    decode: (value, path) => {
      refuseSourceId(
        value,
        path,
        'It does not tell what it belongs to. Give an id that this gateway returned: enrollmentToken(id:, platform:), mdmUsers and mdmPolicies return them.',
      );
      return decode(value, path);
    },
    decodeKind: (kind, value, path) => {
      refuseSourceId(value, path, insteadOfSourceId[kind]);
      return decodeKind(kind, value, path);
    },
    decodeInPlace: (kind, value, path, platform) => {
      if (!isEntityId(value)) {
        const addition = isMissing(platform) ? `, together with ${platform.toAdd}` : '';
        return decodeKind(kind, value, path, `${eitherId}${addition}`);
      }
      if (isMissing(platform)) {
        throw fault(
          path,
          `is an id of the REST API, which does not tell the platform: add ${platform.toAdd}.`,
        );
      }
      return { platform, organizationId: null, sourceId: value.toLowerCase() };
    },
    load: loadEntity,
  };
};
