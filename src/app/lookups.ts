import { userShape } from '../applivery/mdm-users.ts';
import type { Config } from '../config.ts';
import { systemClock } from '../domain/clock.ts';
import {
  createLookupDependencies,
  type LookupDependencies,
} from '../lookups/lookup-dependencies.ts';
import { entryShape } from '../lookups/result-cache.ts';
import { platforms } from '../platforms/registry.ts';
import type { SharedState } from '../state/shared-state.ts';
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
  { sharedReads }: UpstreamConnection,
): LookupDependencies =>
  createLookupDependencies({
    cache: state.lookupCache,
    ttlMs: config.lookupTtlMs,
    hash: state.hash,
    format: lookupFormat,
    maxLimit: config.upstreamMaxLimit,
    sharedReads,
    epochMs: systemClock.epochMs,
    quotaLeft: (organizationId) => state.quota.left(organizationId),
  });
