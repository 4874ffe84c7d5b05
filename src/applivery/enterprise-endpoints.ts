import { z } from 'zod';
import type { ListPage, ListRequest } from '../domain/list.ts';
import type { Operation } from '../domain/operation.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { PolicyId } from '../domain/policy.ts';
import type { TokenId } from '../domain/token.ts';
import type { Transport, UpstreamRequest } from '../rest/transport.ts';
import { noting, type OnSurprise } from './envelope.ts';
import { createListEndpoint } from './list-endpoint.ts';
import type { RequestBody } from './token-requests.ts';

type Query = Readonly<Record<string, string>>;

/** What tells one platform's endpoints from another's. */
export interface EnterpriseWords<TokenWire, PolicyWire> {
  /** The platform's name in paths, permissions and the breaker's circuit. */
  readonly name: string;
  readonly token: z.ZodType<TokenWire>;
  readonly policy: z.ZodType<PolicyWire>;
  readonly onSurprise?: OnSurprise;
}

/** The paths and verbs of one platform: one call each, parsed, in the platform's own words. */
export interface EnterpriseEndpoints<TokenWire, PolicyWire> {
  listTokens(
    operation: Operation,
    organizationId: OrganizationId,
    page: ListRequest<string>,
    query: Query,
  ): Promise<ListPage<TokenWire>>;
  getToken(operation: Operation, organizationId: OrganizationId, id: TokenId): Promise<TokenWire>;
  createToken(
    operation: Operation,
    organizationId: OrganizationId,
    body: RequestBody,
  ): Promise<TokenWire>;
  /** The answer as it came: its shape is documented on one platform only. */
  bulkCreateTokens(
    operation: Operation,
    organizationId: OrganizationId,
    body: RequestBody,
  ): Promise<unknown>;
  updateToken(
    operation: Operation,
    organizationId: OrganizationId,
    id: TokenId,
    body: RequestBody,
  ): Promise<TokenWire>;
  /** Any success is one, whatever its body (CONTRACT 6). */
  deleteToken(operation: Operation, organizationId: OrganizationId, id: TokenId): Promise<void>;
  listPolicies(
    operation: Operation,
    organizationId: OrganizationId,
    page: ListRequest<string>,
    query: Query,
  ): Promise<ListPage<PolicyWire>>;
  getPolicy(
    operation: Operation,
    organizationId: OrganizationId,
    id: PolicyId,
  ): Promise<PolicyWire>;
}

/**
 * Endpoints of the pattern that every platform of the API follows. The verbs `remove`, and `update` and `get` where
 * they are undocumented, follow the pattern of their neighbours in the permissions' names (CONTRACT 1).
 */
export const createEnterpriseEndpoints = <TokenWire, PolicyWire>(
  transport: Transport,
  { name, token, policy, onSurprise }: EnterpriseWords<TokenWire, PolicyWire>,
): EnterpriseEndpoints<TokenWire, PolicyWire> => {
  const base = `/organizations/{organizationId}/mdm/${name}/enterprise`;
  const tokensPath = `${base}/enrollment-tokens`;
  const tokenPath = `${tokensPath}/{tokenId}`;
  const policiesPath = `${base}/policies`;
  const notedToken = noting(token, onSurprise);
  const notedPolicy = noting(policy, onSurprise);
  const readTokens = createListEndpoint(transport, token, onSurprise);
  const readPolicies = createListEndpoint(transport, policy, onSurprise);

  const request = (
    method: UpstreamRequest['method'],
    path: string,
    parameters: Readonly<Record<string, string>>,
    permission: string,
    content: Pick<UpstreamRequest, 'query' | 'body'> = {},
  ): UpstreamRequest => ({
    method,
    path,
    parameters,
    permission: `mdm.${name}.${permission}`,
    circuit: name,
    ...content,
  });

  return {
    listTokens: (operation, organizationId, page, query) =>
      readTokens(
        operation,
        request('GET', tokensPath, { organizationId }, 'enrollmentToken.list', { query }),
        page,
      ),
    getToken: (operation, organizationId, tokenId) =>
      transport.exchange(
        operation,
        request('GET', tokenPath, { organizationId, tokenId }, 'enrollmentToken.get'),
        notedToken,
      ),
    createToken: (operation, organizationId, body) =>
      transport.exchange(
        operation,
        request('POST', tokensPath, { organizationId }, 'enrollmentToken.create', { body }),
        notedToken,
      ),
    bulkCreateTokens: (operation, organizationId, body) =>
      transport.exchange(
        operation,
        request('POST', `${tokensPath}/bulk`, { organizationId }, 'enrollmentToken.create', {
          body,
        }),
        z.unknown(),
      ),
    updateToken: (operation, organizationId, tokenId, body) =>
      transport.exchange(
        operation,
        request('PUT', tokenPath, { organizationId, tokenId }, 'enrollmentToken.update', { body }),
        notedToken,
      ),
    deleteToken: async (operation, organizationId, tokenId) => {
      await transport.exchange(
        operation,
        request('DELETE', tokenPath, { organizationId, tokenId }, 'enrollmentToken.remove'),
        z.unknown(),
      );
    },
    listPolicies: (operation, organizationId, page, query) =>
      readPolicies(
        operation,
        request('GET', policiesPath, { organizationId }, 'policy.list', { query }),
        page,
      ),
    getPolicy: (operation, organizationId, policyId) =>
      transport.exchange(
        operation,
        request('GET', `${policiesPath}/{policyId}`, { organizationId, policyId }, 'policy.get'),
        notedPolicy,
      ),
  };
};
