import { InputRejectedError } from '../domain/errors.ts';
import { isEntityId, type OrganizationId, toOrganizationId } from '../domain/organization.ts';

/** The content of a global id: the type, which gives the platform; the organization; and the id in the REST API. */
export interface GlobalId {
  readonly typename: string;
  readonly organizationId: OrganizationId;
  readonly sourceId: string;
}

const separator = ':';

/** The maximum length of a global id, in characters. A longer text is not decoded. */
export const longestGlobalId = 128;

/** Returns the part of a global id that follows the type's name. */
export const entityKey = (entity: {
  readonly organizationId: string;
  readonly sourceId: string;
}): string => `${entity.organizationId}${separator}${entity.sourceId}`;

/** Encodes a type's name and an entity's key as an opaque global id. */
export const encodeTypeAndKey = (typename: string, key: string | number | bigint): string =>
  Buffer.from(`${typename}${separator}${key}`, 'utf8').toString('base64url');

/**
 * Decodes a global id. Throws InputRejectedError with `path` if the value is not an id of this gateway. `advice` tells what to
 * give instead. A global id has at least 68 characters, so it is never mistaken for an id of the REST API, which has 24.
 */
export const decodeGlobalId = (
  value: string,
  path: readonly string[],
  advice = 'use an id that it returned',
): GlobalId => {
  const text = value.length > longestGlobalId ? '' : value;
  const [typename, organizationId, sourceId, ...rest] = Buffer.from(text, 'base64url')
    .toString('utf8')
    .split(separator);
  const valid =
    rest.length === 0 &&
    typename !== undefined &&
    /^[A-Za-z]\w*$/.test(typename) &&
    organizationId !== undefined &&
    isEntityId(organizationId) &&
    sourceId !== undefined &&
    isEntityId(sourceId) &&
    encodeTypeAndKey(typename, `${organizationId}${separator}${sourceId}`) === value;
  if (!valid) {
    throw new InputRejectedError([
      {
        path,
        message: `${path.join('.')} is not an id of this gateway: ${advice}.`,
      },
    ]);
  }
  return { typename, organizationId: toOrganizationId(organizationId), sourceId };
};

/** The part of a description that says that an id of the REST API is accepted as well. */
export const orSourceId = 'or its id in the REST API (sourceId)';

/** The description of the `id` field of tokens and policies. */
export const globalIdDescription =
  'The opaque global id. It encodes the platform, the organization and sourceId.';
