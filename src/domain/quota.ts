/** How a request for a slot of the quota went. */
export type QuotaGrant =
  | { readonly granted: true; readonly waitMs: number }
  | { readonly granted: false; readonly retryAfterMs: number };

/** The requests that the API allows an organization. */
export interface QuotaSize {
  readonly requestsPerHour: number;
  /** Requests that may go at once after a time of rest. */
  readonly burst: number;
}

/** What is left of the requests that the API allows an organization; replicas may share it. Nothing here rejects. */
export interface QuotaStore {
  /**
   * Takes one request. Granted ones may have to wait, at most `maxWaitMs`, and are then counted already. `reserve` is
   * the share of the burst, 0 to 1, that the request must leave to others.
   */
  take(
    organizationId: string,
    need: { readonly maxWaitMs: number; readonly reserve: number },
  ): Promise<QuotaGrant>;
  /** Requests that may go at once, as far as this process knows; null where it has not asked for a while. */
  left(organizationId: string): number | null;
  /** Returns a request that was not sent after all, or that belongs to a caller whom the API has not accepted. */
  giveBack(organizationId: string): Promise<void>;
  /** The API knows better: nothing is left for so long. */
  empty(organizationId: string, forMs: number): Promise<void>;
}
