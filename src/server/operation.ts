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
  /** The Authorization header for the API; null if there is none. Throws if the caller's credential is missing or refused. */
  readonly authorization: () => string | null;
  /** The header for callers who send none: the embedded sandbox's key. */
  readonly anonymousAuthorization: string | undefined;
  readonly clientSignal: AbortSignal;
  readonly timeoutMs: number;
  /** Limit of attempts at the API. */
  readonly maxCalls: number;
  readonly observer: LedgerObserver;
  readonly onFailure: (failure: CallFailure) => void;
}

/** Limit of failures that are kept for requests that join the operation. */
const maxFailures = 20;

const missing =
  'This operation needs the API, and the request has no credential. Send the header "Authorization: Bearer <key of a service account>".';
const notBearer =
  'The Authorization header must have the form "Bearer <key of a service account>".';

/** One for all operations: making it takes a stack trace. */
const ended = new DOMException('The operation has ended.', 'AbortError');

/**
 * Creates a signal that is aborted when the last client has left or the time is up. AbortSignal.any and
 * AbortSignal.timeout would keep their listeners until the time is up, long after the operation has ended. This signal
 * releases them at the end of the operation.
 */
const createSignal = (timeoutMs: number) => {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new DOMException('The operation took too long.', 'TimeoutError'));
  }, timeoutMs);
  timer.unref();
  // Every call of the operation adds a listener, and a page can have many calls. Node would warn of a leak.
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
      // An error can end an execution while reads are in progress. They are not needed any more.
      controller.abort(ended);
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
      if (failures.length < maxFailures) failures.push(failure);
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
    // The scheme is case-insensitive (RFC 9110, 11.1): all spellings are the same caller.
    return toCredential(`Bearer ${token}`);
  }
}
