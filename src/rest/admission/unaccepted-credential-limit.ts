import type { Credential } from '../../domain/operation.ts';
import { limits } from '../limits.ts';
import type { Credentials } from './credentials.ts';
import { createSlots, type Release, type SlotRequest, type Slots } from './slots.ts';

export interface UnacceptedCredentialOptions {
  readonly credentials: Credentials;
  /** Calls at once, over all operations. */
  readonly concurrency: number;
  /** Requests of one organization's quota that may be sent at once. */
  readonly quotaBurst: number;
}

/**
 * Resolves when a call may be made with a credential, with the function to call when it has ended. Calls with accepted
 * credentials do not wait. Throws UnauthenticatedError if the API refused the credential a few seconds ago.
 */
export type AcquireCredentialPermit = (
  credential: Credential,
  call: SlotRequest,
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
  const createPermits = (size: number): Slots =>
    createSlots({
      mayStart: (runningInGroup) => runningInGroup < size,
      maxWaiting,
    });
  const perCredential = createPermits(callsPerCredential);
  const inAll = createPermits(
    Math.max(1, Math.floor(Math.min(concurrency * slotsShare, quotaBurst * burstShare))),
  );

  const throwKnownRefusal = (credential: Credential): void => {
    const refusal = credentials.refusalOf(credential);
    if (refusal !== null) throw refusal;
  };

  return async (credential, call) => {
    throwKnownRefusal(credential);
    const releases: Release[] = [];
    const releaseAll = (): void => {
      for (const release of releases.splice(0)) release();
    };
    try {
      for (const [permits, group] of [
        [perCredential, credential],
        [inAll, anyCredential],
      ] as const) {
        if (credentials.isAccepted(credential)) break;
        releases.push(await permits.acquire({ ...call, group }));
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
