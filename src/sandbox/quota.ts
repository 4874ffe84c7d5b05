/** How many requests an organization may make in an hour. */
export interface Quota {
  /** Null: any number. Counting begins anew. */
  readonly set: (requestsPerHour: number | null) => void;
  /** Counts one request: null, or, past the limit, the seconds until the hour is over. */
  readonly take: (organizationId: string) => number | null;
}

const hourMs = 3_600_000;

/** Creates a quota that counts whole hours, each from an organization's first request in it. */
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
