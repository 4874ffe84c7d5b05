import { InputRejectedError } from '../domain/errors.ts';
import { isEntityId, type OrganizationId, toOrganizationId } from '../domain/organization.ts';

/** What a global id holds: the type (and so the platform), the organization, and the id in the REST API. */
export interface GlobalId {
  readonly typename: string;
  readonly organizationId: OrganizationId;
  readonly sourceId: string;
}

const separator = ':';

/** No id of this gateway is longer: a longer text is not even decoded. */
export const longestGlobalId = 128;

/** The part of a global id after the type's name. */
export const entityKey = (entity: {
  readonly organizationId: string;
  readonly sourceId: string;
}): string => `${entity.organizationId}${separator}${entity.sourceId}`;

/** Makes an opaque global id out of a type's name and an entity's key. */
export const encodeTypeAndKey = (typename: string, key: string | number | bigint): string =>
  Buffer.from(`${typename}${separator}${key}`, 'utf8').toString('base64url');

/** Reads a global id; InputRejectedError (at `path`) for anything that this gateway never made. */
export const decodeGlobalId = (value: string, path: readonly string[]): GlobalId => {
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
        message: `${path.join('.')} is not an id of this gateway: use an id that it returned.`,
      },
    ]);
  }
  return { typename, organizationId: toOrganizationId(organizationId), sourceId };
};

/** The id field of every type that has a global id, as the Relay plugin takes it. */
export const globalIdOf = {
  description: 'Opaque and global: it encodes platform, organization and sourceId.',
  resolve: entityKey,
};
