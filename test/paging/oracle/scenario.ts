import type { ConnectionOrder, KeyComparison } from '../../../src/paging/types.ts';
import { createRandom, type Random } from './random.ts';
import type { Doc, TieOrder } from './upstream.ts';

export type Kind = 'frozen' | 'changing' | 'turning' | 'outages' | 'scan' | 'names';

/** Everything that defines one walk, drawn from its seed. */
export interface Scenario {
  readonly seed: number;
  readonly kind: Kind;
  readonly sources: readonly string[];
  readonly order: ConnectionOrder;
  /** Keys may change while the list is walked. */
  readonly isMutable: boolean;
  /** The list sorts names by another collation than code points. */
  readonly hasOwnCollation: boolean;
  readonly tieOrder: TieOrder;
  /** Tie groups are kept no larger than this. */
  readonly largestTies: number;
  readonly hasTies: boolean;
  readonly clamps: readonly [number, ...number[]];
  readonly admitsClamp: boolean;
  readonly totals: 'right' | 'high' | 'vague';
  readonly maxLimit: number;
  readonly maxScanItems: number;
  /** Most changes before one read, and in the whole walk. */
  readonly changeRate: number;
  readonly mostChanges: number;
  /** 0 if each page has a size of its own. */
  readonly pageSize: number;
  /** Every n-th tag matches. 1 if nothing is filtered. */
  readonly matchEvery: number;
  readonly docs: readonly Doc[];
}

const fields = {
  createdAt: { comparison: 'time', isMutable: false },
  updatedAt: { comparison: 'time', isMutable: true },
  expiresAt: { comparison: 'time-or-null', isMutable: true },
  displayName: { comparison: 'name', isMutable: true },
  state: { comparison: 'name', isMutable: true },
} as const;

const timeFields = ['createdAt', 'createdAt', 'createdAt', 'updatedAt', 'expiresAt'] as const;
const directions = ['ascending', 'descending'] as const;
const tieOrders = ['by-id', 'by-id-mirrored', 'by-hash', 'shuffled'] as const;

const epoch = Date.UTC(2026, 0, 1);

export const toTime = (minute: number): string => new Date(epoch + minute * 60_000).toISOString();

const words = [
  'lab',
  'Lab',
  'kiosk',
  'Ärzte',
  'zoo',
  'Desk 9',
  'desk 10',
  '\u{1f600} team',
  'Zoë',
  '\uff21',
] as const;

/** Few values for many items, and one that the gateway does not know. */
const states = ['ARCHIVED', 'DONE', 'EXPIRED', 'PENDING'] as const;

/** Draws a key that may equal others. `space` is the number of different keys. */
export const drawKey = (random: Random, field: string, space: number): string | null => {
  const value = random.below(space);
  if (field === 'state') return states[value % states.length] ?? null;
  if (field === 'displayName') {
    return random.chance(0.1) ? null : `${random.pick(words)} ${value}`;
  }
  if (field === 'expiresAt' && random.chance(0.1)) return null;
  return toTime(value);
};

export const drawId = (random: Random): string => {
  let id = '';
  while (id.length < 24) id += random.below(16).toString(16);
  return id;
};

const drawDocs = (
  random: Random,
  field: string,
  sources: readonly string[],
  size: number,
  groupLimit: number,
  hasTies: boolean,
  odd: boolean,
): readonly Doc[] => {
  const docs: Doc[] = [];
  const counts = new Map<string, number>();
  const space = hasTies
    ? Math.max(2, Math.ceil(size * random.pick([0.05, 0.5, 2])))
    : 1_000_000_000;
  for (let attempts = 0; docs.length < size && attempts < 3 * size; attempts += 1) {
    const source = random.pick([sources[0] ?? '', ...sources]);
    const isBulk = hasTies && random.chance(0.02);
    const key = drawKey(random, field, space);
    for (let copies = isBulk ? 1 + random.below(300) : 1; copies > 0; copies -= 1) {
      const group = `${source} ${key}`;
      const count = counts.get(group) ?? 0;
      if (count >= groupLimit || docs.length >= size) break;
      counts.set(group, count + 1);
      const doc = {
        source,
        id: drawId(random),
        key,
        tag: random.below(1000),
        isUnreadable: odd && random.chance(0.03),
        since: 0,
      };
      docs.push(doc);
      if (odd && !doc.isUnreadable && random.chance(0.03)) docs.push(doc);
    }
  }
  return docs;
};

const leastWithMisplaced = 20;

/**
 * Makes some records of some lists odd. Their keys are missing or unreadable, alone and in a row, also at the ends. In
 * each list, at most one key is readable but wrong. The draw has a generator of its own, so that the rest of a scenario
 * does not depend on it.
 */
const makeOdd = (
  seed: number,
  docs: readonly Doc[],
  sources: readonly string[],
  comparison: KeyComparison,
  mostMissing: number,
): readonly Doc[] => {
  const random = createRandom(seed + 0x51ed270b);
  if (comparison === 'name' || !random.chance(0.15)) return docs;
  const keys = docs.flatMap(({ key }) => key ?? []);
  const odd = new Map<string, Doc>();
  const between = (key: string) => new Date(Date.parse(key) + 30_000).toISOString();
  // The key by which the list keeps an odd record: between other keys, so that it equals none, or beyond all of them.
  const drawListedKey = (): string | null => {
    if (random.chance(0.1)) return toTime(-5);
    const key = keys[random.below(keys.length)];
    return key === undefined || random.chance(0.1) ? toTime(1_900_000_000) : between(key);
  };
  const unreadable = () => ({
    key: comparison === 'time' ? random.pick([null, undefined, 'yesterday']) : undefined,
  });
  for (const source of sources) {
    const own = docs.filter((doc) => doc.source === source && !doc.isUnreadable);
    const pick = (): Doc | undefined => own[random.below(own.length)];
    const isRow = random.chance(0.3);
    const key = drawListedKey();
    for (let count = random.below(mostMissing); count > 0; count -= 1) {
      const doc = pick();
      if (doc) odd.set(doc.id, { ...doc, key: isRow ? key : drawListedKey(), sent: unreadable() });
    }
    // The wrong key is well inside the list and not beside another odd one, so that the other keys show that it is
    // wrong.
    const owns = own.flatMap((doc) => (odd.has(doc.id) ? [] : (doc.key ?? [])));
    const sorted = [...new Set(owns)].sort();
    const index = Math.floor(sorted.length / 3) + random.below(sorted.length / 3);
    const [low, high] = [sorted[index - 2], sorted[index + 2]];
    const isBeside = ({ key }: Doc): boolean =>
      key === null || low === undefined || high === undefined || (key > low && key < high);
    const misplaced = pick();
    const beside = sorted[index];
    const isApart = ![...odd.values()].some((doc) => doc.source === source && isBeside(doc));
    if (misplaced && beside && sorted.length >= leastWithMisplaced && isApart) {
      const sent = { key: toTime(random.pick([-1000, 1_950_000_000])), isMisplaced: true };
      odd.set(misplaced.id, { ...misplaced, key: between(beside), sent });
    }
  }
  return docs.map((doc) => odd.get(doc.id) ?? doc);
};

const kinds = [
  'frozen',
  'changing',
  'changing',
  'changing',
  'turning',
  'turning',
  'outages',
  'outages',
  'scan',
  'names',
] as const;

export const drawScenario = (seed: number, only?: Kind): Scenario => {
  const random = createRandom(seed);
  const drawn = random.pick(kinds);
  const kind = only ?? drawn;
  const sources = random.pick([
    ['APPLE', 'WINDOWS'],
    ['APPLE', 'WINDOWS'],
    ['APPLE', 'WINDOWS'],
    ['WINDOWS'],
    ['ANDROID', 'APPLE', 'WINDOWS'],
  ]);
  const timeField = random.pick(timeFields);
  const nameShare = kind === 'names' ? 1 : 0.05;
  // By the seed, so that the seeds that broke a promise once still draw the same walk.
  const nameField = seed % 4 === 1 ? 'state' : 'displayName';
  const field: keyof typeof fields = random.chance(nameShare) ? nameField : timeField;
  const { comparison, isMutable } = fields[field];
  const direction = random.pick(directions);
  const maxLimit = random.pick([500, 500, 500, 100, 40]);
  const isFixedClamp = kind !== 'changing' || random.chance(0.8);
  const clamp = random.pick([1000, 1000, 1000, 37, 16]);
  const clamps: readonly [number, ...number[]] = isFixedClamp ? [clamp] : [1000, clamp];
  const admitsClamp = !isFixedClamp || random.chance(0.7);
  const smallest = Math.min(maxLimit, ...clamps);
  const tieOrder = random.pick(tieOrders);
  const hasTies = random.chance(0.7) || field === 'state';
  // A tie group in an unstable order must fit one answer together with the group before it, at any offset. From the
  // worst offset, an answer reaches half of its size.
  const fitting = Math.min(Math.floor(smallest / 2.5) - 4, Math.floor(smallest / 4) - 2);
  const largestTies = tieOrder === 'shuffled' ? Math.max(1, fitting) : 400;
  const isFrozen = kind === 'frozen' || (kind === 'names' && random.chance(0.5));
  const size = random.chance(0.002) ? 5000 : random.pick([0, 1, 3, 10, 40, 120, 250]);
  const odd = random.chance(0.1);
  // A long list with pages of one item takes half of the time and finds no more faults than a short one.
  const leastPageSize = size < 120 ? 1 : 5;
  return {
    seed,
    kind,
    sources,
    order: { field, direction, comparison },
    isMutable,
    hasOwnCollation: kind === 'names' && isFrozen && random.chance(0.6),
    tieOrder,
    largestTies,
    hasTies,
    clamps,
    admitsClamp,
    totals: admitsClamp
      ? random.pick(['right', 'right', 'right', 'right', 'high', 'vague'])
      : 'right',
    maxLimit,
    maxScanItems: random.pick([200, 500, 2000]),
    changeRate: isFrozen ? 0 : 1 + random.below(5),
    mostChanges: 150,
    pageSize: random.chance(0.5) ? 0 : Math.max(leastPageSize, random.pick([1, 2, 5, 20, 50, 100])),
    matchEvery: kind === 'scan' ? random.pick([2, 5, 40, 2000]) : 1,
    docs: makeOdd(
      seed,
      drawDocs(random, field, sources, size, largestTies, hasTies, odd),
      sources,
      comparison,
      // Records without a key are ties of the next key and must fit one answer with it.
      Math.min(12, 1 + Math.max(1, fitting), largestTies),
    ),
  };
};
