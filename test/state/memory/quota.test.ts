import { describe, expect, it } from 'vitest';
import { createMemoryQuota } from '../../../src/state/memory/quota.ts';
import { createTestClock } from '../../rest/harness.ts';

// Refills one request a second.
const start = (burst: number) => {
  const clock = createTestClock();
  const quota = createMemoryQuota({ requestsPerHour: 3_600, burst, clock });
  const take = (organization = 'acme', maxWaitMs = 1_500, reserve = 0) =>
    quota.take(organization, { maxWaitMs, reserve });
  return { clock, quota, take };
};

const granted = (waitMs: number) => ({ granted: true, waitMs });

describe('the quota', () => {
  it('grants the burst at once, makes the next requests wait, and then refuses with the time to wait', async () => {
    const { take } = start(2);
    expect(await take()).toEqual(granted(0));
    expect(await take()).toEqual(granted(0));
    expect(await take()).toEqual(granted(1_000));
    expect(await take()).toEqual({ granted: false, retryAfterMs: 2_000 });
  });

  it('returns how many requests may be sent at once, after its first use', async () => {
    const { clock, quota, take } = start(2);
    expect(quota.left('acme')).toBeNull();
    await take();
    expect(quota.left('acme')).toBe(1);
    await take();
    await take();
    expect(quota.left('acme')).toBe(0);
    clock.advance(2_500);
    expect(quota.left('acme')).toBe(1);
    expect(quota.left('other')).toBeNull();
  });

  it('refills with time, never above the burst', async () => {
    const { clock, take } = start(2);
    await take();
    await take();
    clock.advance(1_000);
    expect(await take()).toEqual(granted(0));
    clock.advance(3_600_000);
    expect(await take()).toEqual(granted(0));
    expect(await take()).toEqual(granted(0));
    expect(await take()).toEqual(granted(1_000));
  });

  it('is kept for each organization', async () => {
    const { take } = start(1);
    expect(await take('acme')).toEqual(granted(0));
    expect(await take('other')).toEqual(granted(0));
  });

  it('takes nothing for a refused request', async () => {
    const { clock, take } = start(1);
    await take();
    for (let refused = 0; refused < 50; refused++) await take('acme', 0);
    clock.advance(1_000);
    expect(await take('acme', 0)).toEqual(granted(0));
  });

  it('leaves its reserve to requests without a reserve', async () => {
    const { take } = start(10);
    for (let scan = 0; scan < 8; scan++) expect(await take('acme', 0, 0.2)).toEqual(granted(0));
    expect(await take('acme', 0, 0.2)).toMatchObject({ granted: false });
    expect(await take('acme', 0)).toEqual(granted(0));
  });

  it('is empty for as long as the API says', async () => {
    const { clock, quota, take } = start(10);
    await quota.empty('acme', 5_000);
    expect(await take('acme', 0)).toEqual({ granted: false, retryAfterMs: 6_000 });
    clock.advance(6_000);
    expect(await take('acme', 0)).toEqual(granted(0));
    expect(await take('other', 0)).toEqual(granted(0));
  });

  it('is not shortened by a later answer of the API', async () => {
    const { quota, take } = start(10);
    await quota.empty('acme', 5_000);
    await quota.empty('acme', 1_000);
    expect(await take('acme', 0)).toEqual({ granted: false, retryAfterMs: 6_000 });
  });
});
