import type { Boundary, Key } from '../position.ts';
import type { BoundaryMissed } from './boundary-location.ts';
import type { OffsetHint } from './offset-hint.ts';
import { mirrorOffset, type SourceTraversal } from './source-traversal.ts';
import type { Span } from './span.ts';

/** Where a boundary is thought to be, and how many offsets around it are wanted. All offsets are the traversal's. */
export interface SearchTarget {
  readonly offset: number;
  /** Whether the boundary once was at this offset. If not, it may be anywhere. */
  readonly isHinted: boolean;
  readonly behind: number;
  readonly ahead: number;
  /** The boundary's key; undefined at an end of the list. */
  readonly key: Key | undefined;
  /** The list's count when the boundary was at this offset. */
  readonly totalCount: number | null;
  /** As in SourceTraversal. */
  readonly isReversed: boolean;
}

// Extra offsets to read behind the boundary, since items that were there may have been deleted.
const slackBehind = (wanted: number): number => Math.min(4, Math.ceil(wanted / 20));

/** Where to look first for a boundary. Without a hint, the search begins at the offset 0. */
export const createSearchTarget = (
  boundary: Boundary,
  hint: OffsetHint | null,
  wanted: number,
  sourceTraversal: SourceTraversal,
): SearchTarget => {
  const { traversal, isReversed } = sourceTraversal;
  const key = typeof boundary === 'string' ? undefined : boundary.at.key;
  if (hint === null) {
    const isHinted = boundary === traversal.nearEnd;
    return { offset: 0, isHinted, behind: 0, ahead: wanted, key, totalCount: null, isReversed };
  }
  const [behind, ahead] = isReversed ? [hint.higher, hint.lower] : [hint.lower, hint.higher];
  return {
    offset: mirrorOffset(sourceTraversal, hint.offset),
    isHinted: true,
    behind: Math.max(1, behind) + slackBehind(wanted),
    ahead: Math.max(ahead, wanted),
    key,
    totalCount: hint.totalCount,
    isReversed,
  };
};

/** What is known from an answer that did not show the boundary. */
export interface MissedAnswer {
  readonly span: Span;
  readonly firstKey: Key | undefined;
  readonly lastKey: Key | undefined;
  readonly totalCount: number | null;
}

/** An offset that the boundary is known to lie ahead of, or behind, and the key that was listed there. */
interface Bound {
  readonly offset: number;
  readonly key: Key | undefined;
}

const smallestGallop = 100;
// Offsets to allow for a list that grows or shrinks while it is searched.
const changeAllowance = 2;

const interpolate = (low: Bound, high: Bound, key: Key | undefined): number | null => {
  if (typeof low.key !== 'number' || typeof high.key !== 'number' || typeof key !== 'number') {
    return null;
  }
  const share = (key - low.key) / (high.key - low.key);
  return share > 0 && share < 1 ? low.offset + share * (high.offset - low.offset) : null;
};

/**
 * The search for one boundary in one list. After an answer that missed it, the search first follows the list's count:
 * if the list grew by ten items, the boundary is expected ten offsets farther. Then it gallops away from the answer, in
 * steps that grow by the factor 4. Once an answer lies on either side of the boundary, it bisects, and interpolates
 * times.
 */
export class BoundarySearch {
  readonly #target: SearchTarget;
  #low: Bound | null = null;
  #high: Bound | null = null;
  #hasFollowedCount = false;
  #gallops = 0;
  #hasGrown = false;
  #guesses = 0;

  constructor(target: SearchTarget) {
    this.#target = target;
  }

  firstSpan(): Span {
    const { offset } = this.#target;
    return this.#around(offset, offset);
  }

  /** The span to ask for after an answer that missed the boundary. An answer has at most `maxLimit` items. */
  nextSpan(missed: BoundaryMissed, answer: MissedAnswer, maxLimit: number): Span {
    if (missed.kind === 'ends-in-ties') {
      const start = missed.lastSafeOffset ?? answer.span.start;
      // One more call reaches the end of most groups, and two that of any group that fits one answer.
      const grown = Math.max(smallestGallop, 4 * (answer.span.end - start));
      const size = this.#hasGrown ? maxLimit : grown;
      this.#hasGrown = true;
      return { start, end: start + size };
    }
    if (missed.kind === 'starts-in-ties') {
      const { start, end } = answer.span;
      return { start: Math.max(start - (end - start), end - maxLimit), end };
    }
    this.#learn(missed, answer);
    const moved = this.#followCount(missed, answer.totalCount);
    if (moved !== null) return moved;
    if (missed.kind === 'no-neighbour') return this.#tryBeside(maxLimit);
    const low = this.#low ?? this.#listEnd('low', answer.totalCount);
    const high = this.#high ?? this.#listEnd('high', answer.totalCount);
    // A hinted boundary is probably near: two steps of galloping come before any bisection of the whole list.
    const isNear = this.#target.isHinted && (this.#low === null || this.#high === null);
    if (low !== null && high !== null && !(isNear && this.#gallops < 2)) {
      return this.#between(low, high, maxLimit);
    }
    return this.#gallop(missed, answer, maxLimit);
  }

  #around(from: number, to: number): Span {
    return { start: from - this.#target.behind, end: to + this.#target.ahead };
  }

  #learn(
    { kind, lastSafeOffset }: BoundaryMissed,
    { span, firstKey, lastKey }: MissedAnswer,
  ): void {
    // If an older bound contradicts the new one, the list has moved since. The older one is dropped.
    if (kind === 'undershot') {
      this.#low = { offset: lastSafeOffset ?? span.end, key: lastKey };
      if (this.#high !== null && this.#high.offset <= this.#low.offset) this.#high = null;
    }
    if (kind === 'overshot') {
      this.#high = { offset: span.start + 1, key: firstKey };
      if (this.#low !== null && this.#low.offset >= this.#high.offset) this.#low = null;
    }
  }

  /** The end of the list on one side, as a bound; null if the API did not count. */
  #listEnd(side: 'low' | 'high', totalCount: number | null): Bound | null {
    const isOffsetZero = (side === 'low') !== this.#target.isReversed;
    if (isOffsetZero) return { offset: 0, key: undefined };
    if (totalCount === null) return null;
    return { offset: mirrorOffset(this.#target, totalCount), key: undefined };
  }

  #followCount({ kind }: BoundaryMissed, totalCount: number | null): Span | null {
    const { offset, totalCount: before, isHinted } = this.#target;
    if (this.#hasFollowedCount || !isHinted || totalCount === null || before === null) return null;
    this.#hasFollowedCount = true;
    const shift = mirrorOffset(this.#target, totalCount - before);
    const isTowards = kind === 'undershot' ? shift > 0 : kind === 'overshot' ? shift < 0 : true;
    if (shift === 0 || !isTowards) return null;
    const slack = changeAllowance + Math.min(50, Math.ceil(Math.abs(shift) / 4));
    return this.#around(offset + shift - slack, offset + shift + slack);
  }

  /** Spans that move away from the target, on both sides alternately. */
  #tryBeside(maxLimit: number): Span {
    const step = Math.ceil(this.#guesses / 2) * (this.#guesses % 2 === 0 ? -1 : 1);
    this.#guesses += 1;
    const center = this.#target.offset + Math.round(step * 0.8 * maxLimit);
    const half = Math.floor(maxLimit / 2);
    return { start: center - half, end: center + half };
  }

  #gallop({ kind }: BoundaryMissed, { span }: MissedAnswer, maxLimit: number): Span {
    const wanted = Math.max(smallestGallop, 4 * (this.#target.behind + this.#target.ahead));
    const size = this.#gallops === 0 ? Math.min(wanted, maxLimit) : maxLimit;
    const distance = this.#gallops < 2 ? 0 : maxLimit * 4 ** (this.#gallops - 2);
    // Pages begin at multiples of their size: a larger overlap can make the page reach farther.
    const overlap = this.#gallops === 0 ? changeAllowance : 0;
    this.#gallops += 1;
    if (kind === 'overshot') {
      const end = (this.#high?.offset ?? span.start) + overlap - distance;
      return { start: end - size, end };
    }
    const start = (this.#low?.offset ?? span.end) - overlap + distance;
    return { start, end: start + size };
  }

  #between(low: Bound, high: Bound, maxLimit: number): Span {
    const from = Math.min(low.offset, high.offset) - changeAllowance;
    const to = Math.max(low.offset, high.offset) + changeAllowance;
    // If the rest fits one answer, ask for all of it: the boundary must lie inside one answer, not at its edge.
    if (to - from + changeAllowance <= maxLimit) {
      const end = Math.min(to + this.#target.ahead, from + maxLimit);
      return { start: from, end: Math.max(to + changeAllowance, end) };
    }
    this.#guesses += 1;
    const middle = (low.offset + high.offset) / 2;
    const estimate = this.#guesses % 2 === 1 ? interpolate(low, high, this.#target.key) : null;
    const start = Math.round((estimate ?? middle) - maxLimit / 2);
    return { start, end: start + maxLimit };
  }
}
