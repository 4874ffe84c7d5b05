import { CostLimitError, GatewayError, NotFoundError, RateLimitedError } from '../domain/errors.ts';
import type { Operation } from '../domain/operation.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { ListScan } from './list-scan.ts';
import type { LookupDependencies } from './lookup-dependencies.ts';
import type { ScanFor } from './operation-scans.ts';
import { affordableCalls, runPlannedBatch } from './planned-batch.ts';
import { createResultCache } from './result-cache.ts';

/** How objects of one kind in one organization are found and cached. */
export interface LookupKind<Key extends string, Item, Value> {
  /** Separates its cache entries from those of other kinds. */
  readonly name: string;
  readonly organizationId: OrganizationId;
  /** Whether an object with this key can exist. No call is made for other keys. */
  readonly isKey: (key: Key) => boolean;
  readonly isValue: (value: unknown, key: Key) => value is Value;
  readonly findInList: (scan: ListScan<Item>, key: Key) => Value | Error | undefined;
  /** Every value on the pages read, to be cached along with the values that were asked for. */
  readonly valuesOf: (scan: ListScan<Item>) => Iterable<readonly [Key, Value]>;
  /** Whether a part of the list can answer a key. If not, only the complete list can. */
  readonly isPartialListEnough: boolean;
  /** Makes one call. Throws NotFoundError if there is no such object. */
  readonly getOne: (operation: Operation, key: Key) => Promise<Value>;
  readonly maxCalls: number;
}

export interface CachedLookup<Key, Value> {
  /** Returns a value or an error for every key. Rejects only if the caller gave no credential. */
  readonly find: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Value | Error>>;
}

/** How long a refresh may take. No other refresh of the same keys starts in this time. */
const refreshMs = 20_000;

/** An operation for a refresh, which other operations use too. It goes on if the caller's operation ends. */
const detachOperation = (operation: Operation): Operation => ({
  credential: operation.credential,
  signal: AbortSignal.timeout(refreshMs),
  deadlineMs: performance.now() + refreshMs,
  cause: operation.cause,
  // The calls still count as calls of the operation that caused the refresh.
  allowance: operation.allowance.background,
  onCall: operation.onCall,
  ...(operation.onFailure && { onFailure: operation.onFailure }),
});

// The answer does not wait for this work and cannot show its failure.
const runInBackground = (work: Promise<void>): void => {
  work.catch(() => {});
};

const isPermanentFailure = (outcome: unknown): boolean =>
  outcome instanceof GatewayError &&
  !outcome.retryable &&
  !(outcome instanceof NotFoundError || outcome instanceof CostLimitError);

/** Whether the first page shows the complete list. */
const isOnePage = (scan: ListScan<unknown>): boolean => scan.isComplete && scan.pagesRead === 1;

/**
 * Creates a lookup that uses the shared cache, and a planned batch for the keys that it does not hold. If an entry is
 * stale, it is served and refreshed in the background, once for all callers.
 */
export const createCachedLookup = <Key extends string, Item, Value>(
  dependencies: LookupDependencies,
  operation: Operation,
  kind: LookupKind<Key, Item, Value>,
  scanFor: ScanFor<Item>,
): CachedLookup<Key, Value> => {
  const { organizationId } = kind;
  const { sharedReads } = dependencies;
  const cache = createResultCache(dependencies, operation, organizationId, kind.name, kind.isValue);

  const fetch = async (caller: Operation, keys: readonly Key[]) => {
    const generation = sharedReads.generationOf(organizationId);
    const scan = scanFor(caller);
    const pagesBefore = scan.pagesRead;
    const batch = await runPlannedBatch(keys, {
      scan,
      findInList: (key) => kind.findInList(scan, key),
      isPartialListEnough: kind.isPartialListEnough,
      getOne: (key) => kind.getOne(caller, key),
      maxCalls: affordableCalls(dependencies, organizationId, kind.maxCalls),
      createLimitError: () =>
        new RateLimitedError(
          'Too many objects would have to be looked up one by one. Ask for fewer at a time; those that were found are cached for a while.',
          1000,
        ),
    });
    // If a write has ended meanwhile, the values can be older than that write.
    if (sharedReads.generationOf(organizationId) === generation) {
      const listed = isOnePage(scan) && scan.pagesRead > pagesBefore ? kind.valuesOf(scan) : [];
      runInBackground(cache.write(new Map([...listed, ...batch.outcomes])));
    }
    return batch;
  };

  const refresh = async (keys: readonly Key[]): Promise<void> => {
    const claimed = await cache.claimRefresh(keys, refreshMs);
    if (claimed.length === 0) return;
    const { outcomes } = await fetch(detachOperation(operation), claimed);
    // A caller that may no longer read an object must not get the old value either.
    await cache.remove(claimed.filter((key) => isPermanentFailure(outcomes.get(key))));
  };

  return {
    find: async (keys) => {
      const possible = keys.filter(kind.isKey);
      const cached = await cache.read(possible);
      const outcomes = new Map<Key, Value | Error>();
      for (const [key, { value }] of cached) {
        outcomes.set(key, value ?? new NotFoundError('It did not exist a few seconds ago.'));
      }
      if (outcomes.size > 0) operation.onSaved?.('cache', outcomes.size);
      const stale = possible.filter((key) => cached.get(key)?.isStale);
      if (stale.length > 0) runInBackground(refresh(stale));

      const missing = possible.filter((key) => !outcomes.has(key));
      if (missing.length === 0) return outcomes;
      const batch = await fetch(operation, missing);
      if (batch.callsSaved > 0) operation.onSaved?.('plan', batch.callsSaved);
      return new Map([...outcomes, ...batch.outcomes]);
    },
  };
};
