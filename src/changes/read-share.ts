const hourMs = 3_600_000;

/** The part of a quota that following takes at most. */
const share = 1 / 5;
/** What following may use at once after a pause, as the time in which it would be allowed. */
const burstMs = 60_000;

/** The calls that following an organization may make, over all credentials. */
export interface ReadShare {
  /** Counts calls that are about to be made. Returns the milliseconds to wait before making them. */
  readonly reserve: (calls: number) => number;
  /** Corrects an earlier reservation; negative if fewer calls were made. */
  readonly correct: (calls: number) => void;
}

/** Creates the share of a quota. Whoever reserves first reads first. */
export const createReadShare = (requestsPerHour: number, nowMs: () => number): ReadShare => {
  const callMs = hourMs / (requestsPerHour * share);
  /** The time at which all counted calls are within the share. */
  let coveredAtMs = -Infinity;
  return {
    reserve: (calls) => {
      coveredAtMs = Math.max(coveredAtMs, nowMs() - burstMs) + calls * callMs;
      return Math.max(0, coveredAtMs - nowMs());
    },
    correct: (calls) => {
      coveredAtMs += calls * callMs;
    },
  };
};
