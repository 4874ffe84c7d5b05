import { NotSupportedError } from '../tokens/errors.ts';
import type { OrganizationId } from '../tokens/organization.ts';
import type { Platform, PlatformKey, TokenChange, TokenDraft } from '../tokens/platform.ts';
import type { Policy } from '../tokens/policy.ts';
import { withCause } from '../tokens/ports.ts';
import type { EnrollmentToken } from '../tokens/token.ts';
import { searchToken } from '../tokens/token-search.ts';
import { readBulkCounts } from './bulk-counts.ts';
import type { EnterpriseEndpoints } from './enterprise-endpoints.ts';
import { mapPage, type OnSurprise } from './envelope.ts';
import { policyListQuery, type RequestBody, tokenListQuery } from './token-requests.ts';

export interface PlatformOptions {
  /** Largest `limit` that a search asks for. Default: 500. */
  readonly maxLimit?: number;
  /** Most items that a search reads. Default: 2000. */
  readonly maxScanItems?: number;
  readonly onSurprise?: OnSurprise;
}

/** What one platform adds to the pattern that all of them follow. */
export interface EnterpriseSlice<Draft extends TokenDraft, TokenWire, PolicyWire> {
  readonly key: PlatformKey;
  readonly endpoints: EnterpriseEndpoints<TokenWire, PolicyWire>;
  /** The platform's name of the list filter by policy. */
  readonly policyFilter: string;
  readonly toToken: (organizationId: OrganizationId, wire: TokenWire) => EnrollmentToken;
  readonly toPolicy: (organizationId: OrganizationId, wire: PolicyWire) => Policy;
  /** The flat body of a create, but for whom the token is. */
  readonly draftBody: (draft: Draft) => RequestBody;
  readonly changeBody: (change: TokenChange) => RequestBody;
}

/** The port of one platform over its endpoints. */
export const createEnterprisePlatform = <Draft extends TokenDraft, TokenWire, PolicyWire>(
  slice: EnterpriseSlice<Draft, TokenWire, PolicyWire>,
  { maxLimit = 500, maxScanItems = 2000 }: PlatformOptions = {},
): Platform<Draft> => {
  const { endpoints, policyFilter, toToken, toPolicy } = slice;
  // Not documented on every platform; what the API turns out to lack is not asked for again (CONTRACT 6).
  let canGetToken = true;

  const listTokens: Platform<Draft>['listTokens'] = async (operation, organizationId, request) => {
    const query = tokenListQuery(request, policyFilter);
    const page = await endpoints.listTokens(operation, organizationId, request, query);
    return mapPage(page, (wire) => toToken(organizationId, wire));
  };

  const search: Platform<Draft>['getToken'] = (operation, organizationId, id) =>
    searchToken(
      listTokens,
      { limit: maxLimit, maxItems: maxScanItems },
      withCause(operation, 'seek'),
      organizationId,
      id,
    );

  return {
    key: slice.key,
    listTokens,

    getToken: async (operation, organizationId, id) => {
      if (!canGetToken) return search(operation, organizationId, id);
      try {
        const wire = await endpoints.getToken(operation, organizationId, id);
        return toToken(organizationId, wire);
      } catch (error) {
        if (!(error instanceof NotSupportedError)) throw error;
        canGetToken = false;
        return search(operation, organizationId, id);
      }
    },

    listPolicies: async (operation, organizationId, request) => {
      const query = policyListQuery(request);
      const page = await endpoints.listPolicies(operation, organizationId, request, query);
      return mapPage(page, (wire) => toPolicy(organizationId, wire));
    },

    getPolicy: async (operation, organizationId, id) =>
      toPolicy(organizationId, await endpoints.getPolicy(operation, organizationId, id)),

    createToken: async (operation, organizationId, userId, draft) => {
      const body = { mdmUserId: userId, ...slice.draftBody(draft) };
      return toToken(organizationId, await endpoints.createToken(operation, organizationId, body));
    },

    bulkCreateTokens: async (operation, organizationId, emails, draft) => {
      const body = { userEmails: emails, ...slice.draftBody(draft) };
      const answer = await endpoints.bulkCreateTokens(operation, organizationId, body);
      return readBulkCounts(answer, emails.length);
    },

    updateToken: async (operation, organizationId, id, change) => {
      const body = slice.changeBody(change);
      return toToken(
        organizationId,
        await endpoints.updateToken(operation, organizationId, id, body),
      );
    },

    revokeToken: (operation, organizationId, id) =>
      endpoints.deleteToken(operation, organizationId, id),
  };
};
