import { createHmac, randomBytes } from 'node:crypto';
import type { KeyedHash } from '../domain/keyed-hash.ts';

/** HMAC-SHA256 under a secret, in base64url: 43 characters. Replicas that share a store share the secret. */
export const createKeyedHash =
  (secret: string | Buffer): KeyedHash =>
  (text) =>
    createHmac('sha256', secret).update(text).digest('base64url');

/** A keyed hash that no other process can repeat: for what stays in this one's memory. */
export const createProcessHash = (): KeyedHash => createKeyedHash(randomBytes(32));
