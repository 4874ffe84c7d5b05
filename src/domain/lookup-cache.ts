/** One value to be kept for a while under a name; both are opaque to the store. */
export interface LookupEntry {
  readonly name: string;
  /** Plain JSON. A store in memory hands out this very object: nobody changes it. */
  readonly value: unknown;
  /** The same written out: what it takes to keep it. */
  readonly text: string;
  readonly ttlMs: number;
}

/**
 * Lookups that operations (and replicas) share. It may forget anything at any time. Nothing here rejects or waits for
 * long: a store that cannot be reached is an empty one.
 */
export interface LookupCache {
  /** The values in the order of the names; null where there is none. */
  readonly read: (names: readonly string[]) => Promise<readonly unknown[]>;
  readonly write: (entries: readonly LookupEntry[]) => Promise<void>;
  readonly remove: (names: readonly string[]) => Promise<void>;
  /** For each name whether nobody held a claim to it; the claim then ends by itself. */
  readonly claim: (names: readonly string[], forMs: number) => Promise<readonly boolean[]>;
}
