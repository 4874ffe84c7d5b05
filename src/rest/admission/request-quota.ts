import type { Clock } from '../../domain/clock.ts';
import type { Credential, Operation } from '../../domain/operation.ts';
import type { QuotaStore } from '../../domain/quota.ts';
import type { OnTransportEvent } from '../../domain/transport-event.ts';
import { createQuotaExceededError } from '../exchange-errors.ts';
import { limits } from '../limits.ts';
import { circuitOf, type UpstreamRequest } from '../request.ts';
import type { Credentials } from './credentials.ts';

/** Counts requests against the quota of the organization that they name. */
export interface RequestQuota {
  /**
   * Takes one request. Returns the milliseconds after which it may be sent. Throws RateLimitedError if the quota is used
   * up.
   */
  take(operation: Operation, request: UpstreamRequest, credential: Credential): Promise<number>;
  giveBack(request: UpstreamRequest): Promise<void>;
  /** The API refused the request for `forMs` milliseconds: nothing is left until then. */
  empty(request: UpstreamRequest, forMs: number): Promise<void>;
  /** Reports what is left of the request's quota to the metrics. */
  report(request: UpstreamRequest, credential: Credential): void;
}

/** Requests that name no organization share one quota. */
const quotaKeyOf = ({ parameters }: UpstreamRequest): string =>
  (parameters['organizationId'] ?? 'none').toLowerCase();

/** Counts requests in a store. */
export const createRequestQuota = (
  store: QuotaStore,
  credentials: Credentials,
  onEvent: OnTransportEvent,
  clock: Clock,
): RequestQuota => {
  /** The metric has a label for each organization. Callers who are not accepted could name any, so they add no label. */
  const report = (request: UpstreamRequest, credential: Credential): void => {
    if (!credentials.isAccepted(credential)) return;
    const organizationId = quotaKeyOf(request);
    onEvent({ kind: 'quota', organizationId, left: store.left(organizationId) ?? 0 });
  };

  return {
    take: async (operation, request, credential) => {
      const grant = await store.take(quotaKeyOf(request), {
        maxWaitMs: Math.min(limits.longestWaitMs, operation.deadlineMs - clock.nowMs()),
        reserve: operation.cause === 'seek' ? limits.quota.scanReserve : 0,
      });
      report(request, credential);
      if (!grant.granted) {
        onEvent({ kind: 'refusal', circuit: circuitOf(request), by: 'quota' });
        throw createQuotaExceededError(grant.retryAfterMs);
      }
      return grant.waitMs;
    },
    giveBack: (request) => store.giveBack(quotaKeyOf(request)),
    empty: (request, forMs) => store.empty(quotaKeyOf(request), forMs),
    report,
  };
};
