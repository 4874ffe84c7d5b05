import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { NotSupportedError, surelyHadNoEffect } from '../../domain/errors.ts';
import { type Operation, withCause } from '../../domain/operation.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { Platform, TokenDraft } from '../../domain/platform.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { UpstreamRequest } from '../../rest/request.ts';
import type { Transport } from '../../rest/transport.ts';
import { createReportingSchema, mapPage, type OnSurprise } from '../envelope.ts';
import { reportUnreadable } from '../fields/fields.ts';
import { objectOf } from '../fields/object.ts';
import { createListEndpoint } from '../list-endpoint.ts';
import { readBulkCounts } from './bulk-counts.ts';
import { createPolicyReader, readPolicy } from './policy-reader.ts';
import type { PlatformSlice } from './slice.ts';
import { readToken } from './token-reader.ts';
import {
  changeBody,
  draftBody,
  joinParts,
  policyListQuery,
  type RequestBody,
  tokenListQuery,
} from './token-requests.ts';
import { createTokenSearch } from './token-search.ts';
import type { TokenWire } from './token-wire.ts';

/** The options of every platform's port. */
export interface PlatformOptions {
  /** The largest `limit` that a search asks for. */
  readonly maxLimit: number;
  /** The most items that a search reads. */
  readonly maxScanItems: number;
  readonly onSurprise: OnSurprise;
}

/**
 * If the API lacks get-one in an organization, the gateway does not ask for it there again for this long. The number of
 * organizations bounds the memory; the least recently used ones are asked again.
 */
const notSupported = { holdsMs: 300_000, maxOrganizations: 10_000 };

/**
 * Returns the function that creates one platform's port over the endpoints that all platforms of the API have. The route of
 * `revokeToken` is not documented, and those of `getToken` and `updateToken` are not documented on every platform. Their
 * paths and permissions are inferred from documented ones (CONTRACT 1).
 */
export const createPlatformFactory =
  <Draft extends TokenDraft, PlatformTokenWire extends TokenWire>(
    slice: PlatformSlice<Draft, PlatformTokenWire>,
  ) =>
  (
    transport: Transport,
    { maxLimit, maxScanItems, onSurprise }: PlatformOptions,
  ): Platform<Draft> => {
    const { key, pathName, requestNames } = slice;
    const base = `/organizations/{organizationId}/mdm/${pathName}/enterprise`;
    const tokensPath = `${base}/enrollment-tokens`;
    const tokenPath = `${tokensPath}/{tokenId}`;
    const policiesPath = `${base}/policies`;
    const tokenSchema = createReportingSchema(slice.tokenSchema, onSurprise);
    const policyObject = objectOf(slice.policyFields);
    const policySchema = createReportingSchema(policyObject, onSurprise);
    const readTokens = createListEndpoint(transport, slice.tokenSchema, onSurprise);
    const readPolicies = createListEndpoint(transport, policyObject, onSurprise);
    const policies = createPolicyReader(key, slice.policyFields);
    // A proxy may have answered for one organization only, so the memory is by organization.
    const withoutGetToken = new LRUCache<OrganizationId, true>({
      // As a size, since the cache allocates all its entries at once if it is given a count.
      maxSize: notSupported.maxOrganizations,
      sizeCalculation: () => 1,
      ttl: notSupported.holdsMs,
    });

    const toRequest = (
      method: UpstreamRequest['method'],
      path: string,
      parameters: UpstreamRequest['parameters'],
      permission: string,
      content: Pick<UpstreamRequest, 'query' | 'body'> = {},
    ): UpstreamRequest => ({
      method,
      path,
      parameters,
      permission: `mdm.${pathName}.${permission}`,
      circuit: pathName,
      ...content,
    });

    const toToken = (organizationId: OrganizationId, wire: PlatformTokenWire): EnrollmentToken =>
      // The objects that a token embeds are parsed here, so their fields are reported here.
      reportUnreadable(onSurprise, () => {
        const fields = slice.readTokenFields(wire);
        const token = readToken(
          { platform: key, organizationId, policies, onSurprise },
          wire,
          fields,
        );
        return slice.extendToken(token, wire);
      });

    const toDraftBody = (draft: Draft): RequestBody => ({
      ...draftBody(draft, requestNames),
      ...joinParts(slice.extraDraftParts(draft)),
    });

    const listTokens: Platform<Draft>['listTokens'] = async (operation, organizationId, asked) => {
      const query = tokenListQuery(asked, requestNames.policyFilter);
      const parameters = { organizationId };
      const request = toRequest('GET', tokensPath, parameters, 'enrollmentToken.list', { query });
      const page = await readTokens(operation, request, asked);
      return mapPage(page, (wire) => toToken(organizationId, wire));
    };

    const search = createTokenSearch(listTokens, { limit: maxLimit, maxItems: maxScanItems });
    const findToken: Platform<Draft>['findToken'] = (operation, organizationId, id) =>
      search.find(withCause(operation, 'seek'), organizationId, id);

    /** Sends a write. Afterwards the pages that the operation's searches have read are out of date. */
    const write = async <Data>(
      operation: Operation,
      organizationId: OrganizationId,
      request: UpstreamRequest,
      schema: z.core.$ZodType<Data>,
    ): Promise<Data> => {
      try {
        const data = await transport.exchange(operation, request, schema);
        search.forget(operation, organizationId);
        return data;
      } catch (error) {
        if (!surelyHadNoEffect(error)) search.forget(operation, organizationId);
        throw error;
      }
    };

    return {
      key,
      listTokens,
      findToken,

      getToken: async (operation, organizationId, tokenId) => {
        if (withoutGetToken.has(organizationId))
          return findToken(operation, organizationId, tokenId);
        const parameters = { organizationId, tokenId };
        const request = toRequest('GET', tokenPath, parameters, 'enrollmentToken.get');
        try {
          const wire = await transport.exchange(operation, request, tokenSchema);
          return toToken(organizationId, wire);
        } catch (error) {
          if (!(error instanceof NotSupportedError)) throw error;
          withoutGetToken.set(organizationId, true);
          onSurprise('get-one-not-supported');
          return findToken(operation, organizationId, tokenId);
        }
      },

      listPolicies: async (operation, organizationId, asked) => {
        const query = policyListQuery(asked);
        const request = toRequest('GET', policiesPath, { organizationId }, 'policy.list', {
          query,
        });
        const page = await readPolicies(operation, request, asked);
        return mapPage(page, (wire) => readPolicy(key, organizationId, wire));
      },

      getPolicy: async (operation, organizationId, policyId) => {
        const parameters = { organizationId, policyId };
        const request = toRequest('GET', `${policiesPath}/{policyId}`, parameters, 'policy.get');
        const wire = await transport.exchange(operation, request, policySchema);
        return readPolicy(key, organizationId, wire);
      },

      createToken: async (operation, organizationId, userId, draft) => {
        const body = { mdmUserId: userId, ...toDraftBody(draft) };
        const parameters = { organizationId };
        const request = toRequest('POST', tokensPath, parameters, 'enrollmentToken.create', {
          body,
        });
        return toToken(
          organizationId,
          await write(operation, organizationId, request, tokenSchema),
        );
      },

      bulkCreateTokens: async (operation, organizationId, emails, draft) => {
        const path = `${tokensPath}/bulk`;
        const body = { userEmails: emails, ...toDraftBody(draft) };
        const parameters = { organizationId };
        const request = toRequest('POST', path, parameters, 'enrollmentToken.create', { body });
        // The shape of the answer is documented on one platform only.
        const answer = await write(operation, organizationId, request, z.unknown());
        return readBulkCounts(answer, emails.length);
      },

      updateToken: async (operation, organizationId, tokenId, change) => {
        const body = changeBody(change, requestNames);
        const parameters = { organizationId, tokenId };
        const request = toRequest('PUT', tokenPath, parameters, 'enrollmentToken.update', { body });
        return toToken(
          organizationId,
          await write(operation, organizationId, request, tokenSchema),
        );
      },

      revokeToken: async (operation, organizationId, tokenId) => {
        const parameters = { organizationId, tokenId };
        const request = toRequest('DELETE', tokenPath, parameters, 'enrollmentToken.remove');
        // Any success counts, whatever its body is (CONTRACT 6).
        await write(operation, organizationId, request, z.unknown());
      },
    };
  };
