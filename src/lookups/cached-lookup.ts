import { CostLimitError, GatewayError, NotFoundError } from '../domain/errors.ts';
import type { Operation } from '../domain/operation.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { ListWalk } from './list-walk.ts';
import type { Lookups } from './lookups.ts';
import { runPlannedBatch } from './planned-batch.ts';
import { createRemembered } from './remembered.ts';

/** How objects of one kind are found in one organization, and what may be kept of them. */
export interface LookupKind<Key extends string, Item, Value> {
  /** Keeps its entries in the shared cache apart from those of other kinds. */
  readonly name: string;
  readonly organizationId: OrganizationId;
  /** Whether there can be such an object: nothing is called for others. */
  readonly isKey: (key: Key) => boolean;
  readonly isValue: (value: unknown, key: Key) => value is Value;
  readonly findInList: (walk: ListWalk<Item>, key: Key) => Value | Error | undefined;
  /** Every value that the list showed, to be kept along with those asked for. */
  readonly listed: (walk: ListWalk<Item>) => Iterable<readonly [Key, Value]>;
  /** Whether a part of the list answers a key, or only the whole of it. */
  readonly partsAnswer: boolean;
  /** One call; NotFoundError where there is none. */
  readonly getOne: (operation: Operation, key: Key) => Promise<Value>;
  readonly mostCalls: number;
}

export interface CachedLookup<Key, Value> {
  /** A value or an error for every key. Rejects only where the caller gave no credential. */
  readonly find: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Value | Error>>;
}

/** How long one refresh may take, and keeps others from starting. */
const refreshMs = 20_000;

/** An operation that goes on when the caller's has ended, for work that is not for it alone. */
const detach = (operation: Operation): Operation => ({
  credential: operation.credential,
  signal: AbortSignal.timeout(refreshMs),
  deadlineMs: performance.now() + refreshMs,
  cause: operation.cause,
  // What it costs is still the cost of the operation that caused it.
  allowance: operation.allowance.background,
  onCall: operation.onCall,
  ...(operation.onFailure && { onFailure: operation.onFailure }),
});

// The answer does not wait for it, and no answer could tell of its failure.
const inBackground = (work: Promise<void>): void => {
  work.catch(() => {});
};

const isLost = (outcome: unknown): boolean =>
  outcome instanceof GatewayError &&
  !outcome.retryable &&
  !(outcome instanceof NotFoundError || outcome instanceof CostLimitError);

/** The walk's list, where it is so short that its first page shows all of it. */
const isSmall = (walk: ListWalk<unknown>): boolean => walk.whole && walk.pagesRead === 1;

/**
 * Finds objects in the cache that operations share, and the rest by a planned batch. An object past its time is served
 * while one refresh runs behind it, for whichever caller saw it first.
 */
export const createCachedLookup = <Key extends string, Item, Value>(
  lookups: Lookups,
  operation: Operation,
  kind: LookupKind<Key, Item, Value>,
  /** The list for an operation: the same walk for this one until a write, another one for a refresh. */
  walkFor: (operation: Operation) => ListWalk<Item>,
): CachedLookup<Key, Value> => {
  const { organizationId } = kind;
  const { inFlight } = lookups;
  const remembered = createRemembered(lookups, operation, organizationId, kind.name, kind.isValue);

  const fetch = async (caller: Operation, keys: readonly Key[]) => {
    const epoch = inFlight.epochOf(organizationId);
    const walk = walkFor(caller);
    const pagesBefore = walk.pagesRead;
    const batch = await runPlannedBatch(keys, {
      walk,
      findInList: (key) => kind.findInList(walk, key),
      partsAnswer: kind.partsAnswer,
      getOne: (key) => kind.getOne(caller, key),
      mostCalls: Math.min(
        kind.mostCalls,
        Math.max(1, lookups.quotaLeft(organizationId) ?? kind.mostCalls),
      ),
    });
    // What was read before a write ended may be older than what the write has changed.
    if (inFlight.epochOf(organizationId) === epoch) {
      const listed = isSmall(walk) && walk.pagesRead > pagesBefore ? kind.listed(walk) : [];
      inBackground(remembered.write(new Map([...listed, ...batch.outcomes])));
    }
    return batch;
  };

  const refresh = async (keys: readonly Key[]): Promise<void> => {
    const claimed = await remembered.claim(keys, refreshMs);
    if (claimed.length === 0) return;
    const { outcomes } = await fetch(detach(operation), claimed);
    // Who may no longer read an object is not served the old one either.
    await remembered.forget(claimed.filter((key) => isLost(outcomes.get(key))));
  };

  return {
    find: async (keys) => {
      const possible = keys.filter(kind.isKey);
      const known = await remembered.read(possible);
      const outcomes = new Map<Key, Value | Error>();
      for (const [key, { value }] of known) {
        outcomes.set(key, value ?? new NotFoundError('It was not there a moment ago.'));
      }
      if (outcomes.size > 0) operation.onSaved?.('cache', outcomes.size);
      const stale = possible.filter((key) => known.get(key)?.stale);
      if (stale.length > 0) inBackground(refresh(stale));

      const missing = possible.filter((key) => !outcomes.has(key));
      if (missing.length === 0) return outcomes;
      const batch = await fetch(operation, missing);
      if (batch.callsSpared > 0) operation.onSaved?.('plan', batch.callsSpared);
      return new Map([...outcomes, ...batch.outcomes]);
    },
  };
};
