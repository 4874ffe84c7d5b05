import { LRUCache } from 'lru-cache';
import { NotSupportedError, surelyHadNoEffect } from '../../domain/errors.ts';
import { type Operation, withCause } from '../../domain/operation.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { Platform, TokenChange, TokenDraft } from '../../domain/platform.ts';
import type { PlatformKey } from '../../domain/platform-key.ts';
import type { Policy } from '../../domain/policy.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import { limits } from '../../rest/limits.ts';
import type { EnterpriseEndpoints } from '../enterprise-endpoints.ts';
import { mapPage, type OnSurprise } from '../envelope.ts';
import { notingUnreadable } from '../fields/fields.ts';
import { readBulkCounts } from './bulk-counts.ts';
import { policyListQuery, type RequestBody, tokenListQuery } from './token-requests.ts';
import { createTokenSearch } from './token-search.ts';

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
  { maxLimit = 500, maxScanItems = 2000, onSurprise = () => {} }: PlatformOptions = {},
): Platform<Draft> => {
  const { endpoints, policyFilter, toPolicy } = slice;
  /** What a token embeds is parsed here. */
  const toToken: typeof slice.toToken = (organizationId, wire) =>
    notingUnreadable(onSurprise, () => slice.toToken(organizationId, wire));
  // Get-one is not documented on every platform. Where the API turns out to lack it, it is not asked for again for a while
  // (CONTRACT 6). A proxy may have said so, of this organization only: others are asked all the same.
  const withoutGetToken = new LRUCache<OrganizationId, true>({
    // As a size: for a count the cache takes room for all its entries when it is made.
    maxSize: limits.unsupported.organizations,
    sizeCalculation: () => 1,
    ttl: limits.unsupported.holdsMs,
  });

  const listTokens: Platform<Draft>['listTokens'] = async (operation, organizationId, request) => {
    const query = tokenListQuery(request, policyFilter);
    const page = await endpoints.listTokens(operation, organizationId, request, query);
    return mapPage(page, (wire) => toToken(organizationId, wire));
  };

  const search = createTokenSearch(listTokens, { limit: maxLimit, maxItems: maxScanItems });
  const findToken: Platform<Draft>['findToken'] = (operation, organizationId, id) =>
    search.find(withCause(operation, 'seek'), organizationId, id);

  /** What the operation has read of the list is out of date once a write may have changed it. */
  const write = async <Value>(
    operation: Operation,
    organizationId: OrganizationId,
    send: () => Promise<Value>,
  ): Promise<Value> => {
    try {
      const value = await send();
      search.forget(operation, organizationId);
      return value;
    } catch (error) {
      if (!surelyHadNoEffect(error)) search.forget(operation, organizationId);
      throw error;
    }
  };

  return {
    key: slice.key,
    listTokens,

    getToken: async (operation, organizationId, id) => {
      if (withoutGetToken.has(organizationId)) return findToken(operation, organizationId, id);
      try {
        const wire = await endpoints.getToken(operation, organizationId, id);
        return toToken(organizationId, wire);
      } catch (error) {
        if (!(error instanceof NotSupportedError)) throw error;
        withoutGetToken.set(organizationId, true);
        onSurprise('get-one-not-supported');
        return findToken(operation, organizationId, id);
      }
    },

    findToken,

    listPolicies: async (operation, organizationId, request) => {
      const query = policyListQuery(request);
      const page = await endpoints.listPolicies(operation, organizationId, request, query);
      return mapPage(page, (wire) => toPolicy(organizationId, wire));
    },

    getPolicy: async (operation, organizationId, id) =>
      toPolicy(organizationId, await endpoints.getPolicy(operation, organizationId, id)),

    createToken: async (operation, organizationId, userId, draft) => {
      const body = { mdmUserId: userId, ...slice.draftBody(draft) };
      const wire = await write(operation, organizationId, () =>
        endpoints.createToken(operation, organizationId, body),
      );
      return toToken(organizationId, wire);
    },

    bulkCreateTokens: async (operation, organizationId, emails, draft) => {
      const body = { userEmails: emails, ...slice.draftBody(draft) };
      const answer = await write(operation, organizationId, () =>
        endpoints.bulkCreateTokens(operation, organizationId, body),
      );
      return readBulkCounts(answer, emails.length);
    },

    updateToken: async (operation, organizationId, id, change) => {
      const body = slice.changeBody(change);
      const wire = await write(operation, organizationId, () =>
        endpoints.updateToken(operation, organizationId, id, body),
      );
      return toToken(organizationId, wire);
    },

    revokeToken: (operation, organizationId, id) =>
      write(operation, organizationId, () => endpoints.deleteToken(operation, organizationId, id)),
  };
};
