import type { Miss } from './border.ts';
import type { Key } from './order.ts';
import type { Span } from './span.ts';

/** Where a gap is thought to be, along the walk, and how many positions around it are wanted. */
export interface Aim {
  readonly position: number;
  /** Whether the position was right once; else the gap may be anywhere. */
  readonly isHinted: boolean;
  readonly behind: number;
  readonly ahead: number;
  /** The gap's key; undefined at the ends of a list. */
  readonly key: Key | undefined;
  /** What the list counted when the position was right. */
  readonly totalCount: number | null;
  /** 1 where the walk goes up the list's positions, -1 where it goes down. */
  readonly sign: 1 | -1;
}

/** What an answer told that did not hold the gap. */
export interface Answer {
  readonly span: Span;
  readonly firstKey: Key | undefined;
  readonly lastKey: Key | undefined;
  readonly totalCount: number | null;
}

interface Bound {
  readonly position: number;
  readonly key: Key | undefined;
}

const smallestLeap = 100;
// Positions to allow for a list that grows and shrinks while it is searched.
const drift = 2;

const interpolate = (low: Bound, high: Bound, key: Key | undefined): number | null => {
  if (typeof low.key !== 'number' || typeof high.key !== 'number' || typeof key !== 'number') {
    return null;
  }
  const share = (key - low.key) / (high.key - low.key);
  return share > 0 && share < 1 ? low.position + share * (high.position - low.position) : null;
};

/**
 * The search for one gap of one list: after a miss it looks where the list's count says that the gap has moved to,
 * then beside the miss and ever farther, then between what is known to be on either side.
 */
export class Search {
  readonly #aim: Aim;
  #low: Bound | null = null;
  #high: Bound | null = null;
  #hasFollowedCount = false;
  #leaps = 0;
  #guesses = 0;

  constructor(aim: Aim) {
    this.#aim = aim;
  }

  first(): Span {
    const { position } = this.#aim;
    return this.#around(position, position);
  }

  /** Where to look after a miss, if the largest answer to be had has `maxLimit` items. */
  next(miss: Miss, answer: Answer, maxLimit: number): Span {
    if (miss.kind === 'open') {
      const start = miss.guard ?? answer.span.start;
      return { start, end: start + 4 * Math.max(1, answer.span.end - start) };
    }
    if (miss.kind === 'cut') {
      const { start, end } = answer.span;
      return { start: Math.max(start - (end - start), end - maxLimit), end };
    }
    this.#learn(miss, answer);
    const moved = this.#followCount(miss, answer.totalCount);
    if (moved !== null) return moved;
    if (miss.kind === 'lost') return this.#wander(maxLimit);
    const low = this.#low ?? this.#wall('low', answer.totalCount);
    const high = this.#high ?? this.#wall('high', answer.totalCount);
    const isNear = this.#aim.isHinted && (this.#low === null || this.#high === null);
    if (low !== null && high !== null && !(isNear && this.#leaps < 2)) {
      return this.#between(low, high, maxLimit);
    }
    return this.#leap(miss, answer, maxLimit);
  }

  #around(from: number, to: number): Span {
    return { start: from - this.#aim.behind, end: to + this.#aim.ahead };
  }

  #learn({ kind, guard }: Miss, { span, firstKey, lastKey }: Answer): void {
    // A bound that contradicts a newer one is of a list that has moved since.
    if (kind === 'undershot') {
      this.#low = { position: guard ?? span.end, key: lastKey };
      if (this.#high !== null && this.#high.position <= this.#low.position) this.#high = null;
    }
    if (kind === 'overshot') {
      this.#high = { position: span.start + 1, key: firstKey };
      if (this.#low !== null && this.#low.position >= this.#high.position) this.#low = null;
    }
  }

  #wall(side: 'low' | 'high', totalCount: number | null): Bound | null {
    const isListStart = (side === 'low') === (this.#aim.sign === 1);
    if (isListStart) return { position: 0, key: undefined };
    return totalCount === null ? null : { position: this.#aim.sign * totalCount, key: undefined };
  }

  #followCount({ kind }: Miss, totalCount: number | null): Span | null {
    const { position, totalCount: before, isHinted, sign } = this.#aim;
    if (this.#hasFollowedCount || !isHinted || totalCount === null || before === null) return null;
    this.#hasFollowedCount = true;
    const shift = sign * (totalCount - before);
    const isTowards = kind === 'undershot' ? shift > 0 : kind === 'overshot' ? shift < 0 : true;
    if (shift === 0 || !isTowards) return null;
    const slack = drift + Math.min(50, Math.ceil(Math.abs(shift) / 4));
    return this.#around(position + shift - slack, position + shift + slack);
  }

  #wander(maxLimit: number): Span {
    const step = Math.ceil(this.#guesses / 2) * (this.#guesses % 2 === 0 ? -1 : 1);
    this.#guesses += 1;
    const center = this.#aim.position + Math.round(step * 0.8 * maxLimit);
    const half = Math.floor(maxLimit / 2);
    return { start: center - half, end: center + half };
  }

  #leap({ kind }: Miss, { span }: Answer, maxLimit: number): Span {
    const wanted = Math.max(smallestLeap, 4 * (this.#aim.behind + this.#aim.ahead));
    const size = this.#leaps === 0 ? Math.min(wanted, maxLimit) : maxLimit;
    const distance = this.#leaps < 2 ? 0 : maxLimit * 4 ** (this.#leaps - 2);
    // Pages begin at multiples of their size: another overlap may reach farther.
    const overlap = this.#leaps === 0 ? drift : 0;
    this.#leaps += 1;
    if (kind === 'overshot') {
      const end = (this.#high?.position ?? span.start) + overlap - distance;
      return { start: end - size, end };
    }
    const start = (this.#low?.position ?? span.end) - overlap + distance;
    return { start, end: start + size };
  }

  #between(low: Bound, high: Bound, maxLimit: number): Span {
    const from = Math.min(low.position, high.position) - drift;
    const to = Math.max(low.position, high.position) + drift;
    // What is left fits one answer, edges included: the border must lie inside one.
    if (to - from + drift <= maxLimit) {
      const end = Math.min(to + this.#aim.ahead, from + maxLimit);
      return { start: from, end: Math.max(to + drift, end) };
    }
    this.#guesses += 1;
    const middle = (low.position + high.position) / 2;
    const estimate = this.#guesses % 2 === 1 ? interpolate(low, high, this.#aim.key) : null;
    const start = Math.round((estimate ?? middle) - maxLimit / 2);
    return { start, end: start + maxLimit };
  }
}
