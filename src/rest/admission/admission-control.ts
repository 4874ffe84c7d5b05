import { type Clock, sleep } from '../../domain/clock.ts';
import {
  CreationFailedError,
  ForbiddenError,
  InputRejectedError,
  NotFoundError,
  PlanLimitError,
  RateLimitedError,
  UnauthenticatedError,
  UpstreamUnavailableError,
} from '../../domain/errors.ts';
import type { Credential, Operation } from '../../domain/operation.ts';
import type { QuotaStore } from '../../domain/quota.ts';
import type { OnTransportEvent, TransportLoad } from '../../domain/transport-event.ts';
import {
  createAbortError,
  createCircuitOpenError,
  createQueueFullError,
  createTimeoutError,
  OperationDeadlineError,
} from '../exchange-errors.ts';
import { circuitOf, type UpstreamRequest } from '../request.ts';
import { type CircuitPermit, createCircuitBreakers } from './circuit-breakers.ts';
import { createCircuitSlots } from './circuit-slots.ts';
import type { Credentials } from './credentials.ts';
import { createRequestQuota } from './request-quota.ts';
import type { Release, SlotRequest } from './slots.ts';
import { createUnacceptedCredentialLimit } from './unaccepted-credential-limit.ts';

/** Permission to send one request. Exactly one of the methods is called, once, when the request has ended. */
export interface CallPermit {
  succeeded(): void;
  failed(error: unknown): Promise<void>;
}

/** Decides which requests are sent, and when. */
export interface AdmissionControl {
  /**
   * Waits until the request may be sent. Throws RateLimitedError if the wait takes too long or the quota is used up,
   * UpstreamUnavailableError if the circuit is open or the operation ends first, and UnauthenticatedError if the API
   * refused the credential a few seconds ago.
   */
  admit(
    operation: Operation,
    request: UpstreamRequest,
    credential: Credential,
  ): Promise<CallPermit>;
  /** Whether the request would be refused now because of its circuit breaker. */
  isCircuitOpen(request: UpstreamRequest): boolean;
  load(): TransportLoad;
}

export interface AdmissionOptions {
  readonly concurrency: number;
  readonly quota: QuotaStore | undefined;
  /** Requests of one quota that may be sent at once. Calls with unaccepted credentials can take a share of them. */
  readonly quotaBurst: number;
  readonly credentials: Credentials;
  readonly onEvent: OnTransportEvent;
  readonly clock: Clock;
}

/** Identifies the operation. All operations derived from one share `onCall`, while their signals can differ. */
const ownerOf = (operation: Operation): object => operation.onCall;

/** Refusals that the API gives only to a credential that it accepts. */
const refusalsOfAccepted = [
  ForbiddenError,
  PlanLimitError,
  NotFoundError,
  InputRejectedError,
  CreationFailedError,
];

/** Creates the admission control of one transport: circuit breakers, slots, quota and the limit for unaccepted credentials. */
export const createAdmissionControl = (options: AdmissionOptions): AdmissionControl => {
  const { concurrency, quotaBurst, credentials, onEvent, clock } = options;
  const quota = options.quota && createRequestQuota(options.quota, credentials, onEvent, clock);
  const slots = createCircuitSlots(concurrency, clock);
  const acquireCredentialPermit = createUnacceptedCredentialLimit({
    credentials,
    concurrency,
    quotaBurst,
  });
  const breakers = createCircuitBreakers(clock, (circuit, isOpen) =>
    onEvent({ kind: 'circuit', circuit, isOpen }),
  );

  const refuse = (request: UpstreamRequest, by: 'circuit' | 'queue', error: Error): Error => {
    onEvent({ kind: 'refusal', circuit: circuitOf(request), by });
    return error;
  };

  const toSlotRequest = (operation: Operation, request: UpstreamRequest): SlotRequest => ({
    owner: ownerOf(operation),
    group: circuitOf(request),
    signal: operation.signal,
    toError: (why) =>
      why === 'aborted'
        ? createAbortError(request, false, operation.signal)
        : refuse(request, 'queue', createQueueFullError()),
  });

  /** Updates the credential and the organization's quota after a call that failed. */
  const recordFailure = async (
    request: UpstreamRequest,
    credential: Credential,
    error: unknown,
  ): Promise<void> => {
    if (error instanceof UnauthenticatedError) credentials.refuse(credential, error);
    if (refusalsOfAccepted.some((refusal) => error instanceof refusal)) {
      credentials.accept(credential);
    }
    // A caller who is not accepted can name any organization, so the call must not count against its quota.
    if (error instanceof UnauthenticatedError || !credentials.isAccepted(credential)) {
      await quota?.giveBack(request);
    } else if (error instanceof RateLimitedError) {
      await quota?.empty(request, error.retryAfterMs);
    }
  };

  const toPermit = (
    request: UpstreamRequest,
    credential: Credential,
    circuitPermit: CircuitPermit,
    releaseSlot: Release,
    releaseCredential: Release,
  ): CallPermit => ({
    succeeded: () => {
      const isNews = !credentials.isAccepted(credential);
      credentials.accept(credential);
      circuitPermit.succeeded();
      releaseSlot();
      releaseCredential();
      if (isNews) quota?.report(request, credential);
    },
    failed: async (error) => {
      if (!(error instanceof UpstreamUnavailableError)) circuitPermit.succeeded();
      else if (error.reason === 'aborted' || error.cause instanceof OperationDeadlineError) {
        circuitPermit.abandoned();
      } else circuitPermit.failed();
      releaseSlot();
      try {
        await recordFailure(request, credential, error);
      } finally {
        // Only after the quota has its request back: the next call in the queue may need it.
        releaseCredential();
      }
    },
  });

  /**
   * Waits for a slot, and takes a request of the quota for it: calls that wait for a slot must not use up the quota. A
   * call must not hold a slot either while it waits for the quota.
   */
  const acquireSlot = async (
    operation: Operation,
    call: SlotRequest,
    request: UpstreamRequest,
    credential: Credential,
  ): Promise<Release> => {
    const release = await slots.acquire(call);
    if (quota === undefined) return release;
    let waitMs = 0;
    try {
      waitMs = await quota.take(operation, request, credential);
      if (waitMs === 0) return release;
    } catch (error) {
      release();
      throw error;
    }
    release();
    try {
      if (!(await sleep(clock, waitMs, operation.signal))) throw call.toError('aborted');
      return await slots.acquire(call);
    } catch (error) {
      await quota.giveBack(request);
      throw error;
    }
  };

  return {
    admit: async (operation, request, credential) => {
      const { signal, deadlineMs } = operation;
      if (signal.aborted) throw createAbortError(request, false, signal);
      if (deadlineMs <= clock.nowMs()) throw createTimeoutError(request, false, true);
      if (breakers.isOpen(circuitOf(request))) {
        throw refuse(request, 'circuit', createCircuitOpenError());
      }
      const call = toSlotRequest(operation, request);
      // Without a quota there is none to use up, and the limit does not apply.
      const releaseCredential = quota ? await acquireCredentialPermit(credential, call) : () => {};
      try {
        const releaseSlot = await acquireSlot(operation, call, request, credential);
        const circuitPermit = breakers.acquire(call.group);
        if (circuitPermit !== null) {
          return toPermit(request, credential, circuitPermit, releaseSlot, releaseCredential);
        }
        releaseSlot();
        await quota?.giveBack(request);
        throw refuse(request, 'circuit', createCircuitOpenError());
      } catch (error) {
        releaseCredential();
        throw error;
      }
    },
    isCircuitOpen: (request) => breakers.isOpen(circuitOf(request)),
    load: () => slots.load(),
  };
};
