import { setMaxListeners } from 'node:events';
import { UnauthenticatedError } from '../tokens/errors.ts';
import { type Operation, toCredential } from '../tokens/ports.ts';
import type { LedgerObserver } from './ledger.ts';

export interface OperationOptions {
  /** The Authorization header that goes upstream. Throws where the caller may not call. */
  readonly authorization: () => string | null;
  /** What callers without a header are served with: the embedded sandbox's own key. */
  readonly anonymousAuthorization: string | undefined;
  /** Aborted when the client is gone. */
  readonly clientSignal: AbortSignal;
  readonly timeoutMs: number;
  readonly observer: LedgerObserver;
}

const missing =
  'This operation needs the API, and no credential came with it. Send the header "Authorization: Bearer <key of a service account>".';
const notBearer =
  'The Authorization header must have the form "Bearer <key of a service account>".';

/** One caller's operation, whose calls end with its deadline or when the client leaves. */
export const createOperation = (options: OperationOptions): Operation => {
  const { authorization, anonymousAuthorization, clientSignal, timeoutMs } = options;
  const signal = AbortSignal.any([clientSignal, AbortSignal.timeout(timeoutMs)]);
  // Every call of the operation listens to it, and a page of lookups has many.
  setMaxListeners(0, signal);
  return {
    get credential() {
      const given = authorization()?.trim() || anonymousAuthorization;
      if (given === undefined) throw new UnauthenticatedError(missing);
      if (!/^bearer +\S+$/i.test(given)) throw new UnauthenticatedError(notBearer);
      return toCredential(given);
    },
    signal,
    deadlineMs: performance.now() + timeoutMs,
    cause: 'page',
    onCall: options.observer.onCall,
    onSaved: options.observer.onSaved,
  };
};

/** How long may be spent, past an operation's own deadline, on finding out what a write of it has done. */
const aftermathMs = 10_000;

/** The same caller's reads after a write that left: they go on where the client is gone and time is up. */
export const outliving = (operation: Operation): Operation => ({
  get credential() {
    return operation.credential;
  },
  signal: AbortSignal.timeout(aftermathMs),
  deadlineMs: performance.now() + aftermathMs,
  cause: 'read-back',
  onCall: operation.onCall,
  ...(operation.onSaved && { onSaved: operation.onSaved }),
});
