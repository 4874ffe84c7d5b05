import { expect, it, onTestFinished, vi } from 'vitest';
import { startReadyGateway } from '../../support/gateway/gateway-process.ts';
import { postForEvents } from '../../support/http/event-stream.ts';
import { get } from '../../support/http/http-server.ts';
import { openRaw } from '../../support/http/raw-http.ts';
import { readLoad, subscription } from './following.ts';
import { startStreamServer } from './stream-server.ts';

it('running streams do not count among the 2,000 requests that may be in progress', async () => {
  const { url } = await startStreamServer();
  const connections = Array.from({ length: 2_100 }, () => openRaw(url, get()));
  await vi.waitUntil(() => connections.every(({ received }) => received().includes(':\n\n')), {
    timeout: 60_000,
    interval: 100,
  });
  expect(connections.filter(({ received }) => !received().startsWith('HTTP/1.1 200'))).toEqual([]);
}, 90_000);

it('a stream without changes has a comment every 12 s, and a process with streams ends within two seconds', async () => {
  const gateway = await startReadyGateway();
  onTestFinished(() => gateway.kill('SIGKILL'));
  const stream = await postForEvents(gateway.url, { query: subscription });
  const comments = () => stream.text().match(/^:$/gm) ?? [];
  await vi.waitUntil(() => comments().length === 1, { timeout: 10_000 });
  const begunMs = performance.now();
  await vi.waitUntil(() => comments().length === 2, { timeout: 20_000, interval: 50 });
  const seconds = (performance.now() - begunMs) / 1000;
  expect(seconds).toBeGreaterThan(11);
  expect(seconds).toBeLessThan(14);
  expect(await readLoad(gateway.url)).toEqual({ subscribers: 1, readers: 1 });

  const stoppedMs = performance.now();
  const code = gateway.stop();
  await stream.ended;
  expect(stream.isComplete()).toBe(true);
  expect(await code).toBe(0);
  expect(performance.now() - stoppedMs).toBeLessThan(2_000);
}, 60_000);
