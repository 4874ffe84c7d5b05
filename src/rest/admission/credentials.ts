import { LRUCache } from 'lru-cache';
import type { Clock } from '../../domain/clock.ts';
import type { UnauthenticatedError } from '../../domain/errors.ts';
import type { KeyedHash } from '../../domain/keyed-hash.ts';
import type { Credential } from '../../domain/operation.ts';
import { limits } from '../limits.ts';

/** What is known of the credentials that callers sent; it keeps only keyed hashes of them. */
export interface Credentials {
  /** Whether the API accepted it, in this process and not long ago. */
  isAccepted(credential: Credential): boolean;
  /** The API's refusal, if that is some seconds old at most; never of a credential that was accepted before. */
  refusalOf(credential: Credential): UnauthenticatedError | null;
  accept(credential: Credential): void;
  refuse(credential: Credential, refusal: UnauthenticatedError): void;
}

/** The credentials of callers whom the gateway does not know. */
export const createCredentials = (hash: KeyedHash, clock: Clock): Credentials => {
  const options = {
    // As a size: given a count, the cache allocates room for all its entries at once.
    maxSize: limits.credentials.most,
    sizeCalculation: () => 1,
    perf: { now: clock.nowMs },
    ttlResolution: 0,
  };
  const accepted = new LRUCache<string, true>({ ...options, ttl: limits.credentials.acceptedMs });
  const refused = new LRUCache<string, UnauthenticatedError>({
    ...options,
    ttl: limits.credentials.refusedMs,
  });
  return {
    isAccepted: (credential) => accepted.has(hash(credential)),
    refusalOf: (credential) => refused.get(hash(credential)) ?? null,
    accept: (credential) => {
      const name = hash(credential);
      accepted.set(name, true);
      refused.delete(name);
    },
    refuse: (credential, refusal) => {
      const name = hash(credential);
      if (!accepted.has(name)) refused.set(name, refusal);
    },
  };
};

/** For the gateway's own key: a refusal says nothing of the caller, and must not stop the others. */
export const ownCredential: Credentials = {
  isAccepted: () => true,
  refusalOf: () => null,
  accept: () => {},
  refuse: () => {},
};
