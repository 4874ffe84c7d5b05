/**
 * The texts of documents that clients name by a hash: the SHA-256 of the text, in lower-case hexadecimal. The store is
 * bounded and can drop any text: the client then sends it again. Its methods never reject.
 */
export interface PersistedQueries {
  /** Null if there is no text with this hash. */
  readonly find: (hash: string) => Promise<string | null>;
  /** Adds a text. A text that is too long is not kept. */
  readonly add: (hash: string, text: string) => Promise<void>;
}
