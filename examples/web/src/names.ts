import type { graphql } from './gateway.ts';

export type Platform = ReturnType<typeof graphql.scalar<'MdmPlatformInput'>>;
export type TokenState = ReturnType<typeof graphql.scalar<'EnrollmentTokenState'>>;
export type OrderField = ReturnType<typeof graphql.scalar<'EnrollmentTokenOrderField'>>;
export type Direction = ReturnType<typeof graphql.scalar<'MdmOrderDirection'>>;
export type Outcome = ReturnType<typeof graphql.scalar<'BulkEnrollmentOutcome'>>;

/** The records use the schema's enums, so that a new enum value without a name does not compile. */
export const platformNames: Readonly<Record<Platform, string>> = {
  APPLE: 'Apple',
  WINDOWS: 'Windows',
};

export const stateNames: Readonly<Record<TokenState, string>> = {
  PENDING: 'Pending',
  DONE: 'Enrolled',
  EXPIRED: 'Expired',
  DELETED: 'Revoked',
  UNRECOGNIZED: 'Unknown',
};

export const orderNames: Readonly<Record<OrderField, string>> = {
  CREATED_AT: 'Created',
  UPDATED_AT: 'Changed',
  EXPIRES_AT: 'Expires',
  DISPLAY_NAME: 'Name',
  STATE: 'State',
};

export const directionNames: Readonly<Record<Direction, string>> = {
  DESC: 'Descending',
  ASC: 'Ascending',
};

export const outcomeNames: Readonly<Record<Outcome, string>> = {
  CREATED: 'Invited',
  FAILED: 'Failed',
  NOT_ATTEMPTED: 'Not sent yet',
  UNKNOWN: 'Not known',
};

export const platforms: readonly Platform[] = ['APPLE', 'WINDOWS'];
export const states: readonly TokenState[] = ['PENDING', 'DONE', 'EXPIRED', 'DELETED'];
export const orderFields: readonly OrderField[] = [
  'CREATED_AT',
  'UPDATED_AT',
  'EXPIRES_AT',
  'DISPLAY_NAME',
  'STATE',
];
export const directions: readonly Direction[] = ['DESC', 'ASC'];
