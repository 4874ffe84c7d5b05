import { userShape } from '../applivery/mdm-users.ts';
import type { Config } from '../config.ts';
import { createLookups, type Lookups } from '../lookups/lookups.ts';
import { entryShape } from '../lookups/remembered.ts';
import { platforms } from '../platforms/registry.ts';
import type { SharedState } from '../state/index.ts';
import type { UpstreamConnection } from './upstream.ts';

/** Identifies the format of cached lookups. It changes if the code that makes the entries changes. */
const lookupFormat = [
  userShape,
  entryShape,
  ...platforms.map(({ policyShape }) => policyShape),
].join(' ');

/** Lookups that operations share through the cache. */
export const createSharedLookups = (
  config: Config,
  state: SharedState,
  { inFlight }: UpstreamConnection,
): Lookups =>
  createLookups({
    cache: state.lookups,
    ttlMs: config.lookupTtlMs,
    hash: state.hash,
    format: lookupFormat,
    maxLimit: config.upstreamMaxLimit,
    inFlight,
    quotaLeft: (organizationId) => state.quota.left(organizationId),
  });
