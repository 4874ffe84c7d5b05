import { GatewayError } from '../../domain/errors.ts';
import type { Caller } from './authentication.ts';

/** A caller whose credential is missing or refused is not accepted. */
const isSo = (claim: () => boolean): boolean => {
  try {
    return claim();
  } catch (error) {
    if (error instanceof GatewayError) return false;
    throw error;
  }
};

/** Whether a caller's credential is accepted: by this gateway as a JWT, or by the API in an answer of this hour. */
export const createAcceptance =
  (caller: Caller, isAcceptedByApi: () => boolean): (() => boolean) =>
  () =>
    // Callers whose credential only the API can judge have no identity.
    isSo(() => caller.identity() !== null) || isSo(isAcceptedByApi);
