import { createHmac, randomBytes } from 'node:crypto';
import type { KeyedHash } from '../domain/keyed-hash.ts';

/**
 * Creates an HMAC-SHA256 with a secret. Its hashes have 43 characters of base64url. Replicas that share a store share
 * the secret.
 */
export const createKeyedHash =
  (secret: string | Buffer): KeyedHash =>
  (text) =>
    createHmac('sha256', secret).update(text).digest('base64url');

/** Creates a hash with a random secret, for values that stay in memory. */
export const createProcessHash = (): KeyedHash => createKeyedHash(randomBytes(32));
