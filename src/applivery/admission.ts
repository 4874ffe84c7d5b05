import { RateLimitedError, UpstreamUnavailableError } from '../tokens/errors.ts';
import type { Operation } from '../tokens/ports.ts';
import { createCircuits, type Passage } from './circuit.ts';
import { type Clock, sleep } from './clock.ts';
import type { OnTransportEvent } from './events.ts';
import { limits } from './limits.ts';
import type { QuotaStore } from './quota.ts';
import type { UpstreamRequest } from './request.ts';
import { createSlots, type Place, type Release } from './slots.ts';
import { aborted, circuitOpen, quotaSpent, timedOut, tooBusy } from './troubles.ts';

/** Leave to send one request; one of the two is called when it has ended. */
export interface Admission {
  succeeded(): void;
  failed(error: unknown): Promise<void>;
}

/** Decides which requests are sent, and when. */
export interface Gate {
  /**
   * Waits for a turn. Throws RateLimitedError where the queue is full or the quota used up, UpstreamUnavailableError
   * where the circuit is open or the operation ends first.
   */
  admit(operation: Operation, request: UpstreamRequest): Promise<Admission>;
  /** Whether a request would be refused now for its circuit. */
  isShut(request: UpstreamRequest): boolean;
  /** Calls that run and calls that wait. */
  load(): { readonly running: number; readonly waiting: number };
}

export interface GateOptions {
  readonly concurrency: number;
  readonly quota: QuotaStore | undefined;
  readonly onEvent: OnTransportEvent;
  readonly clock: Clock;
}

/** What a request counts against; one that names no organization has a quota of its own. */
const quotaKeyOf = ({ parameters }: UpstreamRequest): string =>
  (parameters['organizationId'] ?? 'none').toLowerCase();

/** What stays the same in all parts of one operation; reads that it shares with others have a signal of their own. */
const ownerOf = (operation: Operation): object => operation.onCall;

export const circuitOf = ({ circuit }: UpstreamRequest): string => circuit ?? 'shared';

export const createGate = ({ concurrency, quota, onEvent, clock }: GateOptions): Gate => {
  const slots = createSlots(concurrency, clock);
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

  const takeQuota = async (operation: Operation, request: UpstreamRequest): Promise<void> => {
    if (quota === undefined) return;
    const organizationId = quotaKeyOf(request);
    const grant = await quota.take(organizationId, {
      maxWaitMs: Math.min(limits.quota.longestWaitMs, operation.deadlineMs - clock.nowMs()),
      reserve: operation.cause === 'seek' ? limits.quota.scanReserve : 0,
    });
    onEvent({ kind: 'quota', organizationId, left: quota.left(organizationId) ?? 0 });
    if (!grant.granted) throw refuse(request, 'quota', quotaSpent(grant.retryAfterMs));
    if (grant.waitMs === 0) return;
    if (!(await sleep(clock, grant.waitMs, operation.signal))) throw aborted(request, false);
  };

  const reserve = (operation: Operation, request: UpstreamRequest): Place => {
    const place = slots.reserve({
      owner: ownerOf(operation),
      lane: circuitOf(request),
      signal: operation.signal,
      deadlineMs: operation.deadlineMs,
      toError: (why) => (why === 'aborted' ? aborted(request, false) : timedOut(request, false)),
    });
    if (place === null) throw refuse(request, 'queue', tooBusy());
    return place;
  };

  const toAdmission = (
    request: UpstreamRequest,
    passage: Passage,
    release: Release,
  ): Admission => ({
    succeeded: () => {
      release();
      passage.succeeded();
    },
    failed: async (error) => {
      release();
      if (!(error instanceof UpstreamUnavailableError)) passage.succeeded();
      else if (error.reason === 'aborted') passage.abandoned();
      else passage.failed();
      if (error instanceof RateLimitedError) {
        await quota?.empty(quotaKeyOf(request), error.retryAfterMs);
      }
    },
  });

  return {
    admit: async (operation, request) => {
      const circuit = circuitOf(request);
      if (operation.signal.aborted) throw aborted(request, false);
      if (operation.deadlineMs <= clock.nowMs()) throw timedOut(request, false);
      if (circuits.isOpen(circuit)) throw refuse(request, 'circuit', circuitOpen());
      // First: what the queue refuses must not cost quota.
      const place = reserve(operation, request);
      try {
        await takeQuota(operation, request);
      } catch (error) {
        place.giveUp();
        throw error;
      }
      const release = await place.acquire();
      const passage = circuits.enter(circuit);
      if (passage !== null) return toAdmission(request, passage, release);
      release();
      throw refuse(request, 'circuit', circuitOpen());
    },
    isShut: (request) => circuits.isOpen(circuitOf(request)),
    load: () => slots.load(),
  };
};
