import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { drainTimes } from '../../src/server/life-cycle/drain.ts';
import { maxWaitingLogBytes } from '../../src/server/telemetry/log-output.ts';
import { spawnGateway } from '../support/gateway/gateway-process.ts';
import { fetchSamples } from '../support/gateway/metrics.ts';
import { freePort } from '../support/http/free-port.ts';
import { openRaw, rawRequest } from '../support/http/raw-http.ts';
import { logTest } from './cases/log-cases.ts';

const requestId = 'r'.repeat(128);

/** A request that is answered at once and writes a log line of more than 300 bytes. */
const refused = rawRequest('GET /graphql', {
  Host: 'gateway',
  Accept: 'image/png',
  'X-Request-Id': requestId,
});
const leastLineBytes = 300;

const stopAll: (() => void)[] = [];
afterEach(() => {
  for (const stop of stopAll.splice(0)) stop();
});

/** Starts the built gateway with this stdout; resolves when it answers requests. */
const start = async (stdout: number | 'pipe') => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/graphql`;
  const child = spawnGateway({ PORT: String(port) }, [], ['ignore', stdout, 'ignore']);
  stopAll.push(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit').then(() => child.exitCode);
  if (stdout === 'pipe') child.stdout?.destroy();
  await vi.waitFor(async () => expect((await fetch(new URL('/health/live', url))).ok).toBe(true), {
    timeout: 30_000,
    interval: 100,
  });
  return {
    url,
    /** Sends `count` requests and resolves when each is answered. */
    send: async (count: number): Promise<void> => {
      const connection = openRaw(url, Buffer.concat(Array<Buffer>(count).fill(refused)));
      const answers = await connection.answers(count);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([406]));
      expect(answers).toHaveLength(count);
      connection.socket.destroy();
    },
    lost: async (): Promise<number> => {
      const [sample] = await fetchSamples(url, 'gateway_log_failures_total');
      return sample?.value ?? Number.NaN;
    },
    stop: async (): Promise<void> => {
      const startedMs = performance.now();
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
      expect(performance.now() - startedMs).toBeLessThan(drainTimes.acceptMs);
    },
  };
};

/** Mounts a disk of 64 KB on a temporary directory; returns null if the process may not mount. */
const mountSmallDisk = (): string | null => {
  const directory = mkdtempSync(join(tmpdir(), 'small-disk-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory]);
  onTestFinished(() => {
    if (status === 0) execFileSync('umount', ['--lazy', directory]);
    rmSync(directory, { recursive: true });
  });
  return status === 0 ? directory : null;
};

describe('a log that fails', { timeout: 120_000 }, () => {
  it(logTest('a full device (`/dev/full`)'), async () => {
    const device = openSync('/dev/full', 'w');
    const gateway = await start(device);
    closeSync(device);
    // The lost line is the ready line.
    expect(await gateway.lost()).toBe(1);
    await gateway.send(100);
    await expect.poll(gateway.lost).toBe(101);
    await gateway.stop();
  });

  it(logTest('a disk that fills up and has space again later'), async ({ annotate }) => {
    const directory = mountSmallDisk();
    if (directory === null) await annotate('No disk can be mounted: /dev/full is used instead.');
    const file = directory === null ? '/dev/full' : join(directory, 'log');
    const log = openSync(file, 'a');
    const gateway = await start(log);
    closeSync(log);
    await gateway.send(1_000);
    await expect.poll(gateway.lost).toBeGreaterThan(500);
    const lost = await gateway.lost();
    if (directory !== null) {
      const before = readFileSync(file, 'utf8').length;
      execFileSync('mount', ['-o', 'remount,size=1m', directory]);
      await gateway.send(50);
      expect(await gateway.lost()).toBe(lost);
      const whole = readFileSync(file, 'utf8').slice(before).split('\n').filter(Boolean);
      expect(whole.filter((line) => JSON.parse(line).requestId === requestId)).toHaveLength(50);
    }
    await gateway.stop();
  });

  it(logTest('a pipe that nobody reads'), async () => {
    const directory = mkdtempSync(join(tmpdir(), 'pipe-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const path = join(directory, 'log');
    execFileSync('mkfifo', [path]);
    // Opened for reading too: a pipe without a reader is another case.
    const pipe = openSync(path, 'r+');
    onTestFinished(() => closeSync(pipe));
    const gateway = await start(pipe);
    const lines = Math.ceil((2 * maxWaitingLogBytes) / leastLineBytes);
    for (let sent = 0; sent < lines; sent += 1_000) await gateway.send(1_000);
    expect(await gateway.lost()).toBeGreaterThan(lines / 4);
    await gateway.stop();
  });

  it(logTest('a pipe whose reader is closed'), async () => {
    const gateway = await start('pipe');
    await gateway.send(100);
    await expect.poll(gateway.lost).toBeGreaterThanOrEqual(100);
    await gateway.stop();
  });
});
