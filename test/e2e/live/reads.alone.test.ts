import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type LiveGateway, startLiveGateway } from './live-gateway.ts';
import { countReads, createThroughGateway, followTimes, untilAllHave } from './subscribers.ts';

describe('the lists of tokens, counted at the API, are read', () => {
  let live: LiveGateway | null = null;

  afterEach(async () => {
    await live?.close();
    live = null;
  });

  it('once in each interval for 200 subscribers of one credential, and not at all for none', async () => {
    live = await startLiveGateway({ LIVE_INTERVAL_SECONDS: '2' });
    const startedMs = performance.now();
    const streams = await followTimes(live, 200);
    for (const name of ['first', 'second', 'third']) {
      await createThroughGateway(live, name);
      await untilAllHave(streams, name);
    }
    await delay(Math.max(0, 5_500 - (performance.now() - startedMs)));
    const seconds = (performance.now() - startedMs) / 1000;
    const reads = countReads(live);
    // The first one, then one in each interval, and one for each write.
    expect(reads).toBeLessThanOrEqual(2 * (1 + Math.floor(seconds / 2) + 3));
    expect(reads).toBeGreaterThanOrEqual(2 * (1 + 3));

    for (const { leave } of streams) leave();
    await live.untilFollowed(0);
    live.sandbox.clearRequests();
    await createThroughGateway(live, 'unseen');
    await delay(3_000);
    expect(countReads(live)).toBe(0);
  });

  it('less often past a fifth of the quota, and nothing is missed', async () => {
    // A fifth is one call in 18 seconds. After a rest, the calls of a minute may be made at once: three.
    const UPSTREAM_REQUESTS_PER_HOUR = '1000';
    live = await startLiveGateway({ UPSTREAM_REQUESTS_PER_HOUR });
    const streams = await followTimes(live, 2);
    await delay(6_000);
    expect(countReads(live)).toBe(2);
    live.create('while it waits');
    await untilAllHave(streams, 'while it waits');
    expect(countReads(live)).toBe(4);
  });
});
