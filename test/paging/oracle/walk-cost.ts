/** What walks cost, in numbers that add up. */
export interface WalkCost {
  pages: number;
  calls: number;
  seeks: number;
  readItems: number;
  wantedItems: number;
  /** Pages on which a boundary was not found again within eight calls, and walks that were given up because of it. */
  lostBoundaries: number;
  givenUp: number;
}

export const noCost = (): WalkCost => ({
  pages: 0,
  calls: 0,
  seeks: 0,
  readItems: 0,
  wantedItems: 0,
  lostBoundaries: 0,
  givenUp: 0,
});
