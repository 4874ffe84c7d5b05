import type { Kind } from './scenario.ts';
import { runWalk } from './walk.ts';
import { noCost, type WalkCost } from './walk-cost.ts';

/** A walk that broke a promise. `runWalk` with its seed repeats it. */
export interface BrokenWalk {
  readonly seed: number;
  readonly message: string;
}

export interface WalksReport {
  readonly walks: number;
  readonly broken: readonly BrokenWalk[];
  readonly costs: Readonly<Partial<Record<Kind, WalkCost & { walks: number }>>>;
}

/** Runs the walks of the seeds from `from` to `to` - 1. */
export const runWalks = async (from: number, to: number): Promise<WalksReport> => {
  const broken: BrokenWalk[] = [];
  const costs: Partial<Record<Kind, WalkCost & { walks: number }>> = {};
  for (let seed = from; seed < to; seed += 1) {
    try {
      const { scenario, cost } = await runWalk(seed);
      const sum = costs[scenario.kind] ?? { walks: 0, ...noCost() };
      costs[scenario.kind] = {
        walks: sum.walks + 1,
        pages: sum.pages + cost.pages,
        calls: sum.calls + cost.calls,
        seeks: sum.seeks + cost.seeks,
        readItems: sum.readItems + cost.readItems,
        wantedItems: sum.wantedItems + cost.wantedItems,
        lostBoundaries: sum.lostBoundaries + cost.lostBoundaries,
        givenUp: sum.givenUp + cost.givenUp,
      };
    } catch (error) {
      broken.push({ seed, message: error instanceof Error ? error.message : String(error) });
    }
  }
  return { walks: to - from, broken, costs };
};
