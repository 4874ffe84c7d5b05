/** A hash with a secret key. Equal texts have equal hashes, and only the holder of the secret can test a guess. */
export type KeyedHash = (text: string) => string;
