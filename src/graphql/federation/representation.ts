import { InputRejectedError } from '../../domain/errors.ts';
import { longestGlobalId } from '../global-id.ts';
import { record } from '../records.ts';
import type { PlatformTypes } from '../schema-parts.ts';
import {
  type Entities,
  type EntityReference,
  policyInterfaceName,
  tokenInterfaceName,
  userTypeName,
} from '../types/entity.ts';

/** The longest name of an organization and the longest address that the API knows. */
const longest = { organizationId: 128, email: 128 };

/** What a router's representation says, read by the first of its type's keys that it has. */
export type Representation =
  | {
      readonly typename: string;
      readonly key: 'id';
      readonly id: string;
      readonly reference: EntityReference;
    }
  | {
      readonly typename: string;
      readonly key: 'email';
      /** Id or slug. */
      readonly organizationId: string;
      /** Null: a person without an address, who is no user. */
      readonly email: string | null;
    };

/** Reads representations of the given types; each names what is wrong with one that it cannot read. */
export type ReadRepresentation = (value: unknown, index: number) => Representation;

const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.length <= most;

/** Interfaces by whose name a router may ask, too, and what their ids are of. */
const interfaces: ReadonlyMap<string, EntityReference['kind']> = new Map([
  [tokenInterfaceName, 'token'],
  [policyInterfaceName, 'policy'],
]);

/** The types that a router can ask for by a key, with what their ids are of. */
const entityKinds = (
  platforms: readonly PlatformTypes[],
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
 * Makes a reader of representations. It throws InputRejectedError if the type is no entity of this subgraph, or if no key
 * of the type fits: keys are texts, and no longer than such a field can be. Of a user, an id that is no user's id is passed
 * over if organization and e-mail address are there, too.
 */
export const createRepresentationReader = (
  entities: Entities,
  platforms: readonly PlatformTypes[],
): ReadRepresentation => {
  const kinds = entityKinds(platforms);
  return (value, index) => {
    const path = ['representations', String(index)];
    const fault = (message: string) => new InputRejectedError([{ path, message }]);
    const { __typename: typename, id, organizationId, email } = record(value);
    const kind = typeof typename === 'string' ? kinds.get(typename) : undefined;
    if (typeof typename !== 'string' || kind === undefined) {
      throw fault(`${path.join('.')} has a __typename of no entity that this subgraph resolves.`);
    }

    const readId = (text: string): EntityReference => {
      const reference = entities.decodeKind(kind, text, [...path, 'id']);
      if (interfaces.has(typename) || reference.typename === typename) return reference;
      throw fault(
        `${path.join('.')}.id is of a ${reference.typename}, and __typename says ${typename}.`,
      );
    };

    const hasEmailKey =
      typename === userTypeName &&
      isText(organizationId, longest.organizationId) &&
      (email === null || (typeof email === 'string' && isText(email.trim(), longest.email)));
    if (isText(id, longestGlobalId) && id !== '') {
      try {
        return { typename, key: 'id', id, reference: readId(id) };
      } catch (error) {
        if (!hasEmailKey) throw error;
      }
    }
    if (hasEmailKey) {
      return { typename, key: 'email', organizationId, email: email?.trim() ?? null };
    }
    throw fault(
      typename === userTypeName
        ? `${path.join('.')} needs an id of this gateway, or organizationId and email, as texts.`
        : `${path.join('.')} needs an id of this gateway, as a text.`,
    );
  };
};
