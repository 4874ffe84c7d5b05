import { CostLimitError, RateLimitedError } from '../domain/errors.ts';
import type { Operation } from '../domain/operation.ts';
import { isEntityId, type OrganizationId } from '../domain/organization.ts';
import type { Platform } from '../domain/platform.ts';
import type { EnrollmentToken, TokenId } from '../domain/token.ts';
import { renewAfterWrites } from '../sharing/write-generations.ts';
import { createBatchLoader, type FindBatch } from './batch-loader.ts';
import type { LookupDependencies } from './lookup-dependencies.ts';
import { createOperationScans } from './operation-scans.ts';
import { maxCallsPerBatch } from './plan.ts';
import { affordableCalls, runPlannedBatch } from './planned-batch.ts';

/** Looks up the tokens of one platform and organization, for one operation. */
export interface TokenLookup {
  readonly load: (id: TokenId) => Promise<EnrollmentToken>;
}

const quotaMessage =
  "Too many tokens would have to be got one by one for what is left of the organization's quota. Ask again later, or for fewer at a time.";

const limitMessage = `Too many tokens would have to be got one by one: at most ${maxCallsPerBatch.token} calls are made for the tokens of one platform. Lists do not show revoked and unknown tokens. Ask for fewer at a time.`;

/**
 * Creates a lookup of tokens by id: from pages of the platform's list, and one call for each id that they do not show.
 * Nothing is kept for other operations, and nothing that was read before a write is used after it.
 */
export const createTokenLookup = (
  dependencies: LookupDependencies,
  operation: Operation,
  organizationId: OrganizationId,
  platform: Platform,
): TokenLookup => {
  // A list can be long, and a token can embed whole policies. So the operation keeps only the tokens that it asks for.
  const wanted = new Set<TokenId>();

  const scanFor = createOperationScans<EnrollmentToken>(
    dependencies,
    operation,
    organizationId,
    `token:${platform.key}`,
    async (caller, organization, request) => {
      // Without revoked tokens. Whether the API returns one that is asked for by its id is not documented (CONTRACT 6),
      // and a token must not depend on the other ids of its batch. So revoked tokens are always got by their ids.
      const filter = { includeDeleted: false };
      const page = await platform.listTokens(caller, organization, { ...request, filter });
      const items = page.items.map((token) => (token && wanted.has(token.sourceId) ? token : null));
      return { ...page, items };
    },
  );

  const find: FindBatch<TokenId, EnrollmentToken> = async (ids) => {
    const possible = ids.filter(isEntityId);
    for (const id of possible) wanted.add(id);
    const scan = scanFor(operation);
    const maxCalls = affordableCalls(dependencies, organizationId, maxCallsPerBatch.token);
    const { outcomes, callsSaved } = await runPlannedBatch(possible, {
      scan,
      findInList: (id) => scan.items.get(id),
      isPartialListEnough: true,
      getOne: (id) => platform.getToken(operation, organizationId, id),
      maxCalls,
      // Tokens are not cached, so the same batch would fail again, unless only the quota was short.
      createLimitError: () =>
        maxCalls < maxCallsPerBatch.token
          ? new RateLimitedError(quotaMessage, 1000)
          : new CostLimitError(limitMessage),
    });
    if (callsSaved > 0) operation.onSaved?.('plan', callsSaved);
    return outcomes;
  };

  const loader = renewAfterWrites(dependencies.sharedReads, organizationId, () =>
    createBatchLoader(operation, find),
  );
  return { load: (id) => loader().load(id) };
};
