import type { MdmUserId } from './mdm-user.ts';
import type { OrganizationId } from './organization.ts';
import type { Policy, PolicyId } from './policy.ts';
import type { Operation } from './ports.ts';
import type { EnrollmentToken, TokenId, TokenOrderField } from './token.ts';

declare const platformKey: unique symbol;

/** A platform's name in the schema's enum, in upper case; platforms are ordered by it. */
export type PlatformKey = string & { readonly [platformKey]: true };

/** Brands a platform's name. */
export const toPlatformKey = (value: string): PlatformKey => value as PlatformKey;

export type SortDirection = 'ascending' | 'descending';

/** One page of a page-numbered list. `page` counts from 1. */
export interface ListRequest<Field extends string = string> {
  readonly page: number;
  readonly limit: number;
  readonly sort: { readonly field: Field; readonly direction: SortDirection };
}

/** The filters that the API itself has. */
export interface TokenListFilter {
  readonly userId?: MdmUserId;
  readonly policyId?: PolicyId;
  readonly includeDeleted: boolean;
}

export interface TokenListRequest extends ListRequest<TokenOrderField> {
  readonly filter: TokenListFilter;
}

/** The fields that policy and user lists are sorted by. */
export type ListOrderField = 'createdAt' | 'updatedAt' | 'name' | 'email';

/** One answer of a page-numbered list, positions kept: an item that could not be read (null, or without id) is null. */
export interface ListPage<Item> {
  readonly items: readonly (Item | null)[];
  /** Items a page as the API applied it; it may have clamped what was asked. */
  readonly limit: number;
  /** What the API counted; null where it did not say. It may be wrong. */
  readonly totalCount: number | null;
  readonly hasNextPage: boolean;
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

/** A bulk create as the API counts it. */
export interface BulkCounts {
  readonly total: number;
  readonly success: number;
  readonly fail: number;
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
