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
import type { OnTransportEvent } from '../events.ts';
import { limits } from '../limits.ts';
import type { UpstreamRequest } from '../request.ts';
import { aborted, circuitOpen, OutOfTime, quotaSpent, timedOut, tooBusy } from '../troubles.ts';
import { createCircuits, type Passage } from './circuit.ts';
import type { Credentials } from './credentials.ts';
import { createSlots, type Place, type Release } from './slots.ts';
import { createEntrance } from './unaccepted-callers.ts';

/** Permission to send one request; one of the two is called when it has ended. */
export interface Admission {
  succeeded(): void;
  failed(error: unknown): Promise<void>;
}

/** Decides which requests are sent, and when. */
export interface Gate {
  /**
   * Waits for a turn. Throws RateLimitedError where the queue is full or the quota used up, UpstreamUnavailableError
   * where the circuit is open or the operation ends first, and UnauthenticatedError if the API refused the credential
   * a moment ago.
   */
  admit(operation: Operation, request: UpstreamRequest, credential: Credential): Promise<Admission>;
  /** Whether a request would be refused now for its circuit. */
  isShut(request: UpstreamRequest): boolean;
  /** Calls that run and calls that wait. */
  load(): { readonly running: number; readonly waiting: number };
}

export interface GateOptions {
  readonly concurrency: number;
  readonly quota: QuotaStore | undefined;
  /** Requests of the quota that may go at once; callers who are not accepted yet may hold a share of them. */
  readonly quotaBurst: number;
  readonly credentials: Credentials;
  readonly onEvent: OnTransportEvent;
  readonly clock: Clock;
}

/** What a request counts against; one that names no organization has a quota of its own. */
const quotaKeyOf = ({ parameters }: UpstreamRequest): string =>
  (parameters['organizationId'] ?? 'none').toLowerCase();

/** What stays the same in all parts of one operation; reads that it shares with others have a signal of their own. */
const ownerOf = (operation: Operation): object => operation.onCall;

/** Refusals that the API decides on only for a credential that it accepts. */
const answersToAccepted = [
  ForbiddenError,
  PlanLimitError,
  NotFoundError,
  InputRejectedError,
  CreationFailedError,
];

export const circuitOf = ({ circuit }: UpstreamRequest): string => circuit ?? 'shared';

export const createGate = (options: GateOptions): Gate => {
  const { concurrency, quota, quotaBurst, credentials, onEvent, clock } = options;
  const slots = createSlots(concurrency, clock);
  const enterCall = createEntrance({ credentials, concurrency, quotaBurst });
  const circuits = createCircuits(clock, (circuit, isOpen) =>
    onEvent({ kind: 'circuit', circuit, isOpen }),
  );

  const refuse = (
    request: UpstreamRequest,
    by: 'circuit' | 'queue' | 'quota',
    error: Error,
  ): Error => {
    onEvent({ kind: 'refusal', circuit: circuitOf(request), by });
    return error;
  };

  /** The metric has a label for each organization: strangers, who may name any, are not in it. */
  const reportQuota = (organizationId: string, credential: Credential): void => {
    if (quota === undefined || !credentials.isAccepted(credential)) return;
    onEvent({ kind: 'quota', organizationId, left: quota.left(organizationId) ?? 0 });
  };

  /** Without a quota nobody can use one up. */
  const enter = async (
    { signal }: Operation,
    request: UpstreamRequest,
    credential: Credential,
  ): Promise<Release> =>
    quota === undefined
      ? () => {}
      : enterCall(credential, signal, {
          aborted: () => aborted(request, false, signal),
          tooBusy: () => refuse(request, 'queue', tooBusy()),
        });

  const takeQuota = async (
    operation: Operation,
    request: UpstreamRequest,
    credential: Credential,
  ): Promise<void> => {
    if (quota === undefined) return;
    const organizationId = quotaKeyOf(request);
    const grant = await quota.take(organizationId, {
      maxWaitMs: Math.min(limits.quota.longestWaitMs, operation.deadlineMs - clock.nowMs()),
      reserve: operation.cause === 'seek' ? limits.quota.scanReserve : 0,
    });
    reportQuota(organizationId, credential);
    if (!grant.granted) throw refuse(request, 'quota', quotaSpent(grant.retryAfterMs));
    if (grant.waitMs === 0) return;
    if (await sleep(clock, grant.waitMs, operation.signal)) return;
    await quota.giveBack(organizationId);
    throw aborted(request, false, operation.signal);
  };

  const reserve = (operation: Operation, request: UpstreamRequest): Place => {
    const place = slots.reserve({
      owner: ownerOf(operation),
      lane: circuitOf(request),
      signal: operation.signal,
      deadlineMs: operation.deadlineMs,
      toError: (why) =>
        why === 'aborted'
          ? aborted(request, false, operation.signal)
          : timedOut(request, false, true),
    });
    if (place === null) throw refuse(request, 'queue', tooBusy());
    return place;
  };

  /** What a call that ended badly tells of its credential, and what that means for the quota of its organization. */
  const learn = async (
    request: UpstreamRequest,
    credential: Credential,
    error: unknown,
  ): Promise<void> => {
    const organizationId = quotaKeyOf(request);
    if (error instanceof UnauthenticatedError) credentials.refuse(credential, error);
    if (answersToAccepted.some((answer) => error instanceof answer)) credentials.accept(credential);
    // Whatever a stranger's call ends in says nothing of the organization that the stranger named.
    if (error instanceof UnauthenticatedError || !credentials.isAccepted(credential)) {
      await quota?.giveBack(organizationId);
    } else if (error instanceof RateLimitedError) {
      await quota?.empty(organizationId, error.retryAfterMs);
    }
  };

  const toAdmission = (
    request: UpstreamRequest,
    credential: Credential,
    passage: Passage,
    { release, leave }: { readonly release: Release; readonly leave: Release },
  ): Admission => ({
    succeeded: () => {
      const isNews = !credentials.isAccepted(credential);
      credentials.accept(credential);
      passage.succeeded();
      release();
      leave();
      if (isNews) reportQuota(quotaKeyOf(request), credential);
    },
    failed: async (error) => {
      if (!(error instanceof UpstreamUnavailableError)) passage.succeeded();
      else if (error.reason === 'aborted' || error.cause instanceof OutOfTime) passage.abandoned();
      else passage.failed();
      release();
      try {
        await learn(request, credential, error);
      } finally {
        // Not before the quota has its request back: the next one in line may need it.
        leave();
      }
    },
  });

  /** Takes the slot that was reserved. What is not sent after all gives its request of the quota back. */
  const start = async (
    request: UpstreamRequest,
    credential: Credential,
    place: Place,
    leave: Release,
  ): Promise<Admission> => {
    try {
      const release = await place.acquire();
      const passage = circuits.enter(circuitOf(request));
      if (passage !== null) {
        return toAdmission(request, credential, passage, { release, leave });
      }
      release();
      throw refuse(request, 'circuit', circuitOpen());
    } catch (error) {
      await quota?.giveBack(quotaKeyOf(request));
      throw error;
    }
  };

  return {
    admit: async (operation, request, credential) => {
      const circuit = circuitOf(request);
      if (operation.signal.aborted) throw aborted(request, false, operation.signal);
      if (operation.deadlineMs <= clock.nowMs()) throw timedOut(request, false, true);
      if (circuits.isOpen(circuit)) throw refuse(request, 'circuit', circuitOpen());
      const leave = await enter(operation, request, credential);
      try {
        // First: what the queue refuses must not cost quota.
        const place = reserve(operation, request);
        try {
          await takeQuota(operation, request, credential);
        } catch (error) {
          place.giveUp();
          throw error;
        }
        return await start(request, credential, place, leave);
      } catch (error) {
        leave();
        throw error;
      }
    },
    isShut: (request) => circuits.isOpen(circuitOf(request)),
    load: () => slots.load(),
  };
};
