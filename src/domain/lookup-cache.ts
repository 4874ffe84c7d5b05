/** A value to be stored under a name for a time. The store does not interpret either. */
export interface LookupEntry {
  readonly name: string;
  /** Plain JSON. A store in memory returns this same object, so it must not be changed. */
  readonly value: unknown;
  /** The value and its metadata as JSON text. Its length is the size of the entry. */
  readonly text: string;
  readonly ttlMs: number;
}

/**
 * The lookups that operations share, and replicas too if the store is shared. The cache can drop any entry at any time.
 * Its methods do not reject or wait for long: a store that cannot be reached counts as empty.
 */
export interface LookupCache {
  /** Returns the values in the order of the names; null for a name without a value. */
  readonly read: (names: readonly string[]) => Promise<readonly unknown[]>;
  readonly write: (entries: readonly LookupEntry[]) => Promise<void>;
  readonly remove: (names: readonly string[]) => Promise<void>;
  /** Claims each name that is not claimed yet, for a time. Returns for each name whether this call claimed it. */
  readonly claim: (names: readonly string[], forMs: number) => Promise<readonly boolean[]>;
}
