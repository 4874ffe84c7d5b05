import type { Operation } from './operation.ts';

declare const organizationId: unique symbol;

/** The 24-digit id of an organization, in lower case; never a slug. */
export type OrganizationId = string & { readonly [organizationId]: true };

/** Brands a string that is known to be an organization's 24-digit id. */
export const toOrganizationId = (value: string): OrganizationId =>
  value.toLowerCase() as OrganizationId;

/** Whether a text has the form of an entity id of the REST API: 24 hexadecimal digits. */
export const isEntityId = (value: string): boolean => /^[a-f\d]{24}$/i.test(value);

/** The API's limit of the name of an organization, in characters. */
export const longestOrganizationName = 128;

/** Whether a text can name an organization. `organizationNameRule` says what that is. */
export const isOrganizationName = (value: string): boolean =>
  value.length <= longestOrganizationName && /^[a-z\d-]{3,}$/i.test(value);

/** The error message for a text that cannot name an organization. */
export const organizationNameRule =
  'organizationId must be 24 hexadecimal digits, or a slug of three or more letters, digits and hyphens.';

/** Finds organizations. */
export interface Organizations {
  /**
   * Returns the id of an organization given by id or slug. An id takes no call. A slug takes one call the first time,
   * and is cached. Throws InputRejectedError for a name that can be neither, and NotFoundError for an unknown one.
   */
  resolve(operation: Operation, name: string): Promise<OrganizationId>;
  /** Makes one call. Returns false only if the API says that there is none, or none that the caller may see. */
  exists(operation: Operation, id: OrganizationId): Promise<boolean>;
}
