import type { NodeFacts } from '../../src/changes/list-reader.ts';
import type { FollowedList } from '../../src/changes/live-reading.ts';
import type { Clock } from '../../src/domain/clock.ts';
import type { GatewayError } from '../../src/domain/errors.ts';
import type { ListPage } from '../../src/domain/list.ts';
import type { SourceRequest } from '../../src/paging/types.ts';

/** One version of an item. Times are in milliseconds since 1970. */
export interface Version {
  readonly id: string;
  readonly list: string;
  readonly number: number;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly isRevoked: boolean;
  readonly visibleMs: number;
}

const toText = (time: number): string => new Date(time).toISOString();

export const factsOf = ({ id, createdMs, updatedMs, isRevoked }: Version): NodeFacts => ({
  id,
  createdAt: toText(createdMs),
  updatedAt: toText(updatedMs),
  isRevoked,
});

/** Lists as an API has them: others change them between and during reads, and some changes become visible late. */
export interface ChangingLists {
  readonly lists: readonly FollowedList<Version>[];
  /** Makes a change now. Returns undefined if there is nothing to change. */
  readonly change: (change: Change) => Version | undefined;
  /** Makes changes right before the next answer. */
  readonly duringNextRead: (change: Change) => void;
  /** Makes a list fail. Null: it answers again. */
  readonly fail: (list: string, error: GatewayError | null) => void;
  /** Makes a list fail for requests of what comes after this many items. */
  readonly failFrom: (list: string, count: number, error: GatewayError | null) => void;
  /** Limits the items of an answer. */
  readonly setClamp: (limit: number) => void;
  /** How old the state is that answers show, as of a replica that is behind. */
  readonly setLag: (ms: number) => void;
  readonly latest: () => readonly Version[];
  /** The requests so far. */
  readonly reads: readonly Read[];
}

export interface Read {
  readonly list: string;
  readonly atMs: number;
  readonly limit: number;
}

export interface Change {
  readonly kind: 'create' | 'update' | 'revoke';
  readonly list: string;
  /** Chooses the item. */
  readonly which: number;
  /** How long the change stays invisible, in milliseconds. */
  readonly lateMs: number;
  /** Whether it has the time of the change before it. */
  readonly isTie: boolean;
  /** How far in the future its time is, in milliseconds. Default: 0. */
  readonly aheadMs?: number;
}

export const listNames = ['android', 'ios'] as const;

/** The longest time that a change stays invisible. */
export const mostLateMs = 5_000;

/** Creates two lists. `sizes` are the numbers of items at the start, whose changes are `stepMs` apart. */
export const createChangingLists = (
  clock: Clock,
  sizes: readonly number[],
  stepMs: number,
): ChangingLists => {
  const versions = new Map<string, Version[]>();
  const failures = new Map<string, { readonly from: number; readonly error: GatewayError }>();
  const reads: Read[] = [];
  let clamp = Infinity;
  let lagMs = 0;
  let lastMs = 0;
  let pending: Change[] = [];

  const add = (version: Omit<Version, 'number'>): Version => {
    const known = versions.get(version.id) ?? [];
    const added = { ...version, number: known.length };
    versions.set(version.id, [...known, added]);
    return added;
  };
  const idsOf = (list: string) =>
    [...versions].filter(([, [first]]) => first?.list === list).map(([id]) => id);
  const latestOf = (id: string) => versions.get(id)?.at(-1);

  listNames.forEach((list, index) => {
    for (let item = 0; item < (sizes[index] ?? 0); item += 1) {
      const updatedMs = clock.epochMs() - 60_000 - item * stepMs;
      add({
        id: `${list}-${item}`,
        list,
        createdMs: updatedMs - 1_000,
        updatedMs,
        isRevoked: item % 7 === 0,
        visibleMs: 0,
      });
    }
  });

  const change: ChangingLists['change'] = ({ kind, list, which, lateMs, isTie, aheadMs = 0 }) => {
    const nowMs = clock.epochMs();
    const updatedMs = isTie && nowMs - lastMs < mostLateMs ? lastMs : nowMs + aheadMs;
    const visibleMs = aheadMs > 0 ? nowMs : Math.max(nowMs, updatedMs + lateMs);
    const ids = idsOf(list);
    const base = latestOf(ids[which % Math.max(1, ids.length)] ?? '');
    if (kind === 'create' || base === undefined) {
      lastMs = updatedMs;
      const id = `${list}-${ids.length}`;
      return add({ id, list, createdMs: updatedMs, updatedMs, isRevoked: false, visibleMs });
    }
    // A second change within one millisecond has no new time, and nobody can tell.
    if (base.isRevoked || base.updatedMs >= updatedMs) return undefined;
    lastMs = updatedMs;
    return add({ ...base, updatedMs, isRevoked: kind === 'revoke', visibleMs });
  };

  const visibleVersion = (id: string): Version | undefined =>
    versions.get(id)?.findLast(({ visibleMs }) => visibleMs <= clock.epochMs() - lagMs);

  const read = async (
    list: string,
    { page, limit, direction }: SourceRequest,
  ): Promise<ListPage<{ id: string; key: string; node: Version }>> => {
    for (const next of pending.splice(0)) change(next);
    reads.push({ list, atMs: clock.nowMs(), limit });
    const failure = failures.get(list);
    if (failure && (page - 1) * limit >= failure.from) throw failure.error;
    const applied = Math.min(limit, clamp);
    const shuffled = (id: string) => (Number(id.replace(/\D/g, '')) * 7919 * reads.length) % 1009;
    const sign = direction === 'ascending' ? 1 : -1;
    const sorted = idsOf(list)
      .flatMap((id) => visibleVersion(id) ?? [])
      .sort(
        (left, right) =>
          sign * (left.updatedMs - right.updatedMs) || shuffled(left.id) - shuffled(right.id),
      );
    const from = (page - 1) * applied;
    return {
      items: sorted
        .slice(from, from + applied)
        .map((node) => ({ id: node.id, key: toText(node.updatedMs), node })),
      limit: applied,
      totalCount: sorted.length,
      hasNextPage: from + applied < sorted.length,
    };
  };

  const failFrom: ChangingLists['failFrom'] = (list, from, error) => {
    if (error) failures.set(list, { from, error });
    else failures.delete(list);
  };

  return {
    lists: listNames.map((key) => ({
      key,
      open: ({ onCall }) => ({
        key,
        read: (request) => {
          onCall({ method: 'GET', path: key, status: 200, durationMs: 1, cause: 'live' });
          return read(key, request);
        },
      }),
    })),
    change,
    duringNextRead: (next) => {
      pending = [...pending, next];
    },
    fail: (list, error) => failFrom(list, 0, error),
    failFrom,
    setClamp: (limit) => {
      clamp = limit;
    },
    setLag: (ms) => {
      lagMs = ms;
    },
    latest: () => [...versions.keys()].flatMap((id) => latestOf(id) ?? []),
    reads,
  };
};
