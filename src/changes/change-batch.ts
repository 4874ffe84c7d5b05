import type { UpstreamCall } from '../domain/operation.ts';
import {
  advance,
  changesSince,
  type FollowedItem,
  kindOf,
  type ListPosition,
  type Positions,
} from './position.ts';
import type { Change, ChangeKind } from './types.ts';

/** What a reader gets of the lists that answered. */
export interface ChangeBatch<Node> {
  /** Oldest first, over all lists. */
  readonly changes: readonly Change<Node>[];
  readonly after: Positions;
}

/** Encodes its cursor when the cursor is read: all subscribers get the same change, and few select its cursor. */
class FollowedChange<Node> implements Change<Node> {
  readonly kind: ChangeKind;
  readonly node: Node;
  readonly calls: readonly UpstreamCall[];
  readonly #encode: () => string;
  #cursor: string | null = null;

  constructor(change: Omit<Change<Node>, 'cursor'>, encode: () => string) {
    this.kind = change.kind;
    this.node = change.node;
    this.calls = change.calls;
    this.#encode = encode;
  }

  get cursor(): string {
    this.#cursor ??= this.#encode();
    return this.#cursor;
  }
}

const inOrder = (left: FollowedItem<unknown>, right: FollowedItem<unknown>): number =>
  left.updatedMs - right.updatedMs ||
  (left.list === right.list ? left.digest - right.digest : left.list < right.list ? -1 : 1);

/**
 * The changes since `before` in the lists that `calls` read, and the positions after them. The items of a list must be all
 * that changed at its floor or later. A list without a position is not followed yet, and has no changes.
 */
export const createBatch = <Node>(
  before: Positions,
  read: ReadonlyMap<string, readonly FollowedItem<Node>[]>,
  encode: (positions: Positions) => string,
  calls: readonly UpstreamCall[],
): ChangeBatch<Node> => {
  const known = [...read].flatMap(([list, items]) => {
    const position = before.get(list);
    return position ? [{ list, position, changed: changesSince(position, items) }] : [];
  });
  const merged = known
    .flatMap(({ position, changed }) => changed.map((item) => ({ position, item })))
    .sort((left, right) => inOrder(left.item, right.item));

  /** The positions after the first `count` changes. */
  const positionsAfter = (count: number): Positions => {
    const passed = merged.slice(0, count);
    const moved = known.map(({ list, position }): [string, ListPosition] => {
      const own = passed.filter(({ item }) => item.list === list).map(({ item }) => item);
      return [list, advance(position, own)];
    });
    return new Map([...before, ...moved]);
  };

  return {
    changes: merged.map(
      ({ position, item }, index) =>
        new FollowedChange({ kind: kindOf(position, item), node: item.node, calls }, () =>
          encode(positionsAfter(index + 1)),
        ),
    ),
    after: positionsAfter(merged.length),
  };
};
