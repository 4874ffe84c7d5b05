import type { SavingCause, UpstreamCall } from '../../domain/operation.ts';
import type { Ledger } from '../../graphql/context.ts';

export interface LedgerObserver {
  readonly onCall: (call: UpstreamCall) => void;
  readonly onSaved: (cause: SavingCause, calls: number) => void;
}

/** Creates the empty ledger of an operation. Each entry is also passed to the observer. */
export const createLedger = (observer: LedgerObserver): Ledger & LedgerObserver => {
  const calls: UpstreamCall[] = [];
  const saved = { embedded: 0, loader: 0, plan: 0, cache: 0, inFlight: 0 };
  return {
    calls,
    saved,
    onCall: (call) => {
      calls.push(call);
      observer.onCall(call);
    },
    onSaved: (cause, count) => {
      saved[cause] += count;
      observer.onSaved(cause, count);
    },
  };
};
