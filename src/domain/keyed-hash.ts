/** A hash under a secret: equal texts have equal hashes, and nobody without the secret can test a guess. */
export type KeyedHash = (text: string) => string;
