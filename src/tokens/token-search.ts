import { NotFoundError, UpstreamUnavailableError } from './errors.ts';
import type { OrganizationId } from './organization.ts';
import type { ListPage, TokenListRequest } from './platform.ts';
import type { Operation } from './ports.ts';
import type { TokenId } from './token.ts';

/** How far a token is looked for in the list where the API cannot get one by its id. */
export interface SearchBounds {
  /** Items a page. */
  readonly limit: number;
  /** Most items that are read. */
  readonly maxItems: number;
}

type ListTokens<Token> = (
  operation: Operation,
  organizationId: OrganizationId,
  request: TokenListRequest,
) => Promise<ListPage<Token>>;

/**
 * Reads the token list, newest first and with revoked tokens, until the token appears. Tokens created meanwhile push
 * others to later pages, never past the search, and revoked ones stay in such a list. Throws NotFoundError where the list
 * ends without it, UpstreamUnavailableError where the bound ends the search: the token may exist then.
 */
export const searchToken = async <Token extends { readonly sourceId: TokenId }>(
  listTokens: ListTokens<Token>,
  bounds: SearchBounds,
  operation: Operation,
  organizationId: OrganizationId,
  id: TokenId,
): Promise<Token> => {
  let seen = 0;
  for (let page = 1; seen < bounds.maxItems; page += 1) {
    const { items, hasNextPage } = await listTokens(operation, organizationId, {
      page,
      limit: bounds.limit,
      sort: { field: 'createdAt', direction: 'descending' },
      filter: { includeDeleted: true },
    });
    const token = items.find((item) => item?.sourceId === id);
    if (token !== undefined && token !== null) return token;
    if (!hasNextPage || items.length === 0) {
      throw new NotFoundError('It does not exist, or the credential may not see it.');
    }
    seen += items.length;
  }
  throw new UpstreamUnavailableError(
    `The REST API cannot get this token by its id, and it is not among the newest ${seen} tokens of its platform, which is as far as the search goes. Find it with a filter instead.`,
    { reason: 'server', mayHaveArrived: false },
  );
};
