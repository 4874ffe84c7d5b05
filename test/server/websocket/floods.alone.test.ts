import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { messageRate } from '../../../src/server/websocket/message-rate.ts';
import { createAsk } from '../../support/gateway/gateway.ts';
import { startReadyGateway } from '../../support/gateway/gateway-process.ts';
import { fetchSamples } from '../../support/gateway/metrics.ts';
import { eventually } from '../../support/time/eventually.ts';
import { readLoad } from '../subscriptions/following.ts';
import { connect, openSocket, subscribe } from './raw-socket.ts';

/** How long another caller may wait, in milliseconds. The clients of the test need the same CPUs. */
const patienceMs = 2_000;

const readValue = async (url: string, name: string): Promise<number> =>
  (await fetchSamples(url, name))[0]?.value ?? Number.NaN;

it('1,000 sockets with a subscription take at most 100 MB, and 1,000 without one at most 40 MB', async () => {
  const gateway = await startReadyGateway({ LOG_LEVEL: 'error', MAX_SUBSCRIPTIONS: '2000' });
  onTestFinished(() => gateway.kill('SIGKILL'));
  const heap = () => readValue(gateway.url, 'gateway_nodejs_heap_size_used_bytes');
  const open = async () => {
    const sockets = [];
    for (let round = 0; round < 20; round += 1) {
      sockets.push(...(await Promise.all(Array.from({ length: 50 }, () => connect(gateway.url)))));
    }
    return sockets;
  };
  const before = await heap();
  await open();
  const withIdle = await heap();
  expect(withIdle - before).toBeLessThan(40_000_000);
  for (const { send } of await open()) send(subscribe('1'));
  await eventually(async () => expect((await readLoad(gateway.url)).subscribers).toBe(1_000));
  expect((await heap()) - withIdle).toBeLessThan(100_000_000);
  expect(await gateway.stop()).toBe(0);
}, 120_000);

describe('ten clients that send subscriptions without a rest', () => {
  const seconds = 5;

  /** The share of a CPU that the gateway takes in the meantime, and the slowest answer of another caller. */
  const measure = async (waitsForClose: boolean) => {
    const gateway = await startReadyGateway({ LOG_LEVEL: 'error' });
    onTestFinished(() => gateway.kill('SIGKILL'));
    let isOver = false;
    const flood = async (): Promise<void> => {
      while (!isOver) {
        const { socket, send, closed } = await openSocket(gateway.url);
        send({ type: 'connection_init' });
        for (let id = 0; !isOver && socket.readyState === socket.OPEN; id += 1) {
          send(subscribe(`${id}`));
          send({ type: 'complete', id: `${id}` });
          if (id % 50 === 0 || socket.bufferedAmount > 1_000_000) await delay(1);
        }
        if (waitsForClose) await closed;
        socket.terminate();
      }
    };
    const cpu = () => readValue(gateway.url, 'gateway_process_cpu_seconds_total');
    const cpuBefore = await cpu();
    const floods = Array.from({ length: 10 }, flood);
    const ask = createAsk(gateway.url, null);
    const startedMs = performance.now();
    let slowestMs = 0;
    while (performance.now() - startedMs < seconds * 1000) {
      const askedMs = performance.now();
      expect((await ask('{ enrollmentTokens(first: 1) { totalCount } }')).errors).toEqual([]);
      slowestMs = Math.max(slowestMs, performance.now() - askedMs);
      await delay(100);
    }
    const share = ((await cpu()) - cpuBefore) / seconds;
    isOver = true;
    await Promise.all(floods);
    await gateway.stop();
    return { share, slowestMs };
  };

  it('and connect again when they are closed take at most 80% of a CPU', async () => {
    const { share, slowestMs } = await measure(true);
    expect(share).toBeLessThan(0.8);
    expect(slowestMs).toBeLessThan(patienceMs);
  }, 60_000);

  it('and do not wait for the close do not keep others waiting', async () => {
    const { slowestMs } = await measure(false);
    expect(slowestMs).toBeLessThan(patienceMs);
  }, 60_000);
});

it('200 sockets that send many messages at once do not keep others waiting', async () => {
  const gateway = await startReadyGateway({ LOG_LEVEL: 'fatal' });
  onTestFinished(() => gateway.kill('SIGKILL'));
  const sockets = await Promise.all(Array.from({ length: 200 }, () => connect(gateway.url)));
  const refused = 'subscription { enrollmentTokenChanges { a b c d e } }';
  for (const { socket, send } of sockets) {
    socket.pause();
    for (let id = 1; id < messageRate.atOnce; id += 1) send(subscribe(`${id}`, refused));
  }
  const ask = createAsk(gateway.url, null);
  let slowestMs = 0;
  const startedMs = performance.now();
  while (performance.now() - startedMs < 5_000) {
    const askedMs = performance.now();
    await ask('{ __typename }');
    slowestMs = Math.max(slowestMs, performance.now() - askedMs);
    await delay(20);
  }
  expect(slowestMs).toBeLessThan(patienceMs);
  for (const { socket } of sockets) socket.resume();
  await sockets[0]?.messagesOf('1', 1);
}, 60_000);
