import type { GatewayContext } from '../graphql/context.ts';
import { GatewayError } from '../tokens/errors.ts';
import type { Caller } from './authentication.ts';

/** The JWT was verified. Callers whose credential only the API can judge have no identity. */
const isIdentified = ({ identity }: Caller): boolean => {
  try {
    return identity() !== null;
  } catch (error) {
    if (error instanceof GatewayError) return false;
    throw error;
  }
};

/** The API answers 401 to a credential that it refuses, and may answer 429 before it looks at one. */
const saysNothing: ReadonlySet<number | null> = new Set([null, 401, 429]);

/** Whether something shows by now that a caller's credential is accepted. Until then the caller may be a stranger. */
export const createAcceptance =
  (caller: Caller, { calls }: GatewayContext['ledger']): (() => boolean) =>
  () =>
    isIdentified(caller) || calls.some(({ status }) => !saysNothing.has(status));
