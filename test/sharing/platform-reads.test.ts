import { describe, expect, it } from 'vitest';
import { ForbiddenError, UpstreamUnavailableError } from '../../src/domain/errors.ts';
import type { Operation } from '../../src/domain/operation.ts';
import type { Platform } from '../../src/domain/platform.ts';
import { sharePlatformReads, shareUserReads } from '../../src/sharing/platform-reads.ts';
import { createSharedReads } from '../../src/sharing/shared-reads.ts';
import {
  createFakeUpstream,
  createOperation,
  organizationId,
  policyId,
  tokenId,
  userId,
} from '../lookups/fake-upstream.ts';
import { eventually } from '../support/time/eventually.ts';
import { createGate, settled } from '../support/time/manual-clock.ts';

describe('a platform whose reads are shared', () => {
  const listRequest = {
    page: 1,
    limit: 10,
    sort: { field: 'createdAt', direction: 'descending' },
    filter: { includeDeleted: false },
  } as const;
  const change = {
    displayName: null,
    tags: [],
    legacyPolicyId: null,
    policyAssignments: [],
    segmentId: null,
  };

  it('makes equal lookups and pages once', async () => {
    const upstream = createFakeUpstream({ users: 3, policies: 3 });
    const sharedReads = createSharedReads();
    const [platform = expect.unreachable()] = upstream.platforms.map((one) =>
      sharePlatformReads(one, sharedReads),
    );
    const users = shareUserReads(upstream.mdmUsers, sharedReads);
    const { page, limit, sort } = listRequest;
    await Promise.all(
      [1, 2, 3].flatMap(() => {
        const caller = [createOperation(), organizationId] as const;
        return [
          platform.listTokens(...caller, listRequest),
          platform.getToken(...caller, tokenId(1)),
          platform.listPolicies(...caller, { page, limit, sort }),
          platform.getPolicy(...caller, policyId(1)),
          users.list(...caller, { page, limit, sort }),
          users.get(...caller, userId(1)),
        ];
      }),
    );
    expect(upstream.calls).toEqual([
      'APPLE/tokens?page=1',
      `APPLE/tokens/${tokenId(1)}`,
      'APPLE/policies?page=1',
      `APPLE/policies/${policyId(1)}`,
      'users?page=1',
      `users/${userId(1)}`,
    ]);
  });

  it.each<[string, (platform: Platform, operation: Operation) => Promise<unknown>]>([
    [
      'a create',
      (platform, operation) =>
        platform.createToken(operation, organizationId, userId(1), { sendEmail: false }),
    ],
    [
      'a bulk create',
      (platform, operation) =>
        platform.bulkCreateTokens(operation, organizationId, [], { sendEmail: false }),
    ],
    [
      'an update',
      (platform, operation) => platform.updateToken(operation, organizationId, tokenId(1), change),
    ],
    [
      'a revocation',
      (platform, operation) => platform.revokeToken(operation, organizationId, tokenId(1)),
    ],
  ])('shows the effect of %s to every read that starts after it, even if an older read is running', async (_what, write) => {
    const lost = new UpstreamUnavailableError('The answer was lost.', {
      reason: 'timeout',
      mayHaveArrived: true,
    });
    const upstream = createFakeUpstream();
    const sharedReads = createSharedReads();
    const [platform = expect.unreachable()] = upstream.platforms.map((one) =>
      sharePlatformReads(one, sharedReads),
    );
    const gate = createGate();
    const writeGate = createGate();
    upstream.hooks.beforeAnswer = async (call) => {
      if (call.includes('tokens')) return gate.opened;
      await writeGate.opened;
      throw lost;
    };
    const listings = () => upstream.calls.filter((call) => call.includes('tokens')).length;
    const before = platform.listTokens(createOperation(), organizationId, listRequest);
    const writing = write(platform, createOperation());
    const during = platform.listTokens(createOperation(), organizationId, listRequest);
    await settled();
    // The write has not ended yet.
    expect(listings()).toBe(1);
    writeGate.open();
    await expect(writing).rejects.toBe(lost);
    const after = platform.listTokens(createOperation(), organizationId, listRequest);
    await eventually(() => expect(listings()).toBe(2));
    gate.open();
    await Promise.all([before, during, after]);
  });

  it('takes no note of a write that the API has refused', async () => {
    const upstream = createFakeUpstream();
    const written: string[] = [];
    const sharedReads = createSharedReads((organization) => written.push(organization));
    const [platform = expect.unreachable()] = upstream.platforms.map((one) =>
      sharePlatformReads(one, sharedReads),
    );
    upstream.hooks.beforeAnswer = () => {
      throw new ForbiddenError('The key may not write.');
    };
    const write = () => platform.revokeToken(createOperation(), organizationId, tokenId(1));
    await expect(write()).rejects.toBeInstanceOf(ForbiddenError);
    expect(written).toEqual([]);
    upstream.hooks.beforeAnswer = async () => {};
    await write();
    expect(written).toEqual([organizationId]);
  });
});
