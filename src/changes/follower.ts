import { setImmediate as nextIteration } from 'node:timers/promises';
import { type Clock, sleep } from '../domain/clock.ts';
import { GatewayError } from '../domain/errors.ts';
import type { UpstreamCall } from '../domain/operation.ts';
import {
  createLiveReading,
  type LiveOperation,
  type LiveReadingOptions,
  type ReadLists,
} from './live-reading.ts';
import { canGoOnAt, type ListPosition, type Positions, positionAt } from './position.ts';
import { createReadTimer, type ReadCause } from './read-timer.ts';
import type { ReadTurns } from './read-turns.ts';
import { createReadingBatches } from './reading-batches.ts';
import { tooOld, toStreamError } from './stream-errors.ts';
import { Subscriber } from './subscriber.ts';
import type { ChangeRequest, ChangeStream } from './types.ts';

export interface FollowerOptions<Node> extends LiveReadingOptions<Node> {
  readonly startOperation: (signal: AbortSignal) => LiveOperation;
  readonly encode: (positions: Positions) => string;
  readonly turns: ReadTurns<Node>;
  /** Counts calls of the organization. Returns the milliseconds to wait before making them. */
  readonly reserve: (calls: number) => Promise<number>;
  /** Whether the organization's quota is nearly used up. Readings are then rarer. */
  readonly isQuotaLow: () => boolean;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly onRead: (cause: ReadCause) => void;
  /** Called when the last subscriber has left. The follower is then of no more use. */
  readonly onIdle: () => void;
}

/** Follows the lists of one organization with one credential, for all who watch. If nobody watches, it reads nothing. */
export interface Follower<Node> {
  /** Resolves when subscribers miss nothing from then on. To be awaited before each `subscribe`. */
  readonly begin: () => Promise<void>;
  /** `resumed` is where the subscriber was before. Null: it gets changes from now on. */
  readonly subscribe: (
    request: ChangeRequest<Node>,
    resumed: Positions | null,
  ) => ChangeStream<Node>;
  /** Something may have changed: reads soon. */
  readonly hint: (cause: ReadCause) => void;
  /** Another replica has seen these versions: reads soon, if this process has not. */
  readonly learn: (versions: string) => void;
  /** Ends all streams. */
  readonly end: (error: GatewayError | null) => void;
  readonly subscriberCount: () => number;
}

interface Member<Node> {
  readonly subscriber: Subscriber<Node>;
  /** Where it stands in lists in which it may not know all that the follower knows. In others, it knows the same. */
  readonly own: Map<string, ListPosition>;
  /** Members with the same text have equal positions. */
  group: string;
}

/** How much longer the interval is while the quota is low. */
const rareFactor = 4;

/** How long a reading is handed out before other work gets a turn: many who resume at once can be at as many positions. */
const longestTurnMs = 20;

/** The group of all who know what the follower knows. */
const together = 'together';

/** Creates a follower. It reads when the first subscriber comes. */
export const createFollower = <Node>(options: FollowerOptions<Node>): Follower<Node> => {
  const { lists, clock, turns } = options;
  const members = new Set<Member<Node>>();
  const positions = new Map<string, ListPosition>();
  const stopped = new AbortController();
  const startMs = clock.epochMs();
  const reading = createLiveReading(options);
  let expectedCalls = lists.length;
  let hasAnswer = false;
  let separated = 0;

  /** Where a list starts that was not read yet. Only our own clock knows. */
  const startOf = ({ key }: { readonly key: string }): [string, ListPosition] => [
    key,
    { floorMs: startMs, seen: new Map() },
  ];

  const end = (error: GatewayError | null): void => {
    for (const { subscriber } of [...members]) subscriber.end(error);
  };

  /** The lowest time that anybody needs from a list; null if nobody has followed the list yet. */
  const floorOf = (list: string): number | null => {
    const all = [positions, ...[...members].map(({ own }) => own)];
    const floors = all.flatMap((known) => known.get(list)?.floorMs ?? []);
    return floors.length > 0 ? Math.min(...floors) : null;
  };

  /** Gives everybody what they have not got yet, and moves the follower on. `present` were there before the reading. */
  const deliver = async (
    present: ReadonlySet<Member<Node>>,
    read: ReadLists<Node>,
    calls: readonly UpstreamCall[],
  ): Promise<void> => {
    for (const { key } of lists) {
      const newest = read.get(key);
      if (positions.has(key)) continue;
      if (newest) positions.set(key, positionAt(startMs, clock.epochMs(), newest));
      else positions.set(...startOf({ key }));
    }
    const batchFor = createReadingBatches(read, new Map(positions), {
      encode: options.encode,
      calls,
      mostChanges: options.maxScanItems,
    });

    const common = batchFor(together, new Map());
    for (const [list, newest] of read) {
      const next = common?.after.get(list) ?? positionAt(Infinity, Infinity, newest);
      positions.set(list, next);
    }
    let turnMs = clock.nowMs();
    for (const member of [...members]) {
      const { subscriber, own } = member;
      // The reading may not have gone down far enough for somebody who came later.
      if (own.size > 0 && !present.has(member)) continue;
      const batch = batchFor(member.group, own);
      if (batch === null) {
        subscriber.end(tooOld());
        continue;
      }
      subscriber.push(batch.changes, own.size > 0);
      join(member, batch.after);
      if (clock.nowMs() - turnMs > longestTurnMs) {
        await nextIteration();
        turnMs = clock.nowMs();
      }
    }
  };

  /** Lets a member go on with the follower in the lists in which it knows the same. An outdated answer can delay this. */
  const join = (member: Member<Node>, reached: Positions): void => {
    const { own } = member;
    if (own.size === 0) return;
    for (const [list, before] of [...own]) {
      const position = reached.get(list) ?? before;
      const common = positions.get(list);
      if (common && canGoOnAt(position, common)) own.delete(list);
      else own.set(list, position);
    }
    separated += 1;
    member.group = own.size === 0 ? together : `separate ${separated}`;
  };

  /** Reads all lists and delivers what is new. Null if it failed as a whole, which ends all streams. */
  const readAll = async (live: LiveOperation): Promise<ReadLists<Node> | null> => {
    const present = new Set(members);
    try {
      const read = await reading.read(live, (list) => ({
        floorMs: floorOf(list),
        known: positions.get(list) ?? null,
      }));
      await deliver(present, read, live.calls);
      return read;
    } catch (error) {
      if (!(error instanceof GatewayError)) live.onBug('all', error);
      end(toStreamError(error));
      return null;
    }
  };

  const intervalMs = (): number => options.intervalMs * (options.isQuotaLow() ? rareFactor : 1);

  const timer = createReadTimer({
    clock,
    intervalMs,
    signal: stopped.signal,
    takeTurn: turns.take,
    isBehind: () =>
      turns.isBehind() || [...members].some(({ own }) => [...own.keys()].some(reading.asksFor)),
    read: async (takeCause) => {
      // Readings count when a list has answered: who may read none must not use up the share of the others.
      const reserved = hasAnswer ? expectedCalls : 0;
      const waitMs = await options.reserve(reserved);
      if (waitMs > 0) await sleep(clock, waitMs, stopped.signal);
      if (stopped.signal.aborted) {
        void options.reserve(-reserved);
        return;
      }
      const cause = takeCause();
      options.onRead(cause);
      const live = options.startOperation(stopped.signal);
      const read = await readAll(live);
      live.end();
      hasAnswer ||= read !== null && read.size > 0;
      if (hasAnswer) void options.reserve(live.calls.length - reserved);
      expectedCalls = Math.max(1, live.calls.length);
      if (read) turns.note(read, positions, cause === 'replica', intervalMs());
    },
  });

  const begin = async (): Promise<void> => {
    const other = await turns.begin(intervalMs(), stopped.signal);
    if (other === null) return;
    for (const [list, position] of other.positions) positions.set(list, position);
    timer.begin(other.waitMs);
  };
  let begun: Promise<void> | null = null;
  /** Calls when it has begun: what is read before that would be lost if it begins where another replica stands. */
  const whenBegun = (act: () => void): void => {
    void begun?.then(act);
  };

  return {
    begin: () => {
      begun ??= begin();
      return begun;
    },
    subscribe: ({ after, matches }, resumed) => {
      const own = new Map(
        [...(resumed ?? [])].filter(([list]) => lists.some(({ key }) => key === list)),
      );
      const start: Positions = new Map([...lists.map(startOf), ...positions, ...own]);
      const subscriber = new Subscriber<Node>({
        clock,
        matches,
        startCursor: () => options.encode(start),
        onEnd: () => {
          members.delete(member);
          if (members.size > 0) return;
          stopped.abort();
          options.onIdle();
        },
      });
      const group = own.size === 0 ? together : `after ${after}`;
      const member: Member<Node> = { subscriber, own, group };
      members.add(member);
      if (resumed !== null || !timer.hasBegun()) timer.hint('subscriber');
      return subscriber;
    },
    hint: (cause) => whenBegun(() => timer.hint(cause)),
    learn: (versions) => {
      turns.learn(versions);
      whenBegun(() => {
        if (turns.isBehind()) timer.hint('replica');
      });
    },
    end,
    subscriberCount: () => members.size,
  };
};
