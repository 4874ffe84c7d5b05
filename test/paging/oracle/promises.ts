import type { ConnectionPage } from '../../../src/paging/types.ts';
import type { Scenario } from './scenario.ts';
import type { Doc } from './upstream.ts';
import type { World } from './world.ts';

/** A promise of the connection was broken. */
class BrokenPromiseError extends Error {}

/** Throws if a promise does not hold. */
export const demand = (holds: boolean, message: () => string): void => {
  if (!holds) throw new BrokenPromiseError(message());
};

/** A cursor, and what was returned on one side of it before it was given out. */
export interface CursorMark {
  readonly cursor: string;
  /** The id of the cursor's edge; null at an end of the list. */
  readonly edge: string | null;
  readonly side: 'before' | 'after';
  /** Whether an id was returned on this side. Items that were there throughout and were not are on the other side. */
  readonly hasPassed: (id: string) => boolean;
  /** The moment at which the walk to this cursor began. */
  readonly since: number;
}

/** What the connection promises about the pages of one scenario. Each check throws if a promise is broken. */
export class Promises {
  readonly #scenario: Scenario;
  readonly #world: World;
  /** 1 if the order is ascending, else -1. */
  readonly sign: number;

  constructor(scenario: Scenario, world: World) {
    this.#scenario = scenario;
    this.#world = world;
    this.sign = scenario.order.direction === 'ascending' ? 1 : -1;
  }

  /** Whether a tie group may be larger than one answer. */
  get mayHaveOversizedTies(): boolean {
    const { largestTies, maxLimit, clamps } = this.#scenario;
    return largestTies > Math.min(maxLimit, ...clamps) / 2.5 - 4;
  }

  /**
   * Whether a boundary may be lost. A wrong count makes a group that just fits one answer oversized on one page and not
   * on the next, even if the list does not change.
   */
  get mayLoseBoundaries(): boolean {
    const { changeRate, totals } = this.#scenario;
    return changeRate > 0 || (this.mayHaveOversizedTies && totals !== 'right');
  }

  matches(doc: Doc): boolean {
    return doc.tag % this.#scenario.matchEvery === 0;
  }

  // An item whose key contradicts the list affects no other item, but may itself be missed if the list changes.
  #mayBeMissed({ sent }: Doc): boolean {
    return this.#scenario.changeRate > 0 && sent?.isMisplaced === true;
  }

  /** Whether a document has been in the list, with the same key, since a moment. */
  #wasThere(doc: Doc, since: number): boolean {
    return (
      this.#world.upstream.get(doc.id) !== undefined &&
      doc.since <= since &&
      !doc.isUnreadable &&
      !(doc.sent && this.#world.updated.has(doc.id)) &&
      !this.#mayBeMissed(doc)
    );
  }

  /** What is said to be behind a page: nothing before the first one, and something after items were returned. */
  checkBehind(
    page: ConnectionPage<Doc>,
    origin: CursorMark,
    returned: readonly Doc[],
    forward: boolean,
    cursor: string | null,
  ): void {
    const hasBehind = forward ? page.hasPreviousPage : page.hasNextPage;
    const isWhole = page.sources.every(({ status }) => status === 'OK');
    if (cursor === null) demand(!hasBehind || !isWhole, () => 'something is behind the first page');
    const last = returned.at(-1);
    if (last === undefined || origin.edge !== null || !isWhole) return;
    const isThere =
      this.#world.upstream.get(last.id) !== undefined && !this.#world.updated.has(last.id);
    demand(
      hasBehind || !isThere,
      () => 'nothing is said to be behind, but items were returned before',
    );
  }

  /** Two items that follow one another are in the total order. */
  checkOrder(previous: Doc, next: Doc, forward: boolean): void {
    if (this.#scenario.hasOwnCollation) return;
    const sign = forward ? this.sign : -this.sign;
    // If the list changes, an odd record may have had another key when it was read.
    if (this.#scenario.changeRate > 0 && (previous.sent ?? next.sent)) return;
    const world = this.#world;
    const byKey = sign * world.compareKeys(world.keyOf(previous), world.keyOf(next));
    const inOrder = sign * world.compare(previous, next) < 0;
    const isTie = byKey === 0 && previous.source === next.source;
    const describe = () =>
      `out of order: ${previous.key} ${previous.source} ${previous.id}, then ${next.key} ${next.source} ${next.id}`;
    // The items of an oversized tie group come in the order of the list.
    demand(inOrder || (isTie && this.mayHaveOversizedTies), describe);
  }

  /** Each item comes once, on the right side of the cursor; at the end, none that was there throughout is missing. */
  checkReturned(
    origin: CursorMark,
    returned: readonly Doc[],
    forward: boolean,
    isComplete: boolean,
    forbidden: readonly string[],
  ): void {
    const { upstream, updated } = this.#world;
    const counts = new Map<string, number>();
    for (const { id } of returned) counts.set(id, (counts.get(id) ?? 0) + 1);
    const isAway = (origin.side === 'before') === forward;
    const isExpected = (id: string): boolean =>
      id !== origin.edge && origin.hasPassed(id) !== isAway;
    for (const doc of returned) {
      if (updated.has(doc.id)) continue;
      demand(counts.get(doc.id) === 1, () => `${doc.id} was returned ${counts.get(doc.id)} times`);
      demand(this.matches(doc), () => `${doc.id} does not match`);
      if (doc.since <= origin.since && !this.#mayBeMissed(doc)) {
        demand(isExpected(doc.id), () => `${doc.id} is on the other side of the cursor`);
      }
    }
    if (!isComplete) return;
    for (const doc of upstream.all()) {
      if (!this.#wasThere(doc, origin.since) || !this.matches(doc)) continue;
      if (forbidden.includes(doc.source) || !isExpected(doc.id)) continue;
      demand(counts.has(doc.id), () => `${doc.id} of ${doc.source}, ${doc.key}, was left out`);
    }
  }
}
