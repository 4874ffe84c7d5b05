import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LiveGateway, startLiveGateway } from './live-gateway.ts';
import { countReads, createThroughGateway, followTimes, untilAllHave } from './subscribers.ts';

const intervalSeconds = 5;
let live: LiveGateway;

beforeAll(async () => {
  live = await startLiveGateway({ LIVE_INTERVAL_SECONDS: String(intervalSeconds) });
});
afterAll(() => live?.close());

/** The milliseconds that something takes. */
const timeOf = async (work: () => Promise<unknown>): Promise<number> => {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
};

it('200 subscribers of one credential cost one reading in each interval, over a minute', async () => {
  live.sandbox.clearRequests();
  const startedMs = performance.now();
  const streams = await followTimes(live, 200);
  const writes = 3;
  for (let write = 1; write <= writes; write += 1) {
    await delay(10_000);
    await createThroughGateway(live, `write ${write}`);
  }
  await delay(59_000 - (performance.now() - startedMs));
  const reads = countReads(live);
  expect(reads).toBeLessThanOrEqual(2 * (60 / intervalSeconds + writes));
  expect(reads).toBeGreaterThanOrEqual(2 * (60 / intervalSeconds - 1));
  for (const stream of streams) {
    expect(stream.answers()).toHaveLength(writes);
    stream.leave();
  }
  await live.untilFollowed(0);
}, 120_000);

it('a change reaches 200 subscribers within a second through the gateway, else within the interval', async () => {
  const streams = await followTimes(live, 200);
  for (let round = 1; round <= 3; round += 1) {
    const own = `own ${round}`;
    await createThroughGateway(live, own);
    expect(await timeOf(() => untilAllHave(streams, own))).toBeLessThan(1_000);
    await delay(1_500 * round);
    const foreign = `foreign ${round}`;
    live.create(foreign);
    const took = await timeOf(() => untilAllHave(streams, foreign));
    expect(took).toBeLessThan(intervalSeconds * 1000 + 1_000);
  }

  const stopped = live.stop('SIGTERM');
  const took = await timeOf(() => Promise.all(streams.map(({ ended }) => ended)));
  expect(took).toBeLessThan(1_000);
  expect(streams.filter((stream) => !stream.isComplete())).toEqual([]);
  await stopped;
}, 120_000);
