import { InputRejectedError } from '../../domain/errors.ts';
import { longestEmail } from '../../domain/mdm-user.ts';
import { longestOrganizationName } from '../../domain/organization.ts';
import { longestGlobalId } from '../global-id.ts';
import { record } from '../records.ts';
import {
  type Entities,
  type EntityReference,
  type PlatformTypeNames,
  policyInterfaceName,
  tokenInterfaceName,
  userTypeName,
} from '../types/entity.ts';

/** A router's representation that was read by the first key of its type that fits. */
export type Representation =
  | {
      readonly key: 'id';
      readonly reference: EntityReference;
    }
  | {
      readonly key: 'email';
      /** The id or slug. */
      readonly organizationId: string;
      /** Null for a person without an e-mail address, who cannot be a user. */
      readonly email: string | null;
    };

/** Reads the representation at `index` of a list. Throws InputRejectedError with the path of the fault. */
export type ReadRepresentation = (value: unknown, index: number) => Representation;

const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.length <= longest;

/** The interfaces that a router may name as `__typename`, and the kind of their ids. */
const interfaces: ReadonlyMap<string, EntityReference['kind']> = new Map([
  [tokenInterfaceName, 'token'],
  [policyInterfaceName, 'policy'],
]);

/** The types that a router can resolve by a key, and the kind of their ids. */
const collectEntityKinds = (
  platforms: readonly PlatformTypeNames[],
): ReadonlyMap<string, EntityReference['kind']> =>
  new Map<string, EntityReference['kind']>([
    ...interfaces,
    [userTypeName, 'user'],
    ...platforms.flatMap(({ tokenType, policyType }) => [
      [tokenType, 'token'] as const,
      [policyType, 'policy'] as const,
    ]),
  ]);

/**
 * Creates a reader of representations. The reader throws InputRejectedError if the type is not an entity of this subgraph, or
 * if the representation has no valid key. Keys are texts of limited length. If the id of an MdmUser is not valid, the reader
 * uses organization and e-mail address if both are present.
 */
export const createRepresentationReader = (
  entities: Entities,
  platforms: readonly PlatformTypeNames[],
): ReadRepresentation => {
  const kinds = collectEntityKinds(platforms);
  return (value, index) => {
    const path = ['representations', String(index)];
    const fault = (message: string) => new InputRejectedError([{ path, message }]);
    const { __typename: typename, id, organizationId, email } = record(value);
    const kind = typeof typename === 'string' ? kinds.get(typename) : undefined;
    if (typeof typename !== 'string' || kind === undefined) {
      throw fault(`${path.join('.')} has a __typename that is not an entity of this subgraph.`);
    }

    const readId = (text: string): EntityReference => {
      const reference = entities.decodeKind(kind, text, [...path, 'id']);
      if (interfaces.has(typename) || reference.typename === typename) return reference;
      throw fault(
        `${path.join('.')}.id names the type ${reference.typename}, but __typename is ${typename}.`,
      );
    };

    const hasEmailKey =
      typename === userTypeName &&
      isText(organizationId, longestOrganizationName) &&
      (email === null || (typeof email === 'string' && isText(email.trim(), longestEmail)));
    if (isText(id, longestGlobalId) && id !== '') {
      try {
        return { key: 'id', reference: readId(id) };
      } catch (error) {
        if (!hasEmailKey) throw error;
      }
    }
    if (hasEmailKey) {
      return { key: 'email', organizationId, email: email?.trim() ?? null };
    }
    throw fault(
      typename === userTypeName
        ? `${path.join('.')} needs an id of this gateway, or organizationId and email, as texts.`
        : `${path.join('.')} needs an id of this gateway, as a text.`,
    );
  };
};
