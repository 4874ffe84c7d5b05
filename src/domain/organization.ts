import type { Operation } from './operation.ts';

declare const organizationId: unique symbol;

/** The 24-digit id of an organization, in lower case; never a slug. */
export type OrganizationId = string & { readonly [organizationId]: true };

/** Brands a string that is known to be an organization's 24-digit id. */
export const toOrganizationId = (value: string): OrganizationId =>
  value.toLowerCase() as OrganizationId;

/** Whether a text has the form of an entity id of the REST API: 24 hexadecimal digits. */
export const isEntityId = (value: string): boolean => /^[a-f\d]{24}$/i.test(value);

/** Whether a text can name an organization: an id, or a slug of three or more letters, digits and hyphens. */
export const isOrganizationName = (value: string): boolean => /^[a-z\d-]{3,128}$/i.test(value);

/** Turns what a caller calls an organization into its id. */
export interface Organizations {
  /**
   * An id passes without a call; a slug costs one call the first time and is remembered. InputRejectedError for what
   * can be neither, NotFoundError for what is unknown.
   */
  resolve(operation: Operation, name: string): Promise<OrganizationId>;
  /** One call. False only where the API says that there is none, or none that the caller may see. */
  exists(operation: Operation, id: OrganizationId): Promise<boolean>;
}
