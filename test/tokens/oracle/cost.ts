import type { FeedOrder } from '../../../src/tokens/feed.ts';
import { createRandom, type Random } from './random.ts';
import { drawId, drawScenario, type Scenario, toTime } from './scenario.ts';
import type { Doc } from './upstream.ts';
import { noCost, runScenario, type WalkCost } from './walk.ts';

/** What one kind of walk costs on average. */
export interface CostLine {
  readonly name: string;
  readonly pages: number;
  readonly callsPerPage: number;
  /** Items asked for, for each item that a page and its anchor take from every source. */
  readonly itemsRatio: number;
}

const orders: readonly FeedOrder[] = [
  { field: 'createdAt', direction: 'descending', comparison: 'time' },
  { field: 'createdAt', direction: 'ascending', comparison: 'time' },
  { field: 'updatedAt', direction: 'descending', comparison: 'time' },
  { field: 'expiresAt', direction: 'ascending', comparison: 'time' },
  { field: 'displayName', direction: 'ascending', comparison: 'name' },
  { field: 'displayName', direction: 'descending', comparison: 'name' },
];

const drawUnique = (random: Random, size: number, field: string): readonly Doc[] =>
  Array.from({ length: size }, (_, index) => ({
    source: random.pick(['APPLE', 'WINDOWS']),
    id: drawId(random),
    key: field === 'displayName' ? `Device ${index}` : toTime(index),
    tag: 0,
    isUnreadable: false,
    since: 0,
  }));

const scenarioOf = (seed: number, order: FeedOrder, size: number, pageSize: number): Scenario => ({
  ...drawScenario(seed, 'changing'),
  sources: ['APPLE', 'WINDOWS'],
  order,
  isMutable: false,
  isForeign: false,
  tieOrder: 'by-id',
  largestTies: 1,
  hasTies: false,
  clamps: [1000],
  admitsClamp: true,
  totals: 'right',
  maxLimit: 500,
  changeRate: 0,
  mostChanges: 0,
  pageSize,
  matchEvery: 1,
  docs: drawUnique(createRandom(seed), size, order.field),
});

const toLine = (name: string, { pages, calls, readItems, wantedItems }: WalkCost): CostLine => ({
  name,
  pages,
  callsPerPage: calls / pages,
  itemsRatio: readItems / wantedItems,
});

const add = (sum: WalkCost, cost: WalkCost): void => {
  sum.pages += cost.pages;
  sum.calls += cost.calls;
  sum.seeks += cost.seeks;
  sum.readItems += cost.readItems;
  sum.wantedItems += cost.wantedItems;
  sum.lostPlaces += cost.lostPlaces;
  sum.givenUp += cost.givenUp;
};

/** Walks of unchanged lists, in every order, from one end to the other. */
export const measureFrozen = async (size: number): Promise<readonly CostLine[]> => {
  const lines: CostLine[] = [];
  for (const [index, order] of orders.entries()) {
    for (const pageSize of [20, 100]) {
      const cost = await runScenario(scenarioOf(index + 1, order, size, pageSize));
      lines.push(
        toLine(`unchanged, ${order.field} ${order.direction}, pages of ${pageSize}`, cost),
      );
    }
  }
  return lines;
};

/** Walks of lists that change up to five times before every call. */
export const measureChanging = async (walks: number, size: number): Promise<CostLine> => {
  const sum = noCost();
  for (let seed = 1; seed <= walks; seed += 1) {
    const order = orders[seed % 2] ?? orders[0];
    if (order === undefined) break;
    const scenario = scenarioOf(seed, order, size, [10, 20, 50][seed % 3] ?? 20);
    add(sum, await runScenario({ ...scenario, changeRate: 5, mostChanges: 100_000 }));
  }
  return toLine('up to 5 changes before every call', sum);
};
