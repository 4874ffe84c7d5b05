/**
 * The texts of documents that clients name by a hash: the SHA-256 of the text, in lower-case hexadecimal. The store is
 * bounded and can drop any text: the client then sends it again. Its methods never reject.
 */
export interface PersistedQueries {
  /** Null if there is no text with this hash. */
  readonly find: (hash: string) => Promise<string | null>;
  /**
   * Adds a text with its hash, which must be right. A text that is known or too long is not added. With `hasValues`, the
   * text contains values of its caller, and no other process gets it.
   */
  readonly add: (hash: string, text: string, hasValues: boolean) => Promise<void>;
}

/** The longest text that is kept, in bytes of UTF-8. With the default of MAX_TOKENS, few documents have 30,000. */
export const longestQuery = 65_536;

/**
 * What an entry takes besides its text, in bytes, in memory and in Redis (330 were measured there). It also bounds how many
 * entries one text can push out of Redis: fewer than 200, which takes less than 2 ms.
 */
export const queryEntryBytes = 350;

/** Whether a text has the form of a hash. No other text was ever added, and it may be very long. */
export const isQueryHash = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);
