import type { ListOrderField, ListPage, ListRequest } from './list.ts';
import type { Operation } from './operation.ts';
import type { OrganizationId } from './organization.ts';

declare const mdmUserId: unique symbol;

/** A user's id in the REST API. */
export type MdmUserId = string & { readonly [mdmUserId]: true };

/** Brands a string that came as a user's id. */
export const toMdmUserId = (value: string): MdmUserId => value.toLowerCase() as MdmUserId;

/** The person a device will belong to. Timestamps are ISO 8601 in UTC with milliseconds. */
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

/** What a token says of its user: the id, and the fields that were embedded (a key that is present is known, even as null). */
export interface MdmUserReference {
  readonly sourceId: MdmUserId;
  readonly known: Partial<MdmUser>;
}

/** One page of the user list. `search` looks in e-mail, name and more; the match rule of `email` is not documented. */
export interface MdmUserListRequest extends ListRequest<ListOrderField> {
  readonly search?: string;
  readonly email?: string;
}

/** The users that every platform shares. Each method makes one upstream call and throws the errors of errors.ts. */
export interface MdmUsers {
  list(
    operation: Operation,
    organizationId: OrganizationId,
    request: MdmUserListRequest,
  ): Promise<ListPage<MdmUser>>;
  /** NotFoundError where there is none. */
  get(operation: Operation, organizationId: OrganizationId, id: MdmUserId): Promise<MdmUser>;
}
