import type { BulkCounts } from './creation-record.ts';
import type { ListPage, ListRequest } from './list.ts';
import type { MdmUserId } from './mdm-user.ts';
import type { Operation } from './operation.ts';
import type { OrganizationId } from './organization.ts';
import type { PlatformKey } from './platform-key.ts';
import type { Policy, PolicyId } from './policy.ts';
import type { EnrollmentToken, TokenId, TokenOrderField } from './token.ts';

/** The filters of a token list that the API offers. */
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

/** The input of a create on any platform. A platform's own draft extends it. Absent keys are not sent. */
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

/** The fields of an update. All of them are always sent, since the API does not document what an absent one means. */
export interface TokenChange {
  readonly displayName: string | null;
  readonly tags: readonly string[];
  /** Null if there is none. */
  readonly legacyPolicyId: PolicyId | null;
  /** Whether an existing legacy policy has to be removed explicitly, for an API that keeps fields that are left out. */
  readonly clearsLegacyPolicy?: true;
  readonly policyAssignments: readonly PolicyAssignmentDraft[];
  readonly segmentId: number | null;
}

/**
 * The port that every platform implements. Each method makes one upstream call unless it says otherwise, throws the
 * errors of errors.ts, and never repeats a write.
 */
export interface Platform<Draft extends TokenDraft = TokenDraft> {
  readonly key: PlatformKey;
  listTokens(
    operation: Operation,
    organizationId: OrganizationId,
    request: TokenListRequest,
  ): Promise<ListPage<EnrollmentToken>>;
  /**
   * Throws NotFoundError if there is none. If the API has no such route, the list is scanned up to a bound. If the
   * bound ends the search, it throws UpstreamUnavailableError.
   */
  getToken(
    operation: Operation,
    organizationId: OrganizationId,
    id: TokenId,
  ): Promise<EnrollmentToken>;
  /**
   * Looks for a token, even a revoked one, in the list. Throws NotFoundError if there is none, and
   * UpstreamUnavailableError if a bound ends the search. All searches of an operation share the pages that they read.
   */
  findToken(
    operation: Operation,
    organizationId: OrganizationId,
    id: TokenId,
  ): Promise<EnrollmentToken>;
  listPolicies(
    operation: Operation,
    organizationId: OrganizationId,
    request: ListRequest,
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
  /** Throws NotSupportedError if the API has no such route. */
  updateToken(
    operation: Operation,
    organizationId: OrganizationId,
    id: TokenId,
    change: TokenChange,
  ): Promise<EnrollmentToken>;
  /** Throws NotFoundError if there is none, or no longer one, and NotSupportedError if the API has no such route. */
  revokeToken(operation: Operation, organizationId: OrganizationId, id: TokenId): Promise<void>;
}
