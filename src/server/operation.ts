import { setMaxListeners } from 'node:events';
import { type CallAllowance, createCallAllowance } from '../domain/call-allowance.ts';
import { UnauthenticatedError } from '../domain/errors.ts';
import {
  type CallFailure,
  type ClientOperation,
  type Credential,
  toCredential,
} from '../domain/operation.ts';
import type { LedgerObserver } from './telemetry/ledger.ts';

export interface OperationOptions {
  /** The Authorization header that goes upstream. Throws where the caller may not call. */
  readonly authorization: () => string | null;
  /** What callers without a header are served with: the embedded sandbox's own key. */
  readonly anonymousAuthorization: string | undefined;
  /** Aborted when the client is gone. */
  readonly clientSignal: AbortSignal;
  readonly timeoutMs: number;
  /** Attempts that it may make at the API. */
  readonly maxCalls: number;
  readonly observer: LedgerObserver;
  /** Told of each attempt that failed. */
  readonly onFailure: (failure: CallFailure) => void;
}

/** Failures that are kept for those who join the operation. */
const mostFailures = 20;

const missing =
  'This operation needs the API, and no credential came with it. Send the header "Authorization: Bearer <key of a service account>".';
const notBearer =
  'The Authorization header must have the form "Bearer <key of a service account>".';

/**
 * A signal that is aborted when the last client has left, or when time is up. AbortSignal.any and AbortSignal.timeout
 * would keep all that listens to them for the whole of that time, long after the operation has ended: this one can be
 * given up.
 */
const createSignal = (timeoutMs: number) => {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new DOMException('The operation took too long.', 'TimeoutError'));
  }, timeoutMs);
  timer.unref();
  // Every call of the operation listens to it, and a page of lookups has many.
  setMaxListeners(0, controller.signal);
  const clients = new Map<AbortSignal, () => void>();
  return {
    signal: controller.signal,
    serve: (client: AbortSignal): void => {
      const leave = (): void => {
        clients.delete(client);
        if (clients.size === 0) controller.abort(client.reason);
      };
      clients.set(client, leave);
      if (client.aborted) leave();
      else client.addEventListener('abort', leave, { once: true });
    },
    end: () => {
      clearTimeout(timer);
      for (const [client, leave] of clients) client.removeEventListener('abort', leave);
      // An error may end an execution before all that it had begun: nobody waits for those reads any more.
      controller.abort(new DOMException('The operation has ended.', 'AbortError'));
    },
  };
};

/** The operation of one GraphQL request. Its calls end at its deadline, or when the last client leaves. */
export class RequestOperation implements ClientOperation {
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  readonly cause = 'page';
  readonly allowance: CallAllowance;
  readonly onCall: LedgerObserver['onCall'];
  readonly onSaved: LedgerObserver['onSaved'];
  readonly onFailure: (failure: CallFailure) => void;
  readonly failures: readonly CallFailure[];
  readonly serve: (clientSignal: AbortSignal) => void;
  readonly end: () => void;
  readonly #options: OperationOptions;

  constructor(options: OperationOptions) {
    const { timeoutMs, maxCalls, observer } = options;
    const { signal, serve, end } = createSignal(timeoutMs);
    this.signal = signal;
    this.deadlineMs = performance.now() + timeoutMs;
    this.allowance = createCallAllowance(maxCalls);
    this.onCall = observer.onCall;
    this.onSaved = observer.onSaved;
    const failures: CallFailure[] = [];
    this.failures = failures;
    this.onFailure = (failure) => {
      if (failures.length < mostFailures) failures.push(failure);
      options.onFailure(failure);
    };
    this.serve = serve;
    this.end = end;
    this.#options = options;
    serve(options.clientSignal);
  }

  get credential(): Credential {
    const { authorization, anonymousAuthorization } = this.#options;
    const given = authorization()?.trim() || anonymousAuthorization;
    if (given === undefined) throw new UnauthenticatedError(missing);
    const token = /^bearer +(\S+)$/i.exec(given)?.[1];
    if (token === undefined) throw new UnauthenticatedError(notBearer);
    // The name of a scheme has no case (RFC 9110, 11.1): however it is spelled, it is one caller.
    return toCredential(`Bearer ${token}`);
  }
}
