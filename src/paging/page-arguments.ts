import { type InputFault, InputRejectedError } from '../domain/errors.ts';
import type { Cursor } from './cursor/cursor.ts';
import { decodeCursor } from './cursor/text.ts';
import type { Boundary } from './position.ts';
import type { OffsetHint } from './source/offset-hint.ts';
import { createTraversal, rangeBoundaries, type Traversal } from './traversal.ts';
import type {
  ConnectionOrder,
  CursorBinding,
  KeyRange,
  PageArguments,
  PageLimits,
  PartialCursorBinding,
} from './types.ts';

/** A boundary in one source's list, and where it was when it was last seen. */
interface HintedBoundary {
  readonly boundary: Boundary;
  readonly hint: OffsetHint | null;
}

/** The boundaries between which one source is read, in the direction of the traversal. */
export interface SourceBounds {
  readonly from: Boundary;
  readonly until: Boundary;
  readonly hint: OffsetHint | null;
  readonly untilHint: OffsetHint | null;
}

/** One page as the caller asked for it. */
export interface PagePlan {
  readonly size: number;
  readonly traversal: Traversal;
  /** Whether the page begins at a cursor. If not, it begins at an end of the list. */
  readonly beginsAtCursor: boolean;
  readonly boundsOf: (source: string) => SourceBounds;
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

/** The number of items that a page asks for. Throws InputRejectedError with every fault of the sizes. */
export const readPageSize = (
  page: PageArguments,
  { defaultPageSize, maxPageSize }: Pick<PageLimits, 'defaultPageSize' | 'maxPageSize'>,
): number => {
  const faults = findFaults(page, maxPageSize);
  if (faults.length > 0) throw new InputRejectedError(faults);
  return page.first ?? page.last ?? defaultPageSize;
};

// A cursor's hint is that of the boundary just after its edge in list order. The boundary just before the edge is one
// offset away, and its ties reach one offset farther.
const hintBeforeEdge = (
  hint: OffsetHint,
  edgeId: string,
  listDirection: ConnectionOrder['direction'],
): OffsetHint => {
  const { offset, lower, higher, neighbours } = hint;
  const countsInListOrder = hint.direction === listDirection;
  const others = {
    lower: neighbours?.lower.filter((id) => id !== edgeId) ?? [],
    higher: neighbours?.higher.filter((id) => id !== edgeId) ?? [],
  };
  const shifted = countsInListOrder
    ? { ...others, higher: [edgeId, ...others.higher] }
    : { ...others, lower: [edgeId, ...others.lower] };
  return {
    ...hint,
    offset: Math.max(0, offset + (countsInListOrder ? -1 : 1)),
    lower: lower + 1,
    higher: higher + 1,
    neighbours: neighbours && shifted,
  };
};

/** The boundary of one source that a cursor stands for, on the given side of the cursor's edge. */
const boundaryOf = (
  cursor: Cursor | null,
  side: 'after' | 'before',
  source: string,
  order: ConnectionOrder,
): HintedBoundary => {
  const listEnd = side === 'after' ? 'start' : 'end';
  if (cursor === null) return { boundary: listEnd, hint: null };
  const own = cursor.boundaries.find((one) => one.source === source);
  if (own?.boundary != null) return { boundary: own.boundary, hint: own.hint };
  if (cursor.anchor === null) return { boundary: listEnd, hint: null };
  const at = cursor.anchor;
  const hint = own?.hint ?? null;
  const isBeforeOwnEdge = side === 'before' && at.source === source;
  return {
    boundary: { at, side },
    hint: hint !== null && isBeforeOwnEdge ? hintBeforeEdge(hint, at.id, order.direction) : hint,
  };
};

/**
 * Reads Relay's arguments. The page is read backward if `last` is given, or `before` without `first` and `after`.
 * Throws InputRejectedError with every fault of the sizes, then BadCursorError for the first cursor that is refused.
 */
export const planPage = (
  page: PageArguments,
  order: ConnectionOrder,
  binding: CursorBinding | PartialCursorBinding,
  range: KeyRange | undefined,
  limits: Pick<PageLimits, 'defaultPageSize' | 'maxPageSize'>,
): PagePlan => {
  const size = readPageSize(page, limits);
  const decode = (argument: 'after' | 'before') => {
    const text = page[argument];
    return text == null ? null : decodeCursor(argument, text, binding, order);
  };
  const after = decode('after');
  const before = decode('before');
  const isBackward = page.last != null || (page.first == null && before !== null && after === null);
  const forward = createTraversal(order.direction, true);
  const { low, high } = rangeBoundaries(range, order);

  const boundsOf = (source: string): SourceBounds => {
    const lower = boundaryOf(after, 'after', source, order);
    const upper = boundaryOf(before, 'before', source, order);
    const isBelowRange = forward.compareBoundaries(lower.boundary, low) < 0;
    const isAboveRange = forward.compareBoundaries(upper.boundary, high) > 0;
    const begin = isBelowRange ? { boundary: low, hint: null } : lower;
    const end = isAboveRange ? { boundary: high, hint: null } : upper;
    const [from, until] = isBackward ? [end, begin] : [begin, end];
    return {
      from: from.boundary,
      until: until.boundary,
      hint: from.hint,
      untilHint: until.hint,
    };
  };
  return {
    size,
    traversal: isBackward ? createTraversal(order.direction, false) : forward,
    beginsAtCursor: (isBackward ? before : after) !== null,
    boundsOf,
  };
};
