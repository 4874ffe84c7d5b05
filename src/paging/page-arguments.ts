import { type InputFault, InputRejectedError } from '../domain/errors.ts';
import { type Cursor, decodeCursor } from './cursor.ts';
import type {
  FeedBinding,
  FeedOrder,
  FeedSource,
  FeedSubject,
  KeyRange,
  PageArguments,
} from './feed.ts';
import type { Hint } from './hint.ts';
import { createWalk, type Gap, rangeGaps, type Walk } from './order.ts';

/** A gap in one source's list, and where it was last. */
interface Resumption {
  readonly gap: Gap;
  readonly hint: Hint | null;
}

/** Where one source's lane begins and ends, in the direction of the walk. */
export interface LaneEnds {
  readonly from: Gap;
  readonly until: Gap;
  readonly hint: Hint | null;
  readonly untilHint: Hint | null;
}

/** One page as asked for. */
export interface PagePlan {
  readonly size: number;
  readonly walk: Walk;
  /** Whether the page begins at a cursor rather than at an end of the list. */
  readonly hasOrigin: boolean;
  readonly endsOf: (source: FeedSource<never>['key']) => LaneEnds;
}

const findFaults = ({ first, last }: PageArguments, maxPageSize: number): InputFault[] => {
  const faults: InputFault[] = [];
  for (const [name, value] of Object.entries({ first, last })) {
    const isAllowed =
      value == null || (Number.isInteger(value) && value >= 0 && value <= maxPageSize);
    if (!isAllowed) {
      faults.push({
        path: [name],
        message: `"${name}" must be a number from 0 to ${maxPageSize}.`,
      });
    }
  }
  if (first != null && last != null) {
    faults.push({ path: ['last'], message: 'Give "first" or "last", not both.' });
  }
  return faults;
};

// A hint is that of the gap just after the cursor's edge, in list order. The gap just before the edge lies one item
// aside, and its ties reach one position farther.
const beforeEdge = (hint: Hint, edge: string, listDirection: FeedOrder['direction']): Hint => {
  const { position, lower, higher, neighbours } = hint;
  const isAlong = hint.direction === listDirection;
  const others = {
    lower: neighbours?.lower.filter((id) => id !== edge) ?? [],
    higher: neighbours?.higher.filter((id) => id !== edge) ?? [],
  };
  const shifted = isAlong
    ? { ...others, higher: [edge, ...others.higher] }
    : { ...others, lower: [edge, ...others.lower] };
  return {
    ...hint,
    position: Math.max(0, position + (isAlong ? -1 : 1)),
    lower: lower + 1,
    higher: higher + 1,
    neighbours: neighbours && shifted,
  };
};

const resume = (
  cursor: Cursor | null,
  side: 'after' | 'before',
  source: string,
  order: FeedOrder,
): Resumption => {
  const listEnd = side === 'after' ? 'start' : 'end';
  if (cursor === null) return { gap: listEnd, hint: null };
  const own = cursor.positions.find((position) => position.source === source);
  if (own?.gap != null) return { gap: own.gap, hint: own.hint };
  if (cursor.at === null) return { gap: listEnd, hint: null };
  const { at } = cursor;
  const hint = own?.hint ?? null;
  const isBeforeOwnEdge = side === 'before' && at.source === source;
  return {
    gap: { at, side },
    hint: hint !== null && isBeforeOwnEdge ? beforeEdge(hint, at.id, order.direction) : hint,
  };
};

/**
 * Reads Relay's arguments. `before` without `first` and `after` reads backwards, like `last`. Throws InputRejectedError
 * with every fault of the sizes, then BadCursorError of the first cursor that is refused.
 */
export const planPage = (
  page: PageArguments,
  order: FeedOrder,
  binding: FeedBinding | FeedSubject,
  range: KeyRange | undefined,
  limits: { readonly defaultPageSize: number; readonly maxPageSize: number },
): PagePlan => {
  const faults = findFaults(page, limits.maxPageSize);
  if (faults.length > 0) throw new InputRejectedError(faults);
  const decode = (argument: 'after' | 'before') => {
    const text = page[argument];
    return text == null ? null : decodeCursor(argument, text, binding, order);
  };
  const after = decode('after');
  const before = decode('before');
  const isBackward = page.last != null || (page.first == null && before !== null && after === null);
  const list = createWalk(order.direction, true);
  const { low, high } = rangeGaps(range, order);

  const endsOf = (source: string): LaneEnds => {
    const lower = resume(after, 'after', source, order);
    const upper = resume(before, 'before', source, order);
    const begin = list.compareGaps(lower.gap, low) < 0 ? { gap: low, hint: null } : lower;
    const end = list.compareGaps(upper.gap, high) > 0 ? { gap: high, hint: null } : upper;
    const [from, until] = isBackward ? [end, begin] : [begin, end];
    return { from: from.gap, until: until.gap, hint: from.hint, untilHint: until.hint };
  };
  return {
    size: page.first ?? page.last ?? limits.defaultPageSize,
    walk: isBackward ? createWalk(order.direction, false) : list,
    hasOrigin: (isBackward ? before : after) !== null,
    endsOf,
  };
};
