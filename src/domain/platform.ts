import type { BulkCounts } from './creation-record.ts';
import type { ListOrderField, ListPage, ListRequest } from './list.ts';
import type { MdmUserId } from './mdm-user.ts';
import type { Operation } from './operation.ts';
import type { OrganizationId } from './organization.ts';
import type { PlatformKey } from './platform-key.ts';
import type { Policy, PolicyId } from './policy.ts';
import type { EnrollmentToken, TokenId, TokenOrderField } from './token.ts';

/** The filters that the API itself has. */
export interface TokenListFilter {
  readonly userId?: MdmUserId;
  readonly policyId?: PolicyId;
  readonly includeDeleted: boolean;
}

export interface TokenListRequest extends ListRequest<TokenOrderField> {
  readonly filter: TokenListFilter;
}

/** One policy of a create or update. */
export interface PolicyAssignmentDraft {
  readonly policyId: PolicyId;
  readonly priority: number;
}

/** What a create of any platform takes; a platform's own draft extends it. Absent keys are not sent. */
export interface TokenDraft {
  readonly sendEmail: boolean;
  readonly displayName?: string;
  readonly tags?: readonly string[];
  readonly durationSeconds?: number;
  readonly language?: string;
  readonly emailText?: string;
  readonly policyAssignments?: readonly PolicyAssignmentDraft[];
  readonly segmentId?: number;
}

/** The five fields that an update sends, all of them: the API does not say what it does with an absent one. */
export interface TokenChange {
  readonly displayName: string | null;
  readonly tags: readonly string[];
  /** Null: there is none. */
  readonly legacyPolicyId: PolicyId | null;
  /** Whether one that is there is to go by name, for an API that keeps what is left out. */
  readonly clearsLegacyPolicy?: true;
  readonly policyAssignments: readonly PolicyAssignmentDraft[];
  readonly segmentId: number | null;
}

/**
 * What any platform must be able to do. Every method makes one upstream call unless it says otherwise, and throws
 * the errors of errors.ts. Writes are never repeated by it.
 */
export interface Platform<Draft extends TokenDraft = TokenDraft> {
  readonly key: PlatformKey;
  listTokens(
    operation: Operation,
    organizationId: OrganizationId,
    request: TokenListRequest,
  ): Promise<ListPage<EnrollmentToken>>;
  /**
   * NotFoundError where there is none. Where the API has no such route, its list is scanned within a bound
   * (UpstreamUnavailableError where the bound ends the search).
   */
  getToken(
    operation: Operation,
    organizationId: OrganizationId,
    id: TokenId,
  ): Promise<EnrollmentToken>;
  /**
   * Looks for a token, also a revoked one, in the list, within a bound (UpstreamUnavailableError if that ends the search).
   * NotFoundError if there is none. All searches of an operation share the pages that they read.
   */
  findToken(
    operation: Operation,
    organizationId: OrganizationId,
    id: TokenId,
  ): Promise<EnrollmentToken>;
  listPolicies(
    operation: Operation,
    organizationId: OrganizationId,
    request: ListRequest<ListOrderField>,
  ): Promise<ListPage<Policy>>;
  getPolicy(operation: Operation, organizationId: OrganizationId, id: PolicyId): Promise<Policy>;
  createToken(
    operation: Operation,
    organizationId: OrganizationId,
    userId: MdmUserId,
    draft: Draft,
  ): Promise<EnrollmentToken>;
  bulkCreateTokens(
    operation: Operation,
    organizationId: OrganizationId,
    emails: readonly string[],
    draft: Draft,
  ): Promise<BulkCounts>;
  /** NotSupportedError where the API has no such route. */
  updateToken(
    operation: Operation,
    organizationId: OrganizationId,
    id: TokenId,
    change: TokenChange,
  ): Promise<EnrollmentToken>;
  /** NotFoundError where there is none (any more); NotSupportedError where the API has no such route. */
  revokeToken(operation: Operation, organizationId: OrganizationId, id: TokenId): Promise<void>;
}
