import type { GatewayError } from './errors.ts';
import type { OrganizationId } from './organization.ts';
import type { TokenDraft } from './platform.ts';
import type { EnrollmentToken } from './token.ts';

/** What became of one address of a bulk create. */
export interface BulkResult {
  readonly email: string;
  readonly outcome: 'CREATED' | 'FAILED' | 'UNKNOWN' | 'NOT_ATTEMPTED';
  /** Null unless CREATED, and where the token of a created one could not be told. */
  readonly token: EnrollmentToken | null;
  readonly error: GatewayError | null;
}

/** The bulk create whose tokens are looked for. */
export interface SentBulk {
  readonly organizationId: OrganizationId;
  readonly draft: TokenDraft;
  /** Compares the fields that only this platform's drafts have; true where left out. */
  readonly matchesPlatform?: (token: EnrollmentToken) => boolean;
  /** Largest page to ask the API for. */
  readonly maximumLimit: number;
}
