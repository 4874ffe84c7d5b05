import { type FailureCode, GatewayError } from '../domain/errors.ts';
import type { OrganizationId } from '../domain/organization.ts';
import { forEachConcurrently } from './concurrency.ts';
import { type ListScan, toError } from './list-scan.ts';
import type { LookupDependencies } from './lookup-dependencies.ts';
import { planLookups } from './plan.ts';

/** How the keys of a batch can be found. */
export interface BatchSource<Key extends string, Item, Value> {
  /** The list that can answer many keys at once. */
  readonly scan: ListScan<Item>;
  /** Looks for a key on the pages read so far. Undefined if they do not show it. */
  readonly findInList: (key: Key) => Value | Error | undefined;
  /** Whether a part of the list can answer a key. If not, only the complete list can. */
  readonly isPartialListEnough: boolean;
  /** Makes one call for one key. */
  readonly getOne: (key: Key) => Promise<Value>;
  readonly maxCalls: number;
  /** The error of each key that would need a call beyond `maxCalls`. */
  readonly createLimitError: () => Error;
}

export interface BatchOutcome<Key, Value> {
  /** A value or an error for every key. */
  readonly outcomes: ReadonlyMap<Key, Value | Error>;
  /** Calls that the list saved: the keys that it answered, less the pages read. */
  readonly callsSaved: number;
}

const maxConcurrentPages = 4;
const maxConcurrentGets = 8;

// After one of these errors every further call would fail the same way.
const finalCodes: ReadonlySet<FailureCode> = new Set([
  'UNAUTHENTICATED',
  'RATE_LIMITED',
  'COST_LIMIT',
]);
const isFinal = (error: unknown): boolean =>
  error instanceof GatewayError && finalCodes.has(error.code);

/** The most calls that a batch may make: `maxCalls`, or what the quota has left if that is less, but at least one. */
export const affordableCalls = (
  { quotaLeft }: Pick<LookupDependencies, 'quotaLeft'>,
  organizationId: OrganizationId,
  maxCalls: number,
): number => Math.min(maxCalls, Math.max(1, quotaLeft(organizationId) ?? maxCalls));

/** Finds every key of a batch with as few calls as the plan allows. Never rejects. */
export const runPlannedBatch = async <Key extends string, Item, Value>(
  keys: readonly Key[],
  source: BatchSource<Key, Item, Value>,
): Promise<BatchOutcome<Key, Value>> => {
  const { scan } = source;
  const outcomes = new Map<Key, Value | Error>();
  let missing = keys;
  let calls = 0;
  let foundInList = 0;
  let pagesRead = 0;

  const takeFromList = ({ isComplete }: ListScan<Item>): void => {
    if (!source.isPartialListEnough && !isComplete) return;
    for (const key of missing) {
      const outcome = source.findInList(key);
      if (outcome !== undefined) outcomes.set(key, outcome);
    }
    const before = missing.length;
    missing = missing.filter((key) => !outcomes.has(key));
    foundInList += before - missing.length;
  };

  const readList = async (): Promise<void> => {
    for (;;) {
      while (scan.pendingRead !== null) await scan.pendingRead;
      takeFromList(scan);
      const { pages } = planLookups({
        missing: missing.length,
        listSize: scan.facts.size,
        pageSize: scan.facts.pageSize,
        pagesRead: scan.pagesRead,
        canReadMore: scan.canReadMore,
        callsLeft: source.maxCalls - calls,
        isPartialListEnough: source.isPartialListEnough,
      });
      if (pages === 0) return;
      const count = Math.min(pages, maxConcurrentPages);
      calls += count;
      pagesRead += count;
      const error = await scan.readPages(count);
      if (error !== null) {
        takeFromList(scan);
        for (const key of missing) outcomes.set(key, error);
        missing = [];
      }
    }
  };

  const getEach = async (): Promise<void> => {
    let final: Error | null = null;
    await forEachConcurrently(missing, maxConcurrentGets, async (key) => {
      if (final === null && calls >= source.maxCalls) final = source.createLimitError();
      if (final !== null) {
        outcomes.set(key, final);
        return;
      }
      calls += 1;
      try {
        outcomes.set(key, await source.getOne(key));
      } catch (error) {
        outcomes.set(key, toError(error));
        if (isFinal(error)) final = toError(error);
      }
    });
  };

  await readList();
  await getEach();
  return { outcomes, callsSaved: Math.max(0, foundInList - pagesRead) };
};
