/** The answer to a request for one call of the quota. */
export type QuotaGrant =
  | { readonly granted: true; readonly waitMs: number }
  | { readonly granted: false; readonly retryAfterMs: number };

/** The requests that the API allows an organization. */
export interface QuotaSize {
  readonly requestsPerHour: number;
  /** Requests that may be sent at once after a pause. */
  readonly burst: number;
}

/** The requests that the API still allows an organization. Replicas can share it. Its methods do not reject. */
export interface QuotaStore {
  /**
   * Takes one request. A granted request can have to wait, at most `maxWaitMs`, and counts from now on. `reserve` is
   * the share of the burst, 0 to 1, that the request must leave to others.
   */
  take(
    organizationId: string,
    need: { readonly maxWaitMs: number; readonly reserve: number },
  ): Promise<QuotaGrant>;
  /** Requests that may be sent at once, as far as this process knows; null if it has not asked for a while. */
  left(organizationId: string): number | null;
  /** Returns a request that was not sent, or that belongs to a caller that the API has not accepted. */
  giveBack(organizationId: string): Promise<void>;
  /** Records that the API allows no request for this time. */
  empty(organizationId: string, forMs: number): Promise<void>;
}
