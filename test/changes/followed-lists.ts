import { createFollowers, type FollowersOptions } from '../../src/changes/followers.ts';
import { createCallAllowance } from '../../src/domain/call-allowance.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { toCredential, type UpstreamCall } from '../../src/domain/operation.ts';
import { toOrganizationId } from '../../src/domain/organization.ts';
import { createProcessHash } from '../../src/state/keyed-hash.ts';
import { createMemoryReplicaReads } from '../../src/state/memory/replica-reads.ts';
import { type ChangingLists, factsOf, type Version } from './changing-lists.ts';

export const organizationId = toOrganizationId('0'.repeat(24));
export const credential = toCredential('Bearer test');

/** Followers of changing lists. A reading counts the calls that it makes. */
export const followLists = (
  lists: ChangingLists,
  clock: Clock,
  {
    requestsPerHour = 1_000_000,
    ...options
  }: Partial<FollowersOptions<Version>> & { readonly requestsPerHour?: number } = {},
) =>
  createFollowers<Version>({
    listsOf: () => lists.lists,
    facts: factsOf,
    startOperation: (caller, signal) => {
      const calls: UpstreamCall[] = [];
      return {
        operation: {
          credential: caller,
          signal,
          deadlineMs: Infinity,
          cause: 'live',
          allowance: createCallAllowance(1_000),
          onCall: (call) => {
            calls.push(call);
          },
        },
        calls,
        onBug: (_list, error) => {
          throw error;
        },
        end: () => {},
      };
    },
    isQuotaLow: () => false,
    replicas: createMemoryReplicaReads(requestsPerHour, clock.nowMs),
    hash: createProcessHash(),
    maxSubscriptions: 1_000,
    clock,
    intervalMs: 15_000,
    maxLimit: 500,
    maxScanItems: 2_000,
    onRead: () => {},
    onSurprise: () => {},
    ...options,
  });
