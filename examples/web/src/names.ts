import type { graphql } from './gateway.ts';

export type Platform = ReturnType<typeof graphql.scalar<'MdmPlatformInput'>>;
export type TokenState = ReturnType<typeof graphql.scalar<'EnrollmentTokenState'>>;

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

export const platforms: readonly Platform[] = ['APPLE', 'WINDOWS'];
export const states: readonly TokenState[] = ['PENDING', 'DONE', 'EXPIRED', 'DELETED'];
