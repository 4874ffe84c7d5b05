import type { Clock } from '../domain/clock.ts';
import { GatewayError, UnauthenticatedError } from '../domain/errors.ts';
import type { Operation, UpstreamCall } from '../domain/operation.ts';
import { isForbidden, mostUsefulFailure } from '../paging/source-failure.ts';
import type { Source, SourceSurprise } from '../paging/types.ts';
import { type NodeFacts, readNewest } from './list-reader.ts';
import type { ListPosition, NewestItems } from './position.ts';

/** A list that is followed. */
export interface FollowedList<Node> {
  readonly key: string;
  /** The list sorted by the time of the latest change, revoked items included. */
  readonly open: (operation: Operation) => Source<Node>;
}

/** The operation of one reading of all lists. */
export interface LiveOperation {
  readonly operation: Operation;
  /** The calls so far. */
  readonly calls: readonly UpstreamCall[];
  readonly onBug: (list: string, error: unknown) => void;
  readonly end: () => void;
}

/** What the lists that answered hold. */
export type ReadLists<Node> = ReadonlyMap<string, NewestItems<Node>>;

/** What one list is read for. */
export interface ListNeed {
  /** Null: the list was not followed before. */
  readonly floorMs: number | null;
  readonly known: ListPosition | null;
}

export interface LiveReadingOptions<Node> {
  readonly lists: readonly FollowedList<Node>[];
  readonly facts: (node: Node) => NodeFacts;
  readonly clock: Clock;
  readonly maxLimit: number;
  /** The most items that one reading reads of a list, besides those that are known, and that a subscriber can have missed. */
  readonly maxScanItems: number;
  readonly onSurprise: (list: string, surprise: SourceSurprise) => void;
}

/** A list that the caller may not read is asked again after this time. */
const forbiddenMs = 5 * 60_000;

/** Reads the lists of a follower. */
export interface LiveReading<Node> {
  /**
   * Reads all lists at the same time, each down to its floor. A list that fails is missing from the result. Throws
   * UnauthenticatedError, and a refusal of the caller if every list has refused it.
   */
  readonly read: (
    live: LiveOperation,
    needOf: (list: string) => ListNeed,
  ) => Promise<ReadLists<Node>>;
  /** Whether a reading would ask for this list: not if it has refused the caller a short time ago. */
  readonly asksFor: (list: string) => boolean;
}

/** Creates the readings of a follower. They remember which lists have refused the caller. */
export const createLiveReading = <Node>(options: LiveReadingOptions<Node>): LiveReading<Node> => {
  const { lists, clock } = options;
  const refusals = new Map<string, { readonly untilMs: number; readonly error: GatewayError }>();

  const asksFor = (list: string): boolean => (refusals.get(list)?.untilMs ?? 0) <= clock.nowMs();

  const readList = async (
    { key, open }: FollowedList<Node>,
    live: LiveOperation,
    need: ListNeed,
  ): Promise<NewestItems<Node> | null> => {
    if (!asksFor(key)) return null;
    try {
      const newest = await readNewest({
        source: open(live.operation),
        facts: options.facts,
        ...need,
        maxLimit: options.maxLimit,
        maxScanItems: options.maxScanItems,
        onSurprise: options.onSurprise,
        onBug: live.onBug,
      });
      refusals.delete(key);
      return newest;
    } catch (error) {
      if (!(error instanceof GatewayError) || error instanceof UnauthenticatedError) throw error;
      if (isForbidden(error)) refusals.set(key, { untilMs: clock.nowMs() + forbiddenMs, error });
      return null;
    }
  };

  const read: LiveReading<Node>['read'] = async (live, needOf) => {
    const answers = await Promise.all(
      lists.map(async (list) => ({
        key: list.key,
        newest: await readList(list, live, needOf(list.key)),
      })),
    );
    const refusal = mostUsefulFailure([...refusals.values()].map(({ error }) => error));
    if (refusal && refusals.size === lists.length) throw refusal;
    return new Map(
      answers.flatMap(({ key, newest }): [string, NewestItems<Node>][] =>
        newest ? [[key, newest]] : [],
      ),
    );
  };
  return { read, asksFor };
};
