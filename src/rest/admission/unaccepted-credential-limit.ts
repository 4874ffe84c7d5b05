import type { Credential } from '../../domain/operation.ts';
import { limits } from '../limits.ts';
import type { Credentials } from './credentials.ts';
import { createPlaces } from './keyed-semaphore.ts';
import type { Release } from './slots.ts';

export interface EntranceOptions {
  readonly credentials: Credentials;
  /** Calls at once, over all operations. */
  readonly concurrency: number;
  /** Requests that may go at once of the quota of one organization. */
  readonly quotaBurst: number;
}

/** What is thrown to a call that may not be made. */
export interface EntranceErrors {
  readonly aborted: () => Error;
  readonly tooBusy: () => Error;
}

/**
 * Resolves when a call may be made with a credential, with what ends it. Calls of accepted credentials do not wait.
 * Throws UnauthenticatedError if the API refused the credential a moment ago.
 */
export type EnterCall = (
  credential: Credential,
  signal: AbortSignal,
  errors: EntranceErrors,
) => Promise<Release>;

const anyCredential = 'all';

/**
 * Bounds the calls with credentials that the API has not accepted yet: a few for each credential, and a share of the slots
 * and of a quota's burst for all of them together. Anybody may invent credentials and name any organization: without a
 * bound, calls that the API is about to refuse would fill the slots and use up quotas.
 */
export const createEntrance = ({
  credentials,
  concurrency,
  quotaBurst,
}: EntranceOptions): EnterCall => {
  const { callsOfOne, slotsShare, burstShare, waiting } = limits.unaccepted;
  const ofOne = createPlaces(callsOfOne, waiting);
  const ofAll = createPlaces(
    Math.max(1, Math.floor(Math.min(concurrency * slotsShare, quotaBurst * burstShare))),
    waiting,
  );

  const refuseKnown = (credential: Credential): void => {
    const refusal = credentials.refusalOf(credential);
    if (refusal !== null) throw refusal;
  };

  return async (credential, signal, errors) => {
    refuseKnown(credential);
    const releases: Release[] = [];
    const leave = (): void => {
      for (const release of releases.splice(0)) release();
    };
    try {
      for (const [places, name] of [
        [ofOne, credential],
        [ofAll, anyCredential],
      ] as const) {
        if (credentials.isAccepted(credential)) break;
        const acquiring = places.acquire(name, signal, errors.aborted);
        if (acquiring === null) throw errors.tooBusy();
        releases.push(await acquiring);
        refuseKnown(credential);
      }
    } catch (error) {
      leave();
      throw error;
    }
    if (credentials.isAccepted(credential)) leave();
    return leave;
  };
};
