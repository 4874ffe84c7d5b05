import { GatewayError, RateLimitedError } from '../domain/errors.ts';
import { forEachBounded } from './bounded.ts';
import { type ListWalk, toError } from './list-walk.ts';
import { planLookups } from './plan.ts';

/** What a batch needs to find its keys. */
export interface BatchSource<Key extends string, Item, Value> {
  /** The list that shows many keys at once; null where there is none. */
  readonly walk: ListWalk<Item> | null;
  /** What the pages read so far say of a key; undefined where they do not show it. */
  readonly findInList: (key: Key) => Value | Error | undefined;
  /** Whether a part of the list answers a key, or only the whole of it. */
  readonly partsAnswer: boolean;
  /** One call for one key. */
  readonly getOne: (key: Key) => Promise<Value>;
  readonly mostCalls: number;
}

export interface BatchOutcome<Key, Value> {
  /** A value or an error for every key. */
  readonly outcomes: ReadonlyMap<Key, Value | Error>;
  /** Get-ones that list pages made needless, less those pages. */
  readonly callsSpared: number;
}

const pagesAtOnce = 4;
const getsAtOnce = 8;

// After one of these every further call would end the same way.
const finalCodes: ReadonlySet<string> = new Set(['UNAUTHENTICATED', 'RATE_LIMITED', 'COST_LIMIT']);
const isFinal = (error: unknown): boolean =>
  error instanceof GatewayError && finalCodes.has(error.code);

/** Finds every key of a batch with as few calls as the plan knows how. Never rejects. */
export const runPlannedBatch = async <Key extends string, Item, Value>(
  keys: readonly Key[],
  source: BatchSource<Key, Item, Value>,
): Promise<BatchOutcome<Key, Value>> => {
  const { walk } = source;
  const outcomes = new Map<Key, Value | Error>();
  let missing = keys;
  let calls = 0;
  let shown = 0;
  let pagesRead = 0;

  const takeFromList = ({ whole }: ListWalk<Item>): void => {
    if (!source.partsAnswer && !whole) return;
    for (const key of missing) {
      const outcome = source.findInList(key);
      if (outcome !== undefined) outcomes.set(key, outcome);
    }
    const before = missing.length;
    missing = missing.filter((key) => !outcomes.has(key));
    shown += before - missing.length;
  };

  const readList = async (): Promise<void> => {
    while (walk !== null) {
      while (walk.reading !== null) await walk.reading;
      takeFromList(walk);
      const { pages } = planLookups({
        missing: missing.length,
        listSize: walk.facts.size,
        pageSize: walk.facts.pageSize,
        pagesRead: walk.pagesRead,
        listOpen: walk.open,
        callsLeft: source.mostCalls - calls,
        partsAnswer: source.partsAnswer,
      });
      if (pages === 0) return;
      const pagesNow = Math.min(pages, pagesAtOnce);
      calls += pagesNow;
      pagesRead += pagesNow;
      const error = await walk.read(pagesNow);
      if (error !== null) {
        takeFromList(walk);
        for (const key of missing) outcomes.set(key, error);
        missing = [];
      }
    }
  };

  const getEach = async (): Promise<void> => {
    let final: Error | null = null;
    await forEachBounded(missing, getsAtOnce, async (key) => {
      if (final === null && calls >= source.mostCalls) final = tooMany();
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
  return { outcomes, callsSpared: Math.max(0, shown - pagesRead) };
};

const tooMany = (): Error =>
  new RateLimitedError(
    'Too many objects would have to be looked up one by one. Ask for fewer at once; what was found is remembered for a while.',
    1000,
  );
