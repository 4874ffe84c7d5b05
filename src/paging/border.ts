import {
  type Border,
  crowdAt,
  findBetween,
  findInCrowd,
  type Neighbours,
  placeInCrowd,
} from './neighbours.ts';
import type { Gap, Key, Walk } from './order.ts';
import {
  arrangeTies,
  countClosed,
  isAlong,
  type Reading,
  type SeenItem,
  type View,
} from './view.ts';

/** A gap that is looked for in a list, and what is known of it. */
export interface Quest {
  readonly gap: Gap;
  /** Whether one item behind the gap does not prove where it is: its key may contradict the list. */
  readonly doubts: boolean;
  /** A tie group that is to be taken as the API lists it: it does not fit one answer. */
  readonly crowd: { readonly key: Key } | null;
  /** Set where the list is seen to have a collation of its own: the gap is found by what was beside it. */
  readonly foreign: { readonly neighbours: Neighbours; readonly position: number } | null;
}

/** The gap lies in the view, with whole tie groups ahead of it or the end of the list. */
export interface Found<Node> {
  readonly kind: 'found';
  /** In our order, from the view's start to the end of the last tie group that is whole. */
  readonly items: readonly SeenItem<Node>[];
  /** The index of the first item ahead of the gap; the number of items where there is none. */
  readonly border: number;
  /** Items of a tie group whose end was not seen: something is ahead, but not which comes first. */
  readonly open: readonly SeenItem<Node>[];
  /** The last item is one of a crowd that may go on. */
  readonly endsInCrowd: boolean;
}

/**
 * The gap is not in the view, or no whole tie group ahead of it. The view lies ahead of the gap (`overshot`) or behind
 * it (`undershot`), begins or ends within ties that must be seen whole (`cut`, `open`), or shows a crowd without a trace
 * of the gap (`lost`). `guard` is the position of the last item that is safely behind the gap.
 */
export interface Miss {
  readonly kind: 'overshot' | 'undershot' | 'cut' | 'open' | 'lost';
  readonly guard: number | null;
}

const firstAhead = <Node>(items: readonly SeenItem<Node>[], reading: Reading, gap: Gap): number => {
  const index = items.findIndex(({ place }) => reading.walk.isAhead(place, gap));
  return index === -1 ? items.length : index;
};

// Ties may be listed in any order: only an item of an earlier key proves that nothing ahead of the gap precedes it.
const isGuarded = <Node>(
  items: readonly SeenItem<Node>[],
  { walk, source }: Reading,
  gap: Gap,
  doubts: boolean,
): boolean => {
  const [first, second] = items;
  if (first === undefined || !walk.isSafelyBehind(first.place, gap)) return false;
  if (!doubts || typeof gap === 'string' || second === undefined) return true;
  const isPassed = gap.at.id === first.place.id && gap.at.source === source;
  return isPassed || walk.isSafelyBehind(second.place, gap);
};

const findByOrder = <Node>(
  items: readonly SeenItem<Node>[],
  view: View<Node>,
  reading: Reading,
  { gap, doubts }: Quest,
): Border | Miss['kind'] => {
  if (!view.atStart && !isGuarded(items, reading, gap, doubts)) return 'overshot';
  return { index: firstAhead(items, reading, gap), isSure: true };
};

// Ties are sorted anew in each view: those passed as one end where the last of them is listed, and those ahead begin
// where the first one is.
const besideTies = <Node>(
  items: readonly SeenItem<Node>[],
  border: number,
  isPassed: boolean,
): number => {
  const key = items[isPassed ? border - 1 : border]?.place.key;
  const isTie = ({ place }: SeenItem<Node>) => place.key === key;
  if (border === items.length) return border;
  if (!isPassed) return items.findIndex(isTie);
  const rest = items.slice(border).findIndex((item) => !isTie(item));
  return rest === -1 ? items.length : border + rest;
};

const findForeign = <Node>(
  items: readonly SeenItem<Node>[],
  view: View<Node>,
  reading: Reading,
  gap: Gap,
  { neighbours, position }: NonNullable<Quest['foreign']>,
): Border | Miss['kind'] => {
  const beside = findBetween(items, neighbours, isAlong(reading), view);
  if (beside === 'overshot') return beside;
  if (beside === null) {
    if (position < view.span.start && !view.atStart) return 'overshot';
    if (position > view.span.end && !view.atEnd) return 'undershot';
    const next = items.findIndex((item) => item.position >= position);
    return { index: next === -1 ? items.length : next, isSure: true };
  }
  const { index, isSure } = beside;
  const last = items[index - 1]?.place;
  const isOwnTie =
    typeof gap !== 'string' && gap.at.source === reading.source && gap.at.key === last?.key;
  if (last === undefined) return beside;
  const passed = isAlong(reading) ? neighbours.lower : neighbours.higher;
  if (!isOwnTie) return { index: besideTies(items, index, passed.includes(last.id)), isSure };
  // Among its own ties a gap is found by id: the view must hold them from the first on.
  const isWhole = view.atStart || last.key !== items[0]?.place.key;
  if (!isWhole && !reading.walk.isSafelyBehind(last, gap)) return 'cut';
  const start = items.findIndex(({ place }) => place.key === last.key);
  const ties = items.slice(start, besideTies(items, index, true));
  return { index: start + firstAhead(ties, reading, gap), isSure };
};

// The view may begin within its first tie group: which of that is the first is not known then.
const sortTies = <Node>(
  group: SeenItem<Node>[],
  walk: Walk,
  isWhole: boolean,
): readonly SeenItem<Node>[] => {
  const positions = group.map(({ position }) => position);
  group.sort((left, right) => walk.comparePlaces(left.place, right.place));
  return group.map((item, index) => {
    const isNearest = isWhole && index === 0;
    const isFarthest = index === group.length - 1;
    const isFirstTie = walk.forward ? isNearest : isFarthest;
    const isLastTie = walk.forward ? isFarthest : isNearest;
    const { key, source, id, inferredFrom } = item.place;
    return {
      node: item.node,
      lacksKey: item.lacksKey,
      place: { key, source, id, inferredFrom, isFirstTie, isLastTie },
      // As if the API had listed them so: positions must grow along the items.
      position: positions[index] ?? item.position,
    };
  });
};

/** Looks for a gap in a view, and for what is ahead of it. */
export const findBorder = <Node>(
  view: View<Node>,
  reading: Reading,
  quest: Quest,
): Found<Node> | Miss => {
  const { gap, crowd, foreign } = quest;
  const { walk, source } = reading;
  const closed = countClosed(view);
  const ownCrowd = crowdAt(gap, source);
  const tail = view.items.at(-1);
  const tailCrowd = crowd !== null && closed < view.items.length && tail?.place.key === crowd.key;
  const isListed = ({ place: { key } }: SeenItem<Node>) =>
    (ownCrowd !== null && key === ownCrowd.at.key) || (tailCrowd && key === crowd.key);
  const items = arrangeTies(view.items, (group, isFirst) => {
    const first = group[0];
    if (first !== undefined && isListed(first)) return placeInCrowd(group, reading, gap);
    return sortTies(group, walk, view.atStart || !isFirst);
  });
  const endsInCrowd = tail !== undefined && closed < items.length && isListed(tail);
  const end = endsInCrowd ? items.length : closed;

  const inCrowd = findInCrowd(items, reading, gap, view);
  let place: Border | Miss['kind'];
  if (inCrowd !== 'none') place = inCrowd;
  else if (foreign !== null) place = findForeign(items, view, reading, gap, foreign);
  else place = findByOrder(items, view, reading, quest);

  const isTie = (item: SeenItem<Node>) => typeof gap !== 'string' && item.place.key === gap.at.key;
  // An inferred key may be another in the next view.
  const isSafe = ({ place }: SeenItem<Node>) =>
    !place.inferredFrom && walk.isSafelyBehind(place, gap);
  if (typeof place === 'string') {
    const guard = inCrowd === 'none' ? items.findLast(isSafe) : tail;
    return { kind: place, guard: guard?.position ?? null };
  }
  const border = place.index;
  // With a crowd no other view shows more.
  const isSure = place.isSure || crowd !== null;
  if (isSure && (border < end || view.atEnd)) {
    const known = Math.max(border, end);
    return {
      kind: 'found',
      items: items.slice(0, known),
      border,
      open: items.slice(known),
      endsInCrowd,
    };
  }
  const behind = items.slice(0, border);
  let guard: SeenItem<Node> | undefined;
  if (inCrowd !== 'none') guard = behind.at(-1);
  else if (foreign === null) guard = items.findLast(isSafe);
  else guard = behind.findLast((item) => !isTie(item) || isSafe(item));
  // Among ties that go on beyond the view, those ahead may come last.
  const isOpen = border < items.length || (inCrowd === 'none' && tail !== undefined && isTie(tail));
  return { kind: isOpen ? 'open' : 'undershot', guard: guard?.position ?? null };
};

/** How many of a found view's items a walk may take that ends at a gap. */
export const countBefore = <Node>(
  items: readonly SeenItem<Node>[],
  reading: Reading,
  { gap, foreign }: Quest,
): number => {
  const whole = { atStart: true, atEnd: true };
  const inCrowd = findInCrowd(items, reading, gap, whole);
  if (typeof inCrowd === 'object') return inCrowd.index;
  const own = crowdAt(gap, reading.source);
  if (own !== null && inCrowd !== 'none') {
    const isOwn = ({ place }: SeenItem<Node>) => place.key === own.at.key;
    return inCrowd === 'overshot' ? items.findIndex(isOwn) : items.findLastIndex(isOwn) + 1;
  }
  const between = foreign && findBetween(items, foreign.neighbours, isAlong(reading), whole);
  if (typeof between === 'object' && between !== null) return between.index;
  return firstAhead(items, reading, gap);
};
