import type { graphql } from './gateway.ts';

export type Platform = ReturnType<typeof graphql.scalar<'MdmPlatformInput'>>;
export type TokenState = ReturnType<typeof graphql.scalar<'EnrollmentTokenState'>>;

/** Records over the schema's enums: a value that is new to the schema does not compile without a name. */
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
