import type { Key, Lender } from './order.ts';

/** A key, and the side of the item that it is borrowed from. */
export interface ListedKey {
  readonly key: Key;
  readonly borrows: Lender | null;
}

/** The keys of one answer, so that they never go down along the list. */
export interface ListedKeys {
  /** For each item; undefined where the answer does not show which key it has. */
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
 * The longest run of keys that never go down, as indices. Of equally long ones it is the narrowest: a key that is far
 * from those beside it is the odd one. A key at `fixed` is one of them whatever the others say.
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
  // At each length, the items that can end a run of it; their keys go down.
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

/** An item that was met before, and the key that it had then. */
export interface MetItem extends ListedKey {
  readonly index: number;
}

/** Whether the key that an item had lies between those that are listed beside it now. */
const fits = (met: MetItem, keys: ListedKeys['keys'], compare: CompareKeys): boolean => {
  const below = keys.slice(0, met.index).findLast((key) => key !== undefined);
  const above = keys.slice(met.index + 1).find((key) => key !== undefined);
  return (
    (below === undefined || compare(below.key, met.key) <= 0) &&
    (above === undefined || compare(met.key, above.key) <= 0)
  );
};

const alike: ListedKey = { key: null, borrows: 'from-above' };

/**
 * What the items of an answer are compared by, in ascending order. Where a key is missing or contradicts the others the
 * list is right: such an item borrows the key of the next one above it; above the top key of the whole list, that of the
 * next one below. An item that was met before and borrowed a key keeps that one where it can.
 */
export const keysAsListed = (
  sent: SentKeys,
  compare: CompareKeys,
  met: MetItem | null,
  isTop: boolean,
): ListedKeys => {
  const counted = countSteps(sent, compare);
  const own = (key: Key | undefined): ListedKey | undefined =>
    key === undefined ? undefined : { key, borrows: null };
  if (counted.missing === 0 && counted.wrongSteps === 0) {
    return { ...counted, keys: sent.map(own), misplaced: 0 };
  }
  const isFixed = met !== null && met.borrows === null && sent[met.index] === met.key;
  const ordered = new Set(longestOrder(sent, compare, isFixed ? met.index : null));
  const keys = sent.map((key, index) => (ordered.has(index) ? own(key) : undefined));
  const misplaced = sent.filter((key, index) => key !== undefined && !ordered.has(index)).length;
  const isLost = met !== null && met.borrows !== null && !ordered.has(met.index);
  if (isLost && fits(met, keys, compare)) keys[met.index] = met;
  const top = keys.findLast((key) => key !== undefined);
  let lent: ListedKey | undefined;
  // Without any key to compare by, all are equal.
  if (top === undefined) lent = alike;
  // What follows one that borrows, up to the next key, borrows the same.
  else if (top.borrows !== null) lent = top;
  else if (isTop) lent = { key: top.key, borrows: 'from-below' };
  for (let index = keys.length - 1; index >= 0; index -= 1) {
    const listed = keys[index];
    if (listed === undefined) keys[index] = lent;
    else lent = listed.borrows === null ? { key: listed.key, borrows: 'from-above' } : listed;
  }
  return { ...counted, keys, misplaced };
};
