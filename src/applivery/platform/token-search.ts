import type { CallAllowance } from '../../domain/call-allowance.ts';
import { NotFoundError, UpstreamUnavailableError } from '../../domain/errors.ts';
import type { ListPage } from '../../domain/list.ts';
import type { Operation } from '../../domain/operation.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { TokenListRequest } from '../../domain/platform.ts';
import type { TokenId } from '../../domain/token.ts';
import { abandonedError } from '../../sharing/shared-reads.ts';
import { createSharedWork } from '../../sharing/shared-work.ts';
import { missingObjectMessage } from '../failures.ts';

/** Bounds a search. */
export interface SearchBounds {
  /** Items of a page. */
  readonly limit: number;
  /** The search ends after this number of items. */
  readonly maxItems: number;
}

type ListTokens<Token> = (
  operation: Operation,
  organizationId: OrganizationId,
  request: TokenListRequest,
) => Promise<ListPage<Token>>;

/** Finds tokens in the list, for APIs that cannot get a token by its id. */
export interface TokenSearch<Token> {
  /**
   * Reads the token list, newest first and with revoked tokens, until the token appears. Throws NotFoundError if the
   * list ends without it, and UpstreamUnavailableError if the bound ends the search, since the token may exist then.
   */
  find(operation: Operation, organizationId: OrganizationId, id: TokenId): Promise<Token>;
  /** Drops the pages that the operation has read. Call it after a write of the operation. */
  forget(operation: Operation, organizationId: OrganizationId): void;
}

/** The pages of one list that an operation has read, from the first page on. */
interface Listing<Token> {
  readonly tokens: Map<TokenId, Token>;
  pages: number;
  items: number;
  isWhole: boolean;
}

/**
 * Creates a search over a list. All searches of one operation in one organization share the pages that they read. Tokens
 * that are created meanwhile only move others to later pages, and revoked tokens stay in the list, so none is skipped.
 */
export const createTokenSearch = <Token extends { readonly sourceId: TokenId }>(
  listTokens: ListTokens<Token>,
  bounds: SearchBounds,
): TokenSearch<Token> => {
  /** By the allowance, which all operations derived from one share. */
  const listings = new WeakMap<CallAllowance, Map<OrganizationId, Listing<Token>>>();

  const shareReading = createSharedWork<Listing<Token>, Operation, void>({
    starterLeaves: false,
    leaveError: abandonedError,
  });

  const listingOf = (operation: Operation, organizationId: OrganizationId): Listing<Token> => {
    const owner = operation.allowance.afterWrite;
    const ofOperation = listings.get(owner) ?? new Map<OrganizationId, Listing<Token>>();
    listings.set(owner, ofOperation);
    const known = ofOperation.get(organizationId);
    if (known) return known;
    const listing = { tokens: new Map(), pages: 0, items: 0, isWhole: false };
    ofOperation.set(organizationId, listing);
    return listing;
  };

  const readPage = async (
    operation: Operation,
    organizationId: OrganizationId,
    listing: Listing<Token>,
  ): Promise<void> => {
    const { items, hasNextPage } = await listTokens(operation, organizationId, {
      page: listing.pages + 1,
      limit: bounds.limit,
      sort: { field: 'createdAt', direction: 'descending' },
      filter: { includeDeleted: true },
    });
    for (const token of items) if (token !== null) listing.tokens.set(token.sourceId, token);
    listing.pages += 1;
    listing.items += items.length;
    listing.isWhole = !hasNextPage || items.length === 0;
  };

  return {
    find: async (operation, organizationId, id) => {
      const listing = listingOf(operation, organizationId);
      for (;;) {
        const token = listing.tokens.get(id);
        if (token !== undefined) return token;
        if (listing.isWhole) throw new NotFoundError(missingObjectMessage);
        if (listing.items >= bounds.maxItems) {
          throw new UpstreamUnavailableError(
            `The REST API cannot get this token by its id, and it is not among the newest ${listing.items} tokens of its platform, which is as far as the search goes. Find it with a filter instead.`,
            { reason: 'server', mayHaveArrived: false },
          );
        }
        await shareReading(listing, operation, () => readPage(operation, organizationId, listing));
      }
    },
    forget: (operation, organizationId) => {
      listings.get(operation.allowance.afterWrite)?.delete(organizationId);
    },
  };
};
