import type { CrowdPosition, Gap, Place } from './order.ts';
import { isAlong, type Reading, type SeenItem, type View } from './view.ts';

/** Ids listed just before and just after a gap, in the direction in which a list is read; nearest first. */
export interface Neighbours {
  readonly lower: readonly string[];
  readonly higher: readonly string[];
}

const neighbourCount = 2;

/** The ids beside a border, where the item at index `border` is the first ahead. */
export const neighboursOf = <Node>(
  items: readonly SeenItem<Node>[],
  border: number,
  along: boolean,
): Neighbours => {
  const ids = (start: number, end: number) =>
    items.slice(Math.max(0, start), Math.max(0, end)).map(({ place }) => place.id);
  const behind = ids(border - neighbourCount, border).reverse();
  const ahead = ids(border, border + neighbourCount);
  return along ? { lower: behind, higher: ahead } : { lower: ahead, higher: behind };
};

/** Whether nothing is listed beyond the items. */
type Ends = Pick<View<unknown>, 'atStart' | 'atEnd'>;

/** A border among items. It is not sure if a nearer neighbour may be listed beyond them. */
export interface Border {
  /** Of the first item ahead. */
  readonly index: number;
  readonly isSure: boolean;
}

// So many items, or more, between a neighbour and the end of a view are taken to show that no nearer one follows.
const newcomers = 3;

/**
 * The border that had these neighbours, or null where none of them is listed. Any one of them tells the place, so that a
 * deleted one costs nothing. `overshot` where a nearer one may be listed before the items.
 */
export const findBetween = <Node>(
  items: readonly SeenItem<Node>[],
  { lower, higher }: Neighbours,
  along: boolean,
  { atStart, atEnd }: Ends,
): Border | 'overshot' | null => {
  const places = new Map(items.map(({ place }, index) => [place.id, index]));
  const firstListed = (ids: readonly string[]) => ids.findIndex((id) => places.has(id));
  const [behind, ahead] = along ? [lower, higher] : [higher, lower];
  const nearestBehind = firstListed(behind);
  const nearestAhead = firstListed(ahead);
  const last = places.get(behind[nearestBehind] ?? '');
  const next = places.get(ahead[nearestAhead] ?? '');
  if (last !== undefined) {
    const isCovered = atEnd || items.length - 1 - last >= newcomers;
    return { index: last + 1, isSure: nearestBehind === 0 || next !== undefined || isCovered };
  }
  if (next === undefined) return null;
  const isCovered = atStart || next >= newcomers;
  return nearestAhead === 0 || isCovered ? { index: next, isSure: true } : 'overshot';
};

export interface OwnCrowd {
  readonly at: Place;
  readonly crowd: CrowdPosition;
}

/** The crowd of a source that a gap stands in, if any. */
export const crowdAt = (gap: Gap, source: string): OwnCrowd | null => {
  if (gap === 'start' || gap === 'end' || gap.at.crowd === undefined) return null;
  return gap.at.source === source ? { at: gap.at, crowd: gap.at.crowd } : null;
};

/**
 * Where a gap lies that stands in a crowd; `none` where the crowd is not among the items, `lost` where it is but no
 * neighbour of the gap, else on which side of the items it must be.
 */
export const findInCrowd = <Node>(
  items: readonly SeenItem<Node>[],
  reading: Reading,
  gap: Gap,
  { atStart, atEnd }: Ends,
): Border | 'none' | 'lost' | 'overshot' | 'undershot' => {
  const own = crowdAt(gap, reading.source);
  if (own === null) return 'none';
  const { at, crowd } = own;
  const start = items.findIndex(({ place }) => place.key === at.key);
  if (start === -1) return 'none';
  const end = items.findLastIndex(({ place }) => place.key === at.key) + 1;
  const along = isAlong(reading);
  const { lower, higher } = crowd;
  const beside =
    reading.walk.isAhead(at, gap) === along
      ? { lower, higher: [at.id, ...higher] }
      : { lower: [at.id, ...lower], higher };
  // Only among its own key: a neighbour whose key has changed stands elsewhere and tells nothing.
  const border = findBetween(items.slice(start, end), beside, along, {
    atStart: atStart || start > 0,
    atEnd: atEnd || end < items.length,
  });
  if (border === 'overshot') return border;
  if (border !== null) return { ...border, index: start + border.index };
  if (start > 0 === end < items.length) return 'lost';
  return start > 0 ? 'undershot' : 'overshot';
};

/**
 * Gives each item of a crowd its neighbours, to be found again by. Where the walk had passed some of them by id, while
 * the group still fitted one answer, those are marked as passed.
 */
export const placeInCrowd = <Node>(
  group: readonly SeenItem<Node>[],
  reading: Reading,
  gap: Gap,
): readonly SeenItem<Node>[] => {
  const { walk, source, direction } = reading;
  const along = isAlong(reading);
  const key = group[0]?.place.key ?? null;
  const isWithin =
    gap !== 'start' && gap !== 'end' && gap.at.source === source && gap.at.key === key;
  const entered = isWithin
    ? {
        id: gap.at.id,
        inferredFrom: gap.at.inferredFrom ?? null,
        side: gap.side,
        forward: walk.forward,
      }
    : null;
  const passed = isWithin && gap.at.crowd !== undefined ? gap.at.crowd.passed : entered;
  const past: Gap | null = passed && { at: { ...passed, key, source }, side: passed.side };
  return group.map((item, index) => {
    const { lower } = neighboursOf(group, along ? index : index + 1, along);
    const { higher } = neighboursOf(group, along ? index + 1 : index, along);
    const isPassed =
      past !== null && passed?.forward === walk.forward && !walk.isAhead(item.place, past);
    return {
      ...item,
      isPassed,
      place: { ...item.place, crowd: { direction, lower, higher, passed } },
    };
  });
};
