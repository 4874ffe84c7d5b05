import { LRUCache } from 'lru-cache';
import type { Clock } from '../../domain/clock.ts';
import type { UnauthenticatedError } from '../../domain/errors.ts';
import type { KeyedHash } from '../../domain/keyed-hash.ts';
import type { Credential } from '../../domain/operation.ts';
import { limits } from '../limits.ts';

/** Remembers which credentials the API accepted or refused. It keeps only keyed hashes of them. */
export interface Credentials {
  /** Whether the API accepted the credential in this process within the last hour. */
  isAccepted(credential: Credential): boolean;
  /** The API's refusal of the last seconds. Null for a credential that was accepted before. */
  refusalOf(credential: Credential): UnauthenticatedError | null;
  accept(credential: Credential): void;
  refuse(credential: Credential, refusal: UnauthenticatedError): void;
}

/** Creates an empty memory for credentials that callers send. */
export const createCredentials = (hash: KeyedHash, clock: Clock): Credentials => {
  const options = {
    // As a size, since the cache allocates all its entries at once if it is given a count.
    maxSize: limits.credentials.maxRemembered,
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

/** For calls with the gateway's own key: a refusal does not concern the caller and must not stop other callers. */
export const ownCredential: Credentials = {
  isAccepted: () => true,
  refusalOf: () => null,
  accept: () => {},
  refuse: () => {},
};
