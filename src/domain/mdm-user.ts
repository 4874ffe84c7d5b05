import type { ListPage, ListRequest } from './list.ts';
import type { Operation } from './operation.ts';
import type { OrganizationId } from './organization.ts';

declare const mdmUserId: unique symbol;

/** A user's id in the REST API. */
export type MdmUserId = string & { readonly [mdmUserId]: true };

/** Brands a user's id, as the API or a caller gave it. */
export const toMdmUserId = (value: string): MdmUserId => value.toLowerCase() as MdmUserId;

/** The API's limit of an e-mail address, in characters. */
export const longestEmail = 128;

/** A person that a device can belong to. Timestamps are ISO 8601 in UTC with milliseconds. */
export interface MdmUser {
  readonly organizationId: OrganizationId;
  readonly sourceId: MdmUserId;
  readonly email: string | null;
  readonly name: string | null;
  readonly tags: readonly string[] | null;
  readonly language: string | null;
  readonly managedAppleId: string | null;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
}

/** The user that a token names: the id and the fields embedded in the token. */
export interface MdmUserReference {
  readonly sourceId: MdmUserId;
  /** A key that is present is known, even if its value is null. */
  readonly embeddedFields: Partial<MdmUser>;
}

/**
 * A request for one page of users. `search` looks in e-mail, name and more. The API does not document how `email`
 * matches.
 */
export interface MdmUserListRequest extends ListRequest {
  readonly search?: string;
  readonly email?: string;
}

/** The users, which all platforms share. Each method makes one upstream call and throws the errors of errors.ts. */
export interface MdmUsers {
  list(
    operation: Operation,
    organizationId: OrganizationId,
    request: MdmUserListRequest,
  ): Promise<ListPage<MdmUser>>;
  /** Throws NotFoundError if there is none. */
  get(operation: Operation, organizationId: OrganizationId, id: MdmUserId): Promise<MdmUser>;
}
