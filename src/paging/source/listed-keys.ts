import type { InferredFrom, Key } from '../position.ts';

/** The sort key by which a listed item is compared: its own, or that of the next item above or below. */
export interface ListedKey {
  readonly key: Key;
  readonly inferredFrom: InferredFrom | null;
}

/** The keys of one answer. They never decrease along the list, in ascending order. */
export interface ListedKeys {
  /** One for each item; undefined if the answer does not show it. */
  readonly keys: readonly (ListedKey | undefined)[];
  /** Items whose key was missing or unreadable, and those with a key that is out of order. */
  readonly missing: number;
  readonly misplaced: number;
  /** Neighbouring keys, and how many of them go the wrong way. */
  readonly steps: number;
  readonly wrongSteps: number;
}

type SentKeys = readonly (Key | undefined)[];
type CompareKeys = (left: Key, right: Key) => number;

const countSteps = (sent: SentKeys, compare: CompareKeys) => {
  let [steps, wrongSteps, missing] = [0, 0, 0];
  let previous: Key | undefined;
  for (const key of sent) {
    if (key === undefined) {
      missing += 1;
      continue;
    }
    if (previous !== undefined) {
      steps += 1;
      if (compare(previous, key) > 0) wrongSteps += 1;
    }
    previous = key;
  }
  return { steps, wrongSteps, missing };
};

/**
 * The indices of the longest non-decreasing subsequence, which always contains the key at `fixed`. If several are
 * equally long, the one with the smallest range: a key far from its neighbours is probably the wrong one.
 */
const longestOrder = (
  sent: SentKeys,
  compare: CompareKeys,
  fixed: number | null,
): readonly number[] => {
  const fixedKey = fixed === null ? undefined : sent[fixed];
  const contradicts = (index: number, key: Key): boolean => {
    if (fixed === null || fixedKey === undefined || index === fixed) return false;
    return index < fixed ? compare(key, fixedKey) > 0 : compare(key, fixedKey) < 0;
  };
  const keyAt = (index: number | undefined): Key => sent[index ?? -1] ?? null;
  // levels[n] holds the indices that can end a subsequence of n + 1 keys. The keys at these indices decrease.
  const levels: number[][] = [];
  for (const [index, key] of sent.entries()) {
    if (key === undefined || contradicts(index, key)) continue;
    let [low, high] = [0, levels.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(keyAt(levels[middle]?.at(-1)), key) > 0) high = middle;
      else low = middle + 1;
    }
    const level = levels[low];
    if (level === undefined) levels.push([index]);
    else level.push(index);
  }
  const order: number[] = [];
  let next = levels.pop()?.at(-1);
  while (next !== undefined) {
    order.push(next);
    const [bound, key] = [next, keyAt(next)];
    next = levels.pop()?.find((index) => index < bound && compare(keyAt(index), key) <= 0);
  }
  return order.reverse();
};

/** The item of the anchor, and the key that the cursor holds for it. */
interface AnchorItem extends ListedKey {
  readonly index: number;
}

/** Whether the anchor's key lies between the keys listed before and after it. */
const fits = (anchor: AnchorItem, keys: ListedKeys['keys'], compare: CompareKeys): boolean => {
  const below = keys.slice(0, anchor.index).findLast((key) => key !== undefined);
  const above = keys.slice(anchor.index + 1).find((key) => key !== undefined);
  return (
    (below === undefined || compare(below.key, anchor.key) <= 0) &&
    (above === undefined || compare(anchor.key, above.key) <= 0)
  );
};

/** The key of every item if no item of the answer has one: all are equal. */
const sameKey: ListedKey = { key: null, inferredFrom: 'above' };

/**
 * Gives the items of an answer, in ascending order, the keys by which they are compared. If a key is missing or
 * contradicts the others, the order of the list counts and not the key: the item takes the key of the next item above.
 * At the top of the list (`isTop`), it takes the key of the next item below. An anchor whose key was inferred on an
 * earlier page keeps that key if it still fits.
 */
export const keysAsListed = (
  sent: SentKeys,
  compare: CompareKeys,
  anchor: AnchorItem | null,
  isTop: boolean,
): ListedKeys => {
  const counted = countSteps(sent, compare);
  const own = (key: Key | undefined): ListedKey | undefined =>
    key === undefined ? undefined : { key, inferredFrom: null };
  if (counted.missing === 0 && counted.wrongSteps === 0) {
    return { ...counted, keys: sent.map(own), misplaced: 0 };
  }
  const isFixed =
    anchor !== null && anchor.inferredFrom === null && sent[anchor.index] === anchor.key;
  const ordered = new Set(longestOrder(sent, compare, isFixed ? anchor.index : null));
  const keys = sent.map((key, index) => (ordered.has(index) ? own(key) : undefined));
  const misplaced = sent.filter((key, index) => key !== undefined && !ordered.has(index)).length;
  const isInferred = anchor !== null && anchor.inferredFrom !== null && !ordered.has(anchor.index);
  if (isInferred && fits(anchor, keys, compare)) keys[anchor.index] = anchor;
  const top = keys.findLast((key) => key !== undefined);
  let inferred: ListedKey | undefined;
  if (top === undefined) inferred = sameKey;
  // The topmost known key is the one inferred for the anchor. Items above the anchor share it.
  else if (top.inferredFrom !== null) inferred = top;
  else if (isTop) inferred = { key: top.key, inferredFrom: 'below' };
  for (let index = keys.length - 1; index >= 0; index -= 1) {
    const listed = keys[index];
    if (listed === undefined) keys[index] = inferred;
    else
      inferred = listed.inferredFrom === null ? { key: listed.key, inferredFrom: 'above' } : listed;
  }
  return { ...counted, keys, misplaced };
};
