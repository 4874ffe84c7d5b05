import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../http/free-port.ts';

/** A real Redis server on a free port of the loopback interface, without persistence. */
export interface RedisServer {
  readonly url: string;
  /** Freezes the server: connections stay open, and it does not answer. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly stop: () => Promise<void>;
}

/** Whether `redis-server` is installed. If not, tests that need it are skipped. */
export const hasRedisServer: boolean =
  spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;

const untilReady = async (child: ChildProcess): Promise<void> => {
  if (child.stdout === null) throw new Error('redis-server has no output.');
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes('Ready to accept connections')) return;
  }
  throw new Error('redis-server ended before it was ready.');
};

/** Starts a Redis server with further command-line options; needs `redis-server` in the PATH. */
export const startRedisServer = async (options: readonly string[] = []): Promise<RedisServer> => {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'redis-'));
  const child = spawn(
    'redis-server',
    [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', directory],
      ...['--save', '', '--appendonly', 'no'],
      ...options,
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  await Promise.race([
    untilReady(child),
    once(child, 'error').then(([error]) => {
      throw error;
    }),
  ]);
  child.stdout.resume();
  return {
    url: `redis://127.0.0.1:${port}`,
    pause: () => {
      child.kill('SIGSTOP');
    },
    resume: () => {
      child.kill('SIGCONT');
    },
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await rm(directory, { recursive: true, force: true });
    },
  };
};
