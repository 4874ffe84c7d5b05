import type { Credential } from '../../domain/operation.ts';
import { limits } from '../limits.ts';
import type { Credentials } from './credentials.ts';
import { createKeyedSemaphore } from './keyed-semaphore.ts';
import type { Release } from './slots.ts';

export interface UnacceptedCredentialOptions {
  readonly credentials: Credentials;
  /** Calls at once, over all operations. */
  readonly concurrency: number;
  /** Requests of one organization's quota that may be sent at once. */
  readonly quotaBurst: number;
}

/** Creates the errors of a call that is not admitted. */
export interface LimitErrors {
  readonly aborted: () => Error;
  readonly queueFull: () => Error;
}

/**
 * Resolves when a call may be made with a credential, with the function to call when it has ended. Calls with accepted
 * credentials do not wait. Throws UnauthenticatedError if the API refused the credential a few seconds ago.
 */
export type AcquireCredentialPermit = (
  credential: Credential,
  signal: AbortSignal,
  errors: LimitErrors,
) => Promise<Release>;

const anyCredential = 'all';

/**
 * Bounds the calls with credentials that the API has not accepted yet: a few for each credential, and for all of them
 * together a share of the slots and of a quota's burst. Anybody can invent credentials and name any organization, so
 * without a bound such calls could fill the slots and use up quotas.
 */
export const createUnacceptedCredentialLimit = ({
  credentials,
  concurrency,
  quotaBurst,
}: UnacceptedCredentialOptions): AcquireCredentialPermit => {
  const { callsPerCredential, slotsShare, burstShare, maxWaiting } = limits.unaccepted;
  const perCredential = createKeyedSemaphore(callsPerCredential, maxWaiting);
  const inAll = createKeyedSemaphore(
    Math.max(1, Math.floor(Math.min(concurrency * slotsShare, quotaBurst * burstShare))),
    maxWaiting,
  );

  const throwKnownRefusal = (credential: Credential): void => {
    const refusal = credentials.refusalOf(credential);
    if (refusal !== null) throw refusal;
  };

  return async (credential, signal, errors) => {
    throwKnownRefusal(credential);
    const releases: Release[] = [];
    const releaseAll = (): void => {
      for (const release of releases.splice(0)) release();
    };
    try {
      for (const [semaphore, key] of [
        [perCredential, credential],
        [inAll, anyCredential],
      ] as const) {
        if (credentials.isAccepted(credential)) break;
        const acquiring = semaphore.acquire(key, signal, errors.aborted);
        if (acquiring === null) throw errors.queueFull();
        releases.push(await acquiring);
        // The API may have refused the credential during the wait.
        throwKnownRefusal(credential);
      }
    } catch (error) {
      releaseAll();
      throw error;
    }
    if (credentials.isAccepted(credential)) releaseAll();
    return releaseAll;
  };
};
