import type { Config } from '../config.ts';
import { createBulkCreation } from '../creation/bulk-creation.ts';
import { createTokenCreation } from '../creation/creation.ts';
import { createDeferredWrites } from '../creation/deferred-writes.ts';
import { systemClock } from '../domain/clock.ts';
import type { Operation } from '../domain/operation.ts';
import type { EnrollmentToken } from '../domain/token.ts';
import type { Creations } from '../graphql/context.ts';
import type { SharedState } from '../state/shared-state.ts';

interface CreationSignals {
  /** Aborted when the process begins to drain. */
  readonly draining: AbortSignal;
  /** Aborted when the app is closed. */
  readonly closed: AbortSignal;
}

/** How long a record stays owned after the longest operation, in milliseconds. */
const ownershipMarginMs = 2_000;

/** Creation of tokens, for all callers. */
export const createCreations = (
  config: Config,
  { records, hash }: Pick<SharedState, 'records' | 'hash'>,
  { draining, closed }: CreationSignals,
): Omit<Creations, 'caller'> => {
  const options = {
    records,
    clock: systemClock,
    hash,
    ownershipMs: config.requestTimeoutMs + ownershipMarginMs,
    deferWrite: createDeferredWrites(systemClock, config.idempotencyTtlSeconds * 1000, closed),
  };
  // A chunk that is sent later than this is answered after the operation's deadline.
  const chunkTimeMs = Math.min(config.upstreamTimeoutMs, config.requestTimeoutMs / 4);
  return {
    createOnce: createTokenCreation<EnrollmentToken>(options),
    bulkCreateOnce: createBulkCreation(options),
    bulkChunkSize: config.bulkChunkSize,
    bulkSignal: ({ signal, deadlineMs }: Operation): AbortSignal =>
      AbortSignal.any([
        draining,
        signal,
        AbortSignal.timeout(Math.max(0, Math.ceil(deadlineMs - performance.now() - chunkTimeMs))),
      ]),
  };
};
