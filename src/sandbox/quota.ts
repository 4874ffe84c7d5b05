/** How many requests an organization may make in an hour. */
export interface Quota {
  /** Sets the limit (null: no limit) and starts the count from zero. */
  readonly set: (requestsPerHour: number | null) => void;
  /** Counts one request. Returns null, or past the limit the seconds until the hour ends. */
  readonly take: (organizationId: string) => number | null;
}

const hourMs = 3_600_000;

/** Creates a quota. An hour starts with the organization's first request after the last hour ended. */
export const createQuota = (requestsPerHour: number | null, now: () => Date): Quota => {
  const hours = new Map<string, { startMs: number; requests: number }>();
  let limit = requestsPerHour;
  return {
    set: (next) => {
      limit = next;
      hours.clear();
    },
    take: (organizationId) => {
      if (limit === null) return null;
      const nowMs = now().getTime();
      const known = hours.get(organizationId);
      const hour =
        known === undefined || nowMs >= known.startMs + hourMs
          ? { startMs: nowMs, requests: 0 }
          : known;
      hours.set(organizationId, hour);
      if (hour.requests >= limit) return Math.ceil((hour.startMs + hourMs - nowMs) / 1000);
      hour.requests += 1;
      return null;
    },
  };
};
